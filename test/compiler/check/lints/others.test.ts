import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { shortReductions } from '../../../../compiler/check/lints/precision.ts'
import { graphsOf } from '../../../../compiler/check/lints/graph.ts'
import { rangesIn } from '../../../../compiler/check/lints/induction.ts'
import { collectivesInLayers } from '../../../../compiler/check/lints/collectives.ts'
import { add, broadcast, buffer, concat, evaluation, input, mean, outer, rename, scalar, sum as total, vmap, zeros, type Of, type Tensor } from '../../../../compiler/language/index.ts'
import { allGather, allReduce, cast, input as inputNode, sum } from '../../../../compiler/primitives/index.ts'
import { within, type Node } from '../../../../compiler/program/node.ts'
import { found, foundIn, standAt } from './support.ts'

const at = standAt(import.meta.url)

test('an input that nothing depends on is found at its declaration, of steps together and of each evaluation', () => {
  const batch = {
    x: input({ batch: 2 }),
    late: input({ batch: 2 }),
    idle: input({ batch: 2 }), // idle
  }
  const more = { y: input({ batch: 2 }), z: input({ batch: 2 }) } // more
  const state = { count: buffer({}, 'f32', zeros) }
  type Count = Of<typeof state>
  const after = (count: Tensor, x: Tensor<'batch'>) => [{ count: add(count, mean('batch', x)) }, {}] as const
  const findings = found({
    state, batch,
    step: (s: Count, { x }: Of<typeof batch>) => after(s.count, x),
    steps: { second: (s: Count, { late }: Of<typeof batch>) => after(s.count, late) },
    evaluate: { run: evaluation(state, more, (_s, { y }: Of<typeof more>) => ({ y })) },
  }, 'AX055')
  at(findings, 'idle', 'more')
  assert.match(findings[1]?.sentence ?? '', /^the input 'z' is never used: nothing that 'run' returns depends on it$/)
})

test('a renaming that nothing names is found; what is named, aligned, lifted or handed out is used', () => {
  at(foundIn(x => { const y = rename(x, { hidden: 'inner' }); return rename(y, { inner: 'hidden' }) }, 'AX058'), 'again') // again
  const fine = (run: (x: Tensor<'batch' | 'hidden'>) => unknown) => assert.equal(foundIn(run, 'AX058'), [])
  fine(x => rename(x, { hidden: 'inner' }))
  fine(x => rename(rename(rename(x, { hidden: 'inner' }), { inner: 'other' }), { other: 'third' }))
  fine(x => rename(total('inner', rename(x, { hidden: 'inner' })), { batch: 'other' }))
  fine(x => total(['batch', 'hidden'], outer('mul', x, total('hidden', rename(x, { batch: 'key' })))))
  fine(x => rename(concat('slot', [rename(x, { batch: 'slot' }), broadcast(scalar(0), { slot: 1, hidden: 3 })]), { slot: 'batch' }))
  fine(x => rename(vmap('inner', (row: Tensor<'batch'>) => row)(rename(x, { hidden: 'inner' })), { inner: 'hidden' }))
})

const argument = (name: string, axes: Readonly<Record<string, number>>, dtype: 'f32' | 'i32' | 'u8' | 'bool' = 'f32'): Node => inputNode([], { path: name, axes, dtype, kind: 'input' })
const graphs = (...roots: readonly Node[]) => graphsOf({ state: [], programs: [{ name: 'run', inputs: [], outputs: roots.map((node, i) => ({ name: `y${i}`, node })), updates: [] }] })

test('an exchange between devices in a layer is found, with its bytes; one outside of layers is not', () => {
  const x = argument('x', { batch: 4, hidden: 1024 })
  const along = { mesh: 'data', devices: 8, order: 0 }
  const inLayer = within({ scopes: ['text/layers/3/attention'] }, () => allGather([x], { ...along, axis: 'batch' }))
  const outside = within({ scopes: ['text'] }, () => allReduce([x], along))
  const gradient = within({ scopes: ['text/layers/3/attention'], backward: true }, () => allReduce([x], along))
  assert.equal(collectivesInLayers(graphs(inLayer, outside, gradient)).map(({ code, sentence, scope }) => [code, sentence.split(':')[0], /128\.0 KiB between 8 devices/.test(sentence), scope]), [['AX054', "allGather over 'data' inside a layer", true, 'text/layers/3/attention']])
})

test('a count in f32 that is cast to whole numbers past 2 to the 24 is found, as is one that does not fit; sums that stay f32 and small counts are not', () => {
  const counted = (size: number, dtype: 'i32' | 'u8' | 'f32') => cast([sum([cast([argument('x', { pixel: size }, 'u8')], { dtype: 'f32' })], { axes: ['pixel'] })], { dtype })
  const codes = (node: Node) => { const all = graphs(node); return shortReductions(all, rangesIn(all)).map(({ sentence }) => sentence.split(':')[0]) }
  assert.equal(codes(counted(70_000, 'i32')), ['a count of up to 17850000 in f32, which is exact up to 16777216'])
  assert.equal(codes(counted(2, 'u8')), ['a sum of 2 whole numbers, up to 510, cast to u8'])
  assert.equal(codes(counted(60_000, 'i32')), [])
  assert.equal(codes(counted(70_000, 'f32')), [])
})
test.run()
