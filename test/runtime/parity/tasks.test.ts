import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readTensors, writeTensors } from '../../../runtime/checkpoints/safetensors.ts'
import { isRecordedTask, readRecordedTask } from '../../../runtime/parity/tasks/folder.ts'
import { loadTaskParity } from '../../../runtime/parity/tasks/task.ts'
import { inTemporaryFolder } from '../checkpoints/temporary.ts'

const pathOf = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

/** What is said of a copy of a recorded folder after a change to it, with the copy's path written as DIR. */
const saidOf = async (kind: string, change: (folder: string) => Promise<void> | void, model = 'models/albef/parity.ts'): Promise<string> => {
  let said = ''
  await inTemporaryFolder(async folder => {
    cpSync(pathOf(`test/golden/tiny/${kind}`), folder, { recursive: true })
    await change(folder)
    const read = await readRecordedTask(folder)()
    const result = E.isLeft(read) ? read : await loadTaskParity(pathOf(model), read.right)()
    said = (E.isLeft(result) ? result.left : 'no error').replaceAll(folder, 'DIR').replaceAll(pathOf(''), '')
  })
  return said
}

const without = (file: string, name: string) => async (folder: string): Promise<void> => {
  const path = join(folder, file)
  const read = await readTensors(path)()
  if (E.isLeft(read)) throw new Error(read.left)
  const written = await writeTensors(path, { ...read.right, tensors: new Map([...read.right.tensors].filter(([each]) => each !== name)) })()
  if (E.isLeft(written)) throw new Error(written.left)
}

test('each kind of folder is told by its arrays', async () => {
  assert.not(isRecordedTask(pathOf('test/golden/tiny/pretrain')))
  for (const kind of ['ve', 'retrieval', 'retrieval_eval', 'nlvr', 'nlvr_ta', 'vqa', 'gradcam']) {
    const read = await readRecordedTask(pathOf(`test/golden/tiny/${kind}`))()
    if (E.isLeft(read)) throw new Error(read.left)
    assert.is(read.right.kind, kind)
  }
})

test('what makes a folder unusable is said in one sentence that names the file', async () => {
  assert.is(await saidOf('ve', () => undefined), 'no error')
  assert.match(await saidOf('ve', folder => rmSync(join(folder, 'inputs.safetensors'))), /^DIR\/inputs\.safetensors: /)
  assert.match(await saidOf('ve', folder => writeFileSync(join(folder, 'config.json'), '{"size": {}}')), /^DIR\/config\.json: there is no 'size\.image' \(wanted: number\)$/)
  assert.is(await saidOf('ve', without('inputs.safetensors', 'targets')), 'DIR/inputs.safetensors: its tensors are those of no task that axle knows (retrieval, retrieval_eval, vqa, nlvr, nlvr_ta, ve, gradcam)')
  assert.match(await saidOf('retrieval_eval', () => undefined), /gradcam\/state0\.safetensors: /)
})

test('a model file without the task is refused', async () => {
  assert.is(await saidOf('ve', () => undefined, 'models/albef/config.ts'), "models/albef/config.ts: its `tasks` have no 've', which DIR is of")
})

test.run()
