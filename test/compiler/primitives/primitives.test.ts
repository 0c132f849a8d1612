import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { input, mul, primitives, sum } from '../../../compiler/primitives/index.ts'
import { valueAndGrad } from '../../../compiler/language/gradient.ts'
import { evaluate } from '../../../compiler/language/run.ts'
import { nodeOf, leafOf } from '../../../compiler/language/leaf.ts'
import { axesOf, elements, type Node } from '../../../compiler/program/node.ts'
import type { HostTensor } from '../../../compiler/program/host.ts'
import { drawInputs, seed } from './samples.ts'


for (const { op, samples, differentiable } of primitives) {
  samples.forEach((sample, n) => {
    test(`${op}: the reference rule gives numbers of the declared axes (${n})`, () => {
      const { nodes, values } = drawInputs(sample.inputs, n)
      const result = sample.apply(nodes)
      const value = evaluate([result], values).get(result)
      assert.ok(value)
      assert.equal(value.data.length, result.dtype === 'key' ? 2 : elements(result.axes))
      assert.ok(value.data.every(each => !Number.isNaN(each)), `seed ${seed}`)
    })
    if (!differentiable) return
    test(`${op}: gradient against finite differences (${n}) ${sample.label}`, () => {
      const { nodes, values } = drawInputs(sample.inputs, n)
      const made = sample.apply(nodes)
      const moving = nodes.filter(node => node.dtype === 'f32')
      if (made.dtype !== 'f32' || moving.length === 0) {
        assert.ok(made.dtype !== 'f32' || moving.length === 0)
        return
      }
      const weights = input([], { path: 'weights', axes: made.axes, dtype: 'f32', kind: 'argument' })
      const given = new Map<Node, HostTensor>(values)
      const fill = (node: Node, value: (i: number) => number): void => { given.set(node, { axes: node.axes, dtype: 'f32', data: Float64Array.from({ length: elements(node.axes) }, (_, i) => value(i)) }) }
      fill(weights, i => Math.sin(i + 1))
      const loss = (moved: readonly Node[]): Node => {
        const result = sample.apply(nodes.map(node => moved[moving.indexOf(node)] ?? node))
        return sum([mul([result, weights], {})], { axes: axesOf(result) })
      }
      const gradients = valueAndGradOf(loss, moving)
      const results = evaluate(gradients, given)
      moving.forEach((node, i) => {
        const gradient = gradients[i]
        assert.ok(gradient)
        assert.equal(axesOf(gradient).slice().sort(), axesOf(node).slice().sort(), 'a gradient has the axes of its operand')
        const analytic = results.get(gradient)
        const at = given.get(node)
        assert.ok(analytic && at)
        const root = loss(moving)
        const h = 1e-5
        const axes = axesOf(node)
        for (let k = 0; k < at.data.length; k++) {
          const shifted = (by: number): number => {
            const data = Float64Array.from(at.data)
            data[k] = (data[k] ?? 0) + by
            return evaluate([root], new Map(given).set(node, { ...at, data })).get(root)?.data[0] ?? Number.NaN
          }
          const numeric = (shifted(h) - shifted(-h)) / (2 * h)
          const found = elementAt(analytic, axes, node, k)
          assert.ok(Math.abs(numeric - found) <= 1e-6 * Math.max(1, Math.abs(numeric)), `${op} input ${i} element ${k}: ${found}, by differences ${numeric} (seed ${seed})`)
        }
      })
    })
  })
}

/** The element of `value` that stands at offset k in the row-major order of `node`. */
const elementAt = (value: HostTensor, axes: readonly string[], node: Node, k: number): number => {
  const place: Record<string, number> = {}
  let rest = k
  for (const axis of [...axes].reverse()) {
    const size = node.axes[axis] ?? 1
    place[axis] = rest % size
    rest = Math.floor(rest / size)
  }
  let offset = 0
  for (const [axis, size] of Object.entries(value.axes)) offset = offset * size + (place[axis] ?? 0)
  return value.data[offset] ?? Number.NaN
}

const valueAndGradOf = (loss: (nodes: readonly Node[]) => Node, nodes: readonly Node[]): readonly Node[] => {
  const untyped: { readonly call: (tree: unknown) => { readonly grad: unknown } } = {
    call: tree => Reflect.apply(valueAndGrad, undefined, [(each: readonly unknown[]) => leafOf(loss(each.map(nodeOf)))])(tree),
  }
  const { grad } = untyped.call([...nodes])
  return Array.isArray(grad) ? grad.map(nodeOf) : []
}

test('every primitive but inputs has a sample', () => {
  for (const { op, samples } of primitives) assert.ok(samples.length > 0, op)
})
test.run()
