import { add, broadcast, broadcastLike, literal, noGradient, tap } from '../primitives/index.ts'
import { fail, quote, visible } from '../program/axes.ts'
import { currentContext, from, within, type Node } from '../program/node.ts'
import { nodeOf } from './leaf.ts'
import { leavesOf, mapLeaves } from './tree.ts'
import type { Differentiable, Number, Tensor } from './types.ts'

/** Every node between the taps and the loss, latest first. */
const pathToTaps = (loss: Node, taps: readonly Node[]): readonly Node[] => {
  const first = Math.min(...taps.map(node => node.id))
  const targets = new Set(taps)
  const depends = new Map<Node, boolean>()
  const order: Node[] = []
  // An explicit stack: a deep model would overflow the call stack.
  const stack: { readonly node: Node; next: number }[] = [{ node: loss, next: 0 }]
  while (stack.length > 0) {
    const top = stack[stack.length - 1]
    if (top === undefined) break
    const { node } = top
    if (depends.has(node)) { stack.pop(); continue }
    if (targets.has(node) || node.id < first) { depends.set(node, targets.has(node)); stack.pop(); continue }
    const input = node.inputs[top.next]
    if (input !== undefined) {
      top.next++
      if (!depends.has(input)) stack.push({ node: input, next: 0 })
      continue
    }
    const reached = node.inputs.some(each => depends.get(each) === true)
    depends.set(node, reached)
    if (reached) order.push(node)
    stack.pop()
  }
  return order.sort((a, b) => b.id - a.id)
}

/** Reverse mode: cotangents of `taps` for a loss without visible axes. Written in primitives, so the result can be differentiated again. */
const backward = (loss: Node, taps: readonly Node[]): readonly Node[] => {
  if (currentContext().observer?.forwardOnly === true) return taps.map(node => from(node, () => noGradient([node], {})))
  const cotangents = new Map<Node, Node>([[loss, from(loss, () => broadcastLike(literal([], { value: 1, dtype: 'f32' }), loss))]])
  for (const node of pathToTaps(loss, taps)) {
    const cotangent = cotangents.get(node)
    if (cotangent === undefined || taps.includes(node)) continue
    node.rules.gradient(node, cotangent).forEach((part, i) => {
      const input = node.inputs[i]
      if (part === undefined || input === undefined) return
      const before = cotangents.get(input)
      cotangents.set(input, before === undefined ? part : from(input, () => add([before, part], {})))
    })
    cotangents.delete(node)
  }
  return taps.map(node => cotangents.get(node) ?? from(node, () => noGradient([node], {})))
}

interface Traced {
  readonly value: Node
  readonly aux: unknown
  readonly grad: unknown
}

const differentiate = (loss: (tree: unknown) => unknown, tree: unknown): Traced => {
  const leaves = leavesOf(tree)
  if (leaves.length === 0) fail('AX015', 'grad: the argument holds no tensor')
  for (const { node, path } of leaves) if (node.dtype !== 'f32') fail('AX010', `grad: no gradient with respect to a leaf of ${node.dtype}${path === '' ? '' : ` ('${path}')`}`)
  // Under vmap each example has its own copy of what is differentiated: per-example gradients, never a silent sum.
  const rows = currentContext().lifted
  const taps = new Map(
    leaves.map(({ path, node }) => {
      const missing = Object.fromEntries(rows.filter(({ axis }) => !(axis in node.axes)).map(({ axis, size }) => [axis, size]))
      return [path, from(node, () => tap([Object.keys(missing).length === 0 ? node : broadcast([node], { sizes: missing })], {}))]
    }),
  )
  const result = loss(mapLeaves((_node, path) => taps.get(path), tree))
  const value = nodeOf(Array.isArray(result) ? result[0] : result)
  if (value.dtype !== 'f32') fail('AX010', `grad of a loss of ${value.dtype}: wanted f32`)
  if (visible(value).length > 0) fail('AX016', `grad of a loss with ${quote(visible(value))}: wanted a number; take the mean or the sum first`)
  const order = [...taps.values()]
  const grads = new Map(within({ backward: true }, () => backward(value, order)).map((node, i) => [leaves[i]?.path, node]))
  return { value, aux: Array.isArray(result) ? result[1] : undefined, grad: mapLeaves((_node, path) => grads.get(path), tree) }
}

const call = (f: (...xs: never[]) => unknown) => (tree: unknown): unknown => Reflect.apply(f, undefined, [tree])

/** The value of a loss and its gradient with respect to a tree of parameters. Only the argument counts: captured tensors are constants. */
export function valueAndGrad<P, L extends string = never>(loss: ((p: P) => Tensor<L>) & Differentiable<P> & Number<'valueAndGrad', L>): (p: P) => { readonly value: Tensor; readonly grad: P }
export function valueAndGrad(loss: (p: never) => unknown): (p: unknown) => { readonly value: unknown; readonly grad: unknown } {
  return tree => {
    const { value, grad } = differentiate(call(loss), tree)
    return { value, grad }
  }
}

/** As `valueAndGrad`, for a loss that returns `[loss, more]`; `more` is handed on. */
export function valueAndGradWithAux<P, X, L extends string = never>(loss: ((p: P) => readonly [Tensor<L>, X]) & Differentiable<P> & Number<'valueAndGradWithAux', L>): (p: P) => { readonly value: Tensor; readonly aux: X; readonly grad: P }
export function valueAndGradWithAux(loss: (p: never) => unknown): (p: unknown) => { readonly value: unknown; readonly aux: unknown; readonly grad: unknown } {
  return tree => differentiate(call(loss), tree)
}

/** The gradient alone. */
export function grad<P, L extends string = never>(loss: ((p: P) => Tensor<L>) & Differentiable<P> & Number<'grad', L>): (p: P) => P
export function grad(loss: (p: never) => unknown): (p: unknown) => unknown {
  return tree => differentiate(call(loss), tree).grad
}

