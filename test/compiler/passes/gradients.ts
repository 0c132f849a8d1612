// Losses over programs, with their gradients: what passes that change how much is computed are tried on.
import * as assert from 'uvu/assert'
import { valueAndGrad } from '../../../compiler/language/gradient.ts'
import { leafOf, nodeOf } from '../../../compiler/language/leaf.ts'
import { share } from '../../../compiler/passes/share.ts'
import { simplify } from '../../../compiler/passes/simplify.ts'
import { cast, mul, sum, table } from '../../../compiler/primitives/index.ts'
import { axesOf, type Node, type Sizes } from '../../../compiler/program/node.ts'
import { nodesOf, type Program } from '../../../compiler/program/program.ts'
import { close, inOrder } from '../language/support.ts'
import { programOf, valuesOf } from './programs.ts'

/** Operations of one execution. */
export const costOf = (program: Program): number => nodesOf(program).reduce((total, node) => total + node.rules.cost(node), 0)

/** Both programs come to the same axes and numbers. */
export const agree = (before: Program, after: Program, seed: number): void => {
  const [wanted, found] = [valuesOf(before, seed), valuesOf(after, seed)]
  wanted.forEach((value, i) => {
    const other = found[i]
    assert.ok(other, `seed ${seed}`)
    const order = Object.keys(value.axes)
    close(inOrder(other, order), inOrder(value, order), 1e-9, `seed ${seed}, output ${i}`)
  })
}

/** The loss and its gradients. */
export const differentiated = (loss: (nodes: readonly Node[]) => Node, nodes: readonly Node[]): Program => {
  const call: unknown = Reflect.apply(valueAndGrad, undefined, [(each: readonly unknown[]) => leafOf(loss(each.map(nodeOf)))])
  assert.type(call, 'function')
  const result: { readonly value: unknown; readonly grad: unknown } = typeof call === 'function' ? Reflect.apply(call, undefined, [nodes.map(leafOf)]) : { value: undefined, grad: [] }
  return share(simplify(programOf(nodeOf(result.value), ...(Array.isArray(result.grad) ? result.grad.map(nodeOf) : []))))
}

/** A constant of whole numbers. */
export const whole = (axes: Sizes, values: readonly number[]): Node => cast([table([], { axes, values })], { dtype: 'i32' })

/** The sum of squares of all elements. */
export const squared = (node: Node): Node => sum([mul([node, node], {})], { axes: axesOf(node) })

export const inputsOf = (program: Program): readonly Node[] => nodesOf(program).filter(({ op }) => op === 'input')

/** The outputs of a program with other nodes in place of its inputs: every node between is made anew. */
export const withInputs = (program: Program, others: readonly Node[]): readonly Node[] => {
  const images = new Map(inputsOf(program).map((node, i) => [node, others[i] ?? node]))
  for (const node of nodesOf(program)) if (!images.has(node)) images.set(node, node.rules.rebuild(node.inputs.map(input => images.get(input) ?? input)))
  return program.outputs.map(({ node }) => images.get(node) ?? node)
}
