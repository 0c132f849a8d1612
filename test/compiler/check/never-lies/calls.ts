// Random calls of the language as plain data, right and wrong ones.
import fc from 'fast-check'

export type Type = 'f32' | 'i32' | 'bool' | 'u8' | 'key'

/** What a value is: sizes by axis, and its element type. */
export interface Shape {
  readonly axes: Readonly<Record<string, number>>
  readonly type: Type
}

/** One operation on values made before, by their number. */
export type Call =
  | { readonly op: 'add' | 'sub' | 'mul' | 'div' | 'max' | 'less' | 'equal' | 'and'; readonly of: readonly [number, number]; readonly outer: boolean }
  | { readonly op: 'add' | 'mul' | 'max' | 'less'; readonly of: readonly [number]; readonly number: number }
  | { readonly op: 'neg' | 'tanh' | 'sin' | 'floor' | 'not' | 'stopGradient'; readonly of: readonly [number] }
  | { readonly op: 'select'; readonly of: readonly [number, number, number] }
  | { readonly op: 'cast'; readonly of: readonly [number]; readonly type: 'f32' | 'i32' | 'bool' | 'u8' }
  | { readonly op: 'rename'; readonly of: readonly [number]; readonly names: Readonly<Record<string, string>> }
  | { readonly op: 'unflatten'; readonly of: readonly [number]; readonly axis: string; readonly into: Readonly<Record<string, number>> }
  | { readonly op: 'flatten'; readonly of: readonly [number]; readonly axes: readonly string[]; readonly into: string }
  | { readonly op: 'broadcast'; readonly of: readonly [number]; readonly sizes: Readonly<Record<string, number>> }
  | { readonly op: 'slice'; readonly of: readonly [number]; readonly axis: string; readonly start: number; readonly size: number }
  | { readonly op: 'at'; readonly of: readonly [number]; readonly axis: string; readonly index: number }
  | { readonly op: 'pad'; readonly of: readonly [number]; readonly axis: string; readonly before: number; readonly after: number }
  | { readonly op: 'concat'; readonly of: readonly number[]; readonly axis: string }
  | { readonly op: 'stack'; readonly of: readonly number[]; readonly axis: string }
  | { readonly op: 'sum' | 'maximum' | 'mean'; readonly of: readonly [number]; readonly axes: readonly string[] }
  | { readonly op: 'argmax' | 'position'; readonly of: readonly [number]; readonly axis: string }
  | { readonly op: 'topIndex'; readonly of: readonly [number]; readonly axis: string; readonly into: string; readonly size: number }
  | { readonly op: 'dot'; readonly of: readonly [number, number]; readonly axes: readonly string[] }
  | { readonly op: 'gather'; readonly of: readonly [number, number]; readonly axis: string }
  | { readonly op: 'scatterAdd'; readonly of: readonly [number, number]; readonly axis: string; readonly size: number; readonly over: readonly string[] }
  | { readonly op: 'write'; readonly of: readonly [number, number]; readonly axis: string }
  | { readonly op: 'uniform'; readonly of: readonly [number]; readonly sizes: Readonly<Record<string, number>> }

/** The values that every program starts from. Sizes repeat and differ, so that axes fit by name and do not by size. */
export const given: readonly Shape[] = [
  { axes: { a: 2, b: 3, c: 4 }, type: 'f32' },
  { axes: { b: 3, d: 5 }, type: 'f32' },
  { axes: { c: 4 }, type: 'f32' },
  { axes: { a: 3 }, type: 'f32' },
  { axes: {}, type: 'f32' },
  { axes: { a: 2, b: 3 }, type: 'i32' },
  { axes: { e: 4 }, type: 'i32' },
  { axes: { c: 4, b: 3 }, type: 'bool' },
  { axes: { a: 2, c: 4 }, type: 'u8' },
  { axes: {}, type: 'key' },
]

/** Numbers that a call is made of; what they choose depends on the values that there are. */
export interface Dice {
  readonly op: number
  readonly picks: readonly number[]
}

const sides = 1000
export const dice: fc.Arbitrary<Dice> = fc.record({ op: fc.nat(sides - 1), picks: fc.array(fc.nat(sides - 1), { minLength: 12, maxLength: 12 }) })

const letters = ['a', 'b', 'c', 'd', 'e', 'f']
const names = [...letters, 'g', '', '7', '^a']
const sizes = [1, 2, 3, 4, 5, 6, 0, -1, 1.5]

