import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { follow, questFor, type Reached } from '../../../../compiler/check/sizes/follow.ts'
import { enclosing, sourceAt, spanOfNode } from '../../../../compiler/check/sizes/source.ts'
import { typescript, type ts } from '../../../../compiler/check/sizes/typescript.ts'

const folder = mkdtempSync(join(tmpdir(), 'axle-follow-'))
test.after(() => rmSync(folder, { recursive: true }))

/** Follows the argument of the call of `here(…)` in a file, for a size. */
const followed = (text: string, size: number, files: Readonly<Record<string, string>> = {}, config?: string): Reached | undefined => {
  for (const [name, content] of Object.entries({ ...files, 'main.ts': text })) writeFileSync(join(folder, name), content)
  const T = typescript()
  const source = sourceAt(join(folder, 'main.ts'))
  assert.ok(source)
  const offset = source.text.indexOf('here(')
  let call: ts.CallExpression | undefined
  const visit = (node: ts.Node): void => {
    if (T.isCallExpression(node) && node.getStart() === offset) call = enclosing(node, T.isCallExpression)
    T.forEachChild(node, visit)
  }
  visit(source)
  const [argument] = call?.arguments ?? []
  assert.ok(argument, 'a call of here')
  return follow(argument, [], questFor({ places: [], index: 0, entered: new Map(), readAt: () => [], config }, size))
}
const said = (reached: Reached | undefined): readonly unknown[] => [reached?.label, reached?.value, reached && spanOfNode(reached.node).line]

test('names, patterns and properties', () => {
  assert.equal(said(followed('const config = { vision: { width: 768 } }\nconst { vision: { width: w } } = config\nhere(w)', 768)), ['config.vision.width', 768, 1])
  assert.equal(said(followed('const sizes = [3, 4] as const\nconst [a, b] = sizes\nhere(b)', 4)), ['sizes.1', 4, 1])
  assert.equal(said(followed('const c = {\n  a: 1,\n  n: 1_024,\n}\nhere(c.n)', 1024)), ['c.n', 1024, 3])
})

test('the last that says a property wins: through spreads', () => {
  const config = 'const base = { a: 1, b: 2 }\nconst own = {\n  ...base,\n  b: 3,\n}\n'
  assert.equal(said(followed(`${config}here(own.b)`, 3)), ['own.b', 3, 4])
  assert.equal(said(followed(`${config}here(own.a)`, 1)), ['own.a', 1, 1])
})

test('parameters of functions that have returned: the call whose size it is', () => {
  const text = 'const job = (config: { n: number }) => () => here(config.n)\nconst small = { n: 5 }\nconst large = { n: 50 }\nexport const configs = { small: job(small), large: job(large) }'
  assert.equal(said(followed(text, 50)), ['config.n', 50, 3])
  assert.equal(said(followed(text, 5)), ['config.n', 5, 2])
})

test('of calls with the same size, the one of the configuration that is checked', () => {
  const text = 'const job = (config: { n: number }) => () => here(config.n)\nconst small = { n: 5 }\nconst large = { n: 5 }\nexport const configs = { small: job(small), large: job(large) }'
  assert.equal(said(followed(text, 5, {}, 'large')), ['config.n', 5, 3])
  assert.equal(said(followed(text, 5, {}, 'small')), ['config.n', 5, 2])
})

test('functions that are called on the way, and modules', () => {
  const files = { 'config.ts': 'export const base = { batch: 64, anchors: 64 }\nexport const withBatch = (config: typeof base, batch: number) => ({ ...config, batch })', 'index.ts': "export { base as paper, withBatch } from './config.ts'" }
  assert.equal(said(followed("import { paper, withBatch } from './index.ts'\nconst now = withBatch(paper, 16)\nhere(now.anchors)", 64, files)), ['now.anchors', 64, 1])
  assert.equal(said(followed("import { paper, withBatch } from './index.ts'\nconst now = withBatch(paper, 16)\nhere(now.batch)", 16, files)), ['now.batch', 16, 2])
})

test('arithmetic is kept as it is written, with what it computes with', () => {
  const found = followed('const vision = { image: 256, patch: 16 }\nhere(1 + (vision.image / vision.patch) ** 2)', 257)
  assert.equal(said(found), ['1 + (vision.image / vision.patch) ** 2', 257, 2])
  assert.equal(found?.from.map(({ label, value }) => [label, value]), [['vision.image', 256], ['vision.patch', 16]])
})

test('elements of arrays, and both ends of a choice', () => {
  assert.equal(said(followed('const stem = [{ size: 8 }, { size: 4 }]\nstem.map(({ size }) => here(size))', 4)), ['stem.size', 4, 1])
  assert.equal(said(followed('const c = { a: 3, b: 4 }\nconst use = (deep: boolean) => here(deep ? c.a : c.b)', 4)), ['c.b', 4, 1])
  assert.equal(said(followed('const c: { a?: number } = {}\nhere(c.a ?? 7)', 7)), ['', 7, 2])
})

test('what cannot be followed further ends where it was last seen', () => {
  assert.equal(said(followed('declare const read: () => { n: number }\nconst config = read()\nconst use = ({ n }: { n: number }) => here(n)\nuse(config)', 5)), ['n', undefined, 4])
  assert.equal(said(followed('const n = 4\nhere(n)', 5)), ['n', undefined, 2])
})

test('recursion ends', () => {
  assert.ok(followed('const f = (n: number): number => (n > 3 ? f(n) : here(n))\nf(2)', 9) !== null)
  followed('const a: { n: number } = { ...b }\nconst b: { n: number } = { ...a }\nhere(a.n)', 3)
})

test.run()
