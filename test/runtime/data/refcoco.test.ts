// refcoco/refs(unc).p and refs-2.p are what Python's pickle writes, in its oldest protocol and in the second, of two references with sentences.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readKnownReferences } from '../../../runtime/data/refcoco.ts'
import { withBoxes } from '../../../runtime/data/tasks/matching.ts'
import type { Examples, Reference } from '../../../runtime/data/tasks/examples.ts'
import { inTemporaryFolder } from '../checkpoints/temporary.ts'

const folder = fileURLToPath(new URL('./refcoco/', import.meta.url))
const known = new Map([
  ['3', { imageId: '7', box: [1, 1, 3.5, 3], height: 6, width: 8, split: 'testA' }],
  ['4', { imageId: '7', box: [4, 2, 2, 2], height: 6, width: 8, split: 'testB' }],
] as const)

test('the references of the pickle, in either protocol, with their boxes and sizes', async () => {
  for (const name of ['refs(unc).p', 'refs-2.p']) assert.equal(await readKnownReferences(join(folder, name))(), E.right(known))
})

test('what is wrong is said with file, entry, field and what was expected', () =>
  inTemporaryFolder(async there => {
    const refs = join(there, 'refs(unc).p')
    const whole = readFileSync(join(folder, 'refs(unc).p'), 'latin1')
    const instances = readFileSync(join(folder, 'instances.json'), 'utf8')
    const said = async (pickle: string, json: string): Promise<string> => {
      writeFileSync(refs, pickle, 'latin1')
      writeFileSync(join(there, 'instances.json'), json)
      const read = await readKnownReferences(refs)()
      return E.isLeft(read) ? read.left.replaceAll(`${there}/`, '') : 'no error'
    }
    assert.is(await said(whole.replace("Vsplit", "Vpart"), instances), "refs(unc).p: entry 1: field 'split': expected text, found nothing")
    assert.is(await said(whole.replace('I3\n', "S'three'\n"), instances), "refs(unc).p: entry 1: field 'ref_id': expected a whole number, found \"three\"")
    assert.is(await said('}.', instances), 'refs(unc).p: expected a list of entries, found an object')
    assert.match(await said(whole.slice(0, 200), instances), /^refs\(unc\)\.p: it is no pickle that can be read: it is cut off at byte 200$/)
    assert.is(await said(whole, '[]'), 'instances.json: expected an object with images and annotations, found a list')
    assert.is(await said(whole, instances.replace('[4, 2, 2, 2]', '[4, 2, 0, 2]')), "instances.json: field 'annotations': entry 2: field 'bbox': expected four numbers: left, top, width and height, the last two above 0, found [4,2,0,2]")
    assert.is(await said(whole, instances.replace('"id": 12', '"id": 13')), 'refs(unc).p: reference 4 is annotation 12, which instances.json does not have')
    assert.is(await said(whole, instances.replace('"id": 7', '"id": 8')), 'refs(unc).p: reference 3 is of picture 7, which instances.json does not have')
    copyFileSync(join(folder, 'refs-2.p'), join(there, 'alone.p'))
    assert.ok(E.isLeft(await readKnownReferences(join(there, 'none.p'))()))
  }))

const examplesOf = (...references: readonly Reference[]): Examples => {
  const none = new Int32Array()
  return { pictures: references.length, size: 1, pixels: new Uint8Array(), ids: none, maxTokens: 1, captionStart: none, captionRows: none, concept: none, views: { count: 1, rows: none }, files: [], texts: [], identity: none, detail: { kind: 'references', references }, summary: { examples: 0, pictures: 0, skipped: 0, cut: 0 } }
}

test('references get their boxes by number; another data set, another picture and another size are refused', () => {
  const own: Reference = { refId: 3, imageId: '7', box: undefined, height: 6, width: 8 }
  const found = withBoxes(known, examplesOf(own))
  if (E.isLeft(found)) throw new Error(found.left)
  assert.equal(found.right.detail, { kind: 'references', references: [{ ...own, box: [1, 1, 3.5, 3], split: 'testA' }] })
  const said = (changed: Partial<Reference>): string => {
    const result = withBoxes(known, examplesOf({ ...own, ...changed }))
    return E.isLeft(result) ? result.left : 'no error'
  }
  assert.is(said({ refId: 5 }), "reference 5 of picture '7' is not among the 2 references: it is another data set's file")
  assert.is(said({ imageId: '9' }), "reference 3 is of picture '9' in the data, and of '7' there: it is another data set's file")
  assert.is(said({ height: 60 }), "picture '7' is 8 pixels wide and 60 high, and the boxes are for 8 and 6")
})

test.run()