/** The call that dice stand for, given what there is. */
export const callOf = ({ op, picks }: Dice, shapes: readonly Shape[]): Call => {
  let next = 0
  const roll = (below: number): number => (picks[next++ % picks.length] ?? 0) % below
  const from = <X>(list: readonly X[], otherwise: X): X => list[roll(Math.max(list.length, 1))] ?? otherwise
  const value = (): number => roll(shapes.length)
  const axesOf = (i: number): readonly string[] => Object.keys(shapes[i]?.axes ?? {})
  const sizeAt = (i: number, axis: string): number => shapes[i]?.axes[axis] ?? 3
  /** Mostly an axis that is there. */
  const axisOf = (i: number): string => (roll(8) === 0 || axesOf(i).length === 0 ? from(names, 'a') : from(axesOf(i), 'a'))
  /** Mostly a name that is free. */
  const fresh = (i: number): string => (roll(8) === 0 ? from(names, 'a') : from(letters.filter(name => !axesOf(i).includes(name)), 'f'))
  const size = (): number => (roll(8) === 0 ? from(sizes, 2) : from(sizes.slice(0, 5), 2))
  const some = (list: readonly string[]): readonly string[] => (roll(12) === 0 ? [...list, ...list] : list.filter(() => roll(2) === 0))
  const shared = (i: number, j: number): readonly string[] => axesOf(i).filter(axis => axesOf(j).includes(axis))
  const i = value()
  // Often a value that has to do with the first.
  const j = roll(3) === 0 ? i : value()
  const makers: readonly (() => Call)[] = [
    ...(['add', 'sub', 'mul', 'div', 'max', 'less', 'equal', 'and'] as const).map(each => (): Call => ({ op: each, of: [i, j], outer: roll(3) === 0 })),
    () => ({ op: from(['add', 'mul', 'max', 'less'] as const, 'add'), of: [i], number: from([2, 0.5, -1], 1) }),
    () => ({ op: from(['neg', 'tanh', 'sin', 'floor', 'not', 'stopGradient'] as const, 'neg'), of: [i] }),
    () => ({ op: 'select', of: [roll(2) === 0 ? Math.max(shapes.findIndex(({ type }) => type === 'bool'), 0) : value(), i, j] }),
    () => ({ op: 'cast', of: [i], type: from(['f32', 'i32', 'bool', 'u8'] as const, 'f32') }),
    () => ({ op: 'rename', of: [i], names: { [axisOf(i)]: fresh(i), ...(roll(2) === 0 ? { [axisOf(i)]: fresh(i) } : {}) } }),
    () => { const axis = axisOf(i); const whole = sizeAt(i, axis); const first = roll(4) === 0 ? size() : from([1, 2, 3].filter(part => whole % part === 0), 1); return { op: 'unflatten', of: [i], axis, into: { [fresh(i)]: first, [roll(2) === 0 ? axis : fresh(i)]: whole / first } } },
    () => ({ op: 'flatten', of: [i], axes: some(axesOf(i)), into: fresh(i) }),
    () => ({ op: 'broadcast', of: [i], sizes: { [fresh(i)]: size() } }),
    () => { const axis = axisOf(i); const start = roll(3); return { op: 'slice', of: [i], axis, start, size: roll(6) === 0 ? size() : Math.max(1, sizeAt(i, axis) - start) } },
    () => ({ op: 'at', of: [i], axis: axisOf(i), index: from([0, 1, 2, 5, -1], 0) }),
    () => ({ op: 'pad', of: [i], axis: axisOf(i), before: from([0, 1, 2, -1], 0), after: from([0, 1, 0.5], 0) }),
    () => ({ op: 'concat', of: [i, j, ...(roll(3) === 0 ? [i] : [])], axis: axisOf(i) }),
    () => ({ op: 'stack', of: [i, j], axis: fresh(i) }),
    ...(['sum', 'maximum', 'mean'] as const).map(each => (): Call => ({ op: each, of: [i], axes: roll(4) === 0 ? [axisOf(i)] : some(axesOf(i)) })),
    () => ({ op: from(['argmax', 'position'] as const, 'argmax'), of: [i], axis: axisOf(i) }),
    () => ({ op: 'topIndex', of: [i], axis: axisOf(i), into: fresh(i), size: size() }),
    () => ({ op: 'dot', of: [i, j], axes: roll(5) === 0 ? [axisOf(i)] : some(shared(i, j)) }),
    () => ({ op: 'dot', of: [i, i], axes: some(axesOf(i)) }),
    () => ({ op: 'gather', of: [i, roll(2) === 0 ? 5 + roll(2) : j], axis: axisOf(i) }),
    () => ({ op: 'scatterAdd', of: [roll(2) === 0 ? 5 + roll(2) : j, i], axis: fresh(i), size: size(), over: some(axesOf(j)) }),
    () => ({ op: 'write', of: [i, j], axis: axisOf(i) }),
    () => ({ op: 'uniform', of: [roll(8) === 0 ? i : 9], sizes: { [fresh(9)]: size(), [fresh(9)]: size() } }),
  ]
  const make = makers[op % makers.length]
  if (make === undefined) throw new Error('no such call')
  return make()
}
