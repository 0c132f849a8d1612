import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { evaluate } from '../../../compiler/language/run.ts'
import { clusterProgram, clustersOf, type Cluster } from '../../../compiler/passes/fuse.ts'
import { printProgram } from '../../../compiler/program/print.ts'
import { nodesOf, type Program } from '../../../compiler/program/program.ts'
import { add, dot, exp, key, literal, mul, sum, tanh, uniform } from '../../../compiler/primitives/index.ts'
import type { HostTensor } from '../../../compiler/program/host.ts'
import type { Node } from '../../../compiler/program/node.ts'
import { generator } from '../language/support.ts'
import { argument, drawProgram, programOf } from './programs.ts'

const draws = 300
const all = Number.NEGATIVE_INFINITY

/** Runs a program cluster by cluster, each as soon as all it needs is there; undefined if that never is so. */
const inUnits = (program: Program, clusters: readonly Cluster[], given: ReadonlyMap<Node, HostTensor>): ReadonlyMap<Node, HostTensor> | undefined => {
  const values = new Map(given)
  const clustered = new Set(clusters.flatMap(({ nodes }) => nodes))
  const waiting = new Set<Node | Cluster>([...nodesOf(program).filter(node => !clustered.has(node) && !values.has(node)), ...clusters])
  while (waiting.size > 0) {
    const ready = [...waiting].find(unit => unit.inputs.every(input => values.has(input) || input.op === 'literal'))
    if (ready === undefined) return undefined
    waiting.delete(ready)
    if (!('outputs' in ready)) {
      values.set(ready, evaluate([ready], values).get(ready) ?? { axes: {}, dtype: 'f32', data: new Float64Array() })
      continue
    }
    const own = clusterProgram('cluster', ready)
    const inside = evaluate(own.outputs.map(({ node }) => node), new Map(own.inputs.map(({ node }, i) => {
      const value = values.get(ready.inputs[i] ?? node)
      assert.ok(value)
      return [node, value]
    })))
    ready.outputs.forEach((node, i) => {
      const value = inside.get(own.outputs[i]?.node ?? node)
      assert.ok(value)
      values.set(node, value)
    })
  }
  return values
}

const draw = (program: Program, seed: number): ReadonlyMap<Node, HostTensor> => {
  const next = generator(seed)
  return new Map(nodesOf(program).filter(({ op }) => op === 'input').map(node => [node, { axes: node.axes, dtype: node.dtype, data: Float64Array.from({ length: Object.values(node.axes).reduce((a, b) => a * b, 1) }, () => 2 * next() - 1) }]))
}

test('random programs run cluster by cluster: none waits for itself, and all give what the whole program gives', () => {
  let clustersSeen = 0
  for (let seed = 0; seed < draws; seed++) {
    const program = drawProgram(seed, 24)
    const clusters = clustersOf(program, all)
    clustersSeen += clusters.length
    const members = clusters.flatMap(({ nodes }) => nodes)
    assert.is(new Set(members).size, members.length, `seed ${seed}: no node is in two clusters`)
    const given = draw(program, seed)
    const found = inUnits(program, clusters, given)
    assert.ok(found, `seed ${seed}: a cluster waits for itself`)
    const wanted = evaluate(program.outputs.map(({ node }) => node), given)
    for (const { node } of program.outputs) assert.equal(found.get(node)?.data, wanted.get(node)?.data, `seed ${seed}`)
  }
  assert.ok(clustersSeen > draws, `${clustersSeen} clusters`)
})

test('a product between two element-wise parts keeps them apart, although a path goes around it', () => {
  const x = argument('x', { row: 4, column: 4 })
  const before = tanh([x], {})
  const product = dot([before, argument('w', { column: 4, out: 4 })], { over: ['column'] })
  const after = add([mul([exp([before], {}), sum([product], { axes: ['out'] })], {}), before], {})
  const [first, second, ...others] = clustersOf(programOf(after), all)
  assert.equal(others, [])
  assert.equal(first?.nodes.map(({ op }) => op), ['tanh', 'exp'])
  assert.equal(second?.nodes.map(({ op }) => op), ['sum', 'mul', 'add'])
})

test('draws, products and numbers without axes are in no cluster; a sum over the first axes is one by itself', () => {
  const x = argument('x', { row: 4, column: 4 })
  const rate = exp([argument('rate', {})], {})
  const noise = uniform([key([literal([], { value: 1, dtype: 'i32' })], {})], { rows: {}, sizes: { row: 4, column: 4 } })
  const y = mul([add([x, noise], {}), rate], {})
  const clusters = clustersOf(programOf(mul([sum([y], { axes: ['row'] }), sum([y], { axes: ['row'] })], {}), sum([y], { axes: ['column'] })), all)
  assert.equal(clusters.map(({ nodes }) => nodes.map(({ op }) => op)).sort(), [['add', 'mul', 'sum'], ['mul'], ['sum'], ['sum']].sort())
})

test('what saves too little is no cluster, and a cluster prints as a program of its own', () => {
  const program = programOf(tanh([exp([argument('x', { row: 4 })], {})], {}))
  assert.equal(clustersOf(program), [])
  const [cluster] = clustersOf(program, all)
  assert.ok(cluster)
  assert.match(printProgram(clusterProgram('cluster', cluster)), /program cluster\(x0: f32\[row 4\]\)[^]*%0[^]*exp\(%0\)[^]*tanh\(%1\)[^]*return y0: %2/)
})
test.run()
