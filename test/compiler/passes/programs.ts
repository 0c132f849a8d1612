// Small programs for tests of passes: drawn at random, or written by hand, with numbers for their inputs.
import { evaluate } from '../../../compiler/language/run.ts'
import {
  add, broadcast, cast, concat, div, dot, equal, exp, flatten, input, less, literal, max, maximum, mul, neg, pad, rename, select, slice, stopGradient, sub, sum, tanh, tap, unflatten,
} from '../../../compiler/primitives/index.ts'
import type { HostTensor } from '../../../compiler/program/host.ts'
import { axesOf, elements, sizeOf, type Node, type Sizes } from '../../../compiler/program/node.ts'
import { nodesOf, rootsOf, type Program } from '../../../compiler/program/program.ts'
import { generator } from '../language/support.ts'

export const argument = (path: string, axes: Sizes, dtype: 'f32' | 'i32' = 'f32'): Node => input([], { path, axes, dtype, kind: 'argument' })
export const number = (value: number): Node => literal([], { value, dtype: 'f32' })

export const programOf = (...roots: readonly Node[]): Program => ({ name: 'program', inputs: [], outputs: roots.map((node, i) => ({ name: `out${i}`, node })), updates: [] })

/** How many nodes of an operation a program has, or how many at all. */
export const count = (program: Program, op?: string): number => nodesOf(program).filter(node => op === undefined || node.op === op).length

/** What a program's roots come to, with numbers drawn for its inputs by their paths: the same for every form of one program. */
export const valuesOf = (program: Program, seed: number): readonly HostTensor[] => {
  const given = new Map(nodesOf(program).filter(({ op }) => op === 'input').map((node): [Node, HostTensor] => {
    const next = generator(seed + [...String(node.attributes['path'])].reduce((hash, letter) => 31 * hash + letter.charCodeAt(0), 0))
    return [node, { axes: node.axes, dtype: node.dtype, data: Float64Array.from({ length: elements(node.axes) }, () => 2 * next() - 1) }]
  }))
  const values = evaluate(rootsOf(program), given)
  return rootsOf(program).map(root => {
    const value = values.get(root)
    if (value === undefined) throw new Error('a root was not evaluated')
    return value
  })
}

const sizes: Sizes = { a: 2, b: 3, c: 4, d: 1 }

/** A program of about `length` operations over axes a, b, c, d, drawn from a seed. */
export const drawProgram = (seed: number, length: number): Program => {
  const next = generator(seed)
  const below = (bound: number): number => Math.floor(next() * bound)
  const pick = <X>(from: readonly X[], otherwise: X): X => from[below(from.length)] ?? otherwise
  const some = (): Sizes => Object.fromEntries(Object.entries(sizes).filter(() => next() < 0.5))
  const first = argument('x0', sizes)
  const made: Node[] = [first, argument('x1', some()), argument('x2', some()), number(0), number(1), number(2)]
  const any = (): Node => pick(made, first)
  const usual = (node: Node): boolean => axesOf(node).every(axis => sizes[axis] === sizeOf(node, axis))
  const missing = (node: Node): Sizes => Object.fromEntries(Object.entries(sizes).filter(([axis]) => !(axis in node.axes) && next() < 0.6))
  const unary = [neg, tanh, (inputs: readonly Node[]) => exp([mul([number(0.1), tanh(inputs, {})], {})], {}), stopGradient, tap]
  const binary = [add, sub, mul, max, (inputs: readonly Node[]) => div([inputs[0] ?? first, add([number(2), tanh([inputs[1] ?? first], {})], {})], {})]
  const moves: readonly (() => Node | undefined)[] = [
    () => pick(unary, neg)([any()], {}),
    () => pick(binary, add)([any(), any()], {}),
    () => pick(binary, add)([any(), any()], {}),
    () => select([less([any(), any()], {}), any(), any()], {}),
    () => select([equal([any(), any()], {}), any(), any()], {}),
    () => mul([any(), cast([less([any(), any()], {})], { dtype: 'f32' })], {}),
    () => { const x = any(); return broadcast([x], { sizes: missing(x) }) },
    () => { const x = any(); return broadcast([x], { sizes: missing(x) }) },
    () => { const x = any(); const axes = axesOf(x).filter(() => next() < 0.5); return sum([x], { axes }) },
    () => { const x = any(); const axes = axesOf(x).filter(() => next() < 0.5); return axes.length === 0 ? undefined : maximum([x], { axes }) },
    () => { const [x, y] = [any(), any()]; return dot([x, y], { over: axesOf(x).filter(axis => axis in y.axes && next() < 0.5) }) },
    () => { const x = any(); return 'a' in x.axes && !('c' in x.axes) ? rename([rename([x], { names: { a: 'z' } })], { names: { z: 'a' } }) : rename([x], { names: {} }) },
    () => { const x = any(); return 'c' in x.axes ? flatten([unflatten([x], { axis: 'c', into: { p: 2, q: 2 } })], { axes: ['q', 'p'], into: 'c' }) : undefined },
    () => { const x = any(); const axis = pick(axesOf(x), 'a'); return axis in x.axes ? pad([slice([x], { axis, start: 0, size: sizeOf(x, axis) })], { axis, before: 0, after: 0, value: 0 }) : undefined },
    () => { const x = any(); return 'c' in x.axes ? concat([slice([x], { axis: 'c', start: 2, size: 2 }), slice([x], { axis: 'c', start: 0, size: 2 })], { axis: 'c' }) : undefined },
  ]
  while (made.length < length) {
    const node = pick(moves, () => undefined)()
    if (node !== undefined && usual(node)) made.push(node)
  }
  const roots = made.slice(-4)
  return programOf(...roots)
}
