import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { AxleError } from '../../../compiler/language/index.ts'
import { leafOf } from '../../../compiler/language/leaf.ts'
import { evaluate } from '../../../compiler/language/run.ts'
import { leavesOf } from '../../../compiler/language/tree.ts'
import { input } from '../../../compiler/primitives/index.ts'
import { at, eachIndex, type HostTensor } from '../../../compiler/program/host.ts'
import { elements, type Sizes } from '../../../compiler/program/node.ts'

/** Mulberry32: numbers in [0, 1) for test inputs. */
export const generator = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** `count` numbers between −1 and 1. */
export const draws = (seed: number, count: number): readonly number[] => {
  const next = generator(seed)
  return Array.from({ length: count }, () => 2 * next() - 1)
}

interface Values {
  readonly axes: Sizes
  readonly data: ArrayLike<number>
}

/** The numbers of an array, row-major in the order of axes that a test wants; the array's own order is no part of its meaning. */
export const inOrder = (value: Values, order: readonly string[]): readonly number[] => {
  assert.equal(Object.keys(value.axes).sort(), [...order].sort(), 'the axes of the result')
  const host: HostTensor = { axes: value.axes, dtype: 'f32', data: Float64Array.from(value.data) }
  const numbers: number[] = []
  eachIndex(Object.fromEntries(order.map(axis => [axis, value.axes[axis] ?? 0])), index => numbers.push(at(host, index)))
  return numbers
}

/** Numbers agree within a tolerance, relative above 1. */
export const close = (found: ArrayLike<number>, wanted: readonly number[], tolerance = 1e-6, about = ''): void => {
  assert.is(found.length, wanted.length, about)
  wanted.forEach((value, i) => {
    const distance = Math.abs((found[i] ?? Number.NaN) - value)
    assert.ok(distance <= tolerance * Math.max(1, Math.abs(value)), `${about} element ${i}: ${found[i]}, wanted ${value}`)
  })
}

/** Calls a function of tensors on arrays in double precision to the end, without rounding to f32; its leaves in order. */
export const exactly = (f: (...xs: never[]) => unknown, inputs: readonly Values[]): readonly HostTensor[] => {
  const nodes = inputs.map(({ axes }, i) => input([], { path: `argument/${i}`, axes, dtype: 'f32', kind: 'argument' }))
  const roots = leavesOf(Reflect.apply(f, undefined, nodes.map(leafOf))).map(({ node }) => node)
  const given = new Map(nodes.map((node, i) => [node, { axes: node.axes, dtype: 'f32' as const, data: Float64Array.from(inputs[i]?.data ?? []) }]))
  const values = evaluate(roots, given)
  return roots.map(root => {
    const value = values.get(root)
    assert.ok(value)
    assert.is(value.data.length, elements(root.axes))
    return value
  })
}

/** The gradient of a function of one array to a number, by central differences. */
export const differences = (f: (data: readonly number[]) => number, at0: readonly number[], h = 1e-5): readonly number[] =>
  at0.map((_, i) => {
    const shifted = (by: number): number => f(at0.map((value, k) => (k === i ? value + by : value)))
    return (shifted(h) - shifted(-h)) / (2 * h)
  })

/** The mistake that a piece of a program is; it is a failure of the test if there is none. */
export const mistakeOf = (body: () => unknown): AxleError => {
  try {
    body()
  } catch (error) {
    if (error instanceof AxleError) return error
    throw error
  }
  throw new Error('no mistake was found')
}

/** `path/of/this.test.ts:LINE:` of the line that ends in `// NAME`: where a message must point. */
export const placesIn = (url: string) => {
  const file = fileURLToPath(url)
  const lines = readFileSync(file, 'utf8').split('\n')
  return (name: string): string => {
    const found = lines.flatMap((line, i) => (line.endsWith(`// ${name}`) ? [i + 1] : []))
    assert.is(found.length, 1, `one line of ${file} ends in '// ${name}'`)
    return `${relative(process.cwd(), file)}:${found[0]}:`
  }
}

/** The message of a mistake holds all parts. */
export const says = (error: AxleError, code: string, ...parts: readonly string[]): void => {
  assert.is(error.code, code, error.message)
  for (const part of parts) assert.ok(error.message.includes(part), `'${error.message}' holds '${part}'`)
}
