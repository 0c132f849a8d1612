// What shape a call gives, or that it is wrong: written from docs/language.md, and from nothing of the compiler.
import type { Call, Shape, Type } from './calls.ts'

type Axes = Shape['axes']

class Wrong extends Error {}
const wrong = (): never => { throw new Wrong() }
const must = (condition: boolean): void => { if (!condition) wrong() }

const names = (axes: object): readonly string[] => Object.keys(axes)
const without = (axes: Axes, gone: readonly string[]): Axes => Object.fromEntries(Object.entries(axes).filter(([axis]) => !gone.includes(axis)))
const sizeOf = (axes: Axes, axis: string): number => axes[axis] ?? wrong()
const isName = (name: string): boolean => name !== '' && !name.startsWith('^') && !/^\d+$/.test(name)
const isSize = (size: number): boolean => Number.isInteger(size) && size >= 1
const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1)
const distinct = (list: readonly string[]): boolean => new Set(list).size === list.length
const contains = (a: Axes, b: Axes): boolean => names(b).every(axis => axis in a)

/** All axes of some values; one axis has one size. */
const union = (all: readonly Axes[]): Axes => {
  const found: Record<string, number> = {}
  for (const axes of all) for (const [axis, size] of Object.entries(axes)) {
    must(!(axis in found) || found[axis] === size)
    found[axis] = size
  }
  return found
}
const carriesAll = (axes: Axes, wanted: readonly string[]): void => must(distinct(wanted) && wanted.every(axis => axis in axes))

const accepted: Readonly<Record<string, readonly Type[]>> = {
  add: ['f32', 'i32'], sub: ['f32', 'i32'], mul: ['f32', 'i32'], max: ['f32', 'i32'], less: ['f32', 'i32'], div: ['f32'], equal: ['f32', 'i32', 'bool'], and: ['bool'],
  neg: ['f32', 'i32'], tanh: ['f32'], sin: ['f32'], floor: ['f32'], not: ['bool'], sum: ['f32', 'i32'], maximum: ['f32', 'i32'], argmax: ['f32', 'i32'], mean: ['f32'],
}
const accepts = (op: string, type: Type): void => must(accepted[op]?.includes(type) ?? true)
const result = (op: string, type: Type): Type => (['less', 'equal', 'and'].includes(op) ? 'bool' : type)

const judged = (call: Call, [x = wrong(), y = x, z = x]: readonly Shape[], all: readonly Shape[]): Shape => {
  switch (call.op) {
    case 'add': case 'sub': case 'mul': case 'div': case 'max': case 'less': case 'equal': case 'and': {
      accepts(call.op, x.type)
      if ('number' in call) {
        must(x.type === 'f32' || Number.isInteger(call.number))
        return { axes: x.axes, type: result(call.op, x.type) }
      }
      must(x.type === y.type && (call.outer || contains(x.axes, y.axes) || contains(y.axes, x.axes)))
      return { axes: union([x.axes, y.axes]), type: result(call.op, x.type) }
    }
    case 'neg': case 'tanh': case 'sin': case 'floor': case 'not': case 'stopGradient':
      accepts(call.op, x.type)
      return x
    case 'select': {
      const axes = union([x.axes, y.axes, z.axes])
      must(x.type === 'bool' && y.type === z.type && y.type !== 'key' && [x, y, z].some(each => contains(each.axes, axes)))
      return { axes, type: y.type }
    }
    case 'cast':
      must(x.type !== 'key')
      return { axes: x.axes, type: call.type }
    case 'rename': {
      carriesAll(x.axes, names(call.names))
      must(Object.values(call.names).every(isName))
      const after = names(x.axes).map(axis => call.names[axis] ?? axis)
      must(distinct(after))
      return { axes: Object.fromEntries(Object.entries(x.axes).map(([axis, size]) => [call.names[axis] ?? axis, size])), type: x.type }
    }
    case 'unflatten': {
      const rest = without(x.axes, [call.axis])
      must(names(call.into).every(isName) && Object.values(call.into).every(isSize) && sizeOf(x.axes, call.axis) === product(Object.values(call.into)))
      must(names(call.into).every(axis => !(axis in rest)))
      return { axes: { ...rest, ...call.into }, type: x.type }
    }
    case 'flatten': {
      carriesAll(x.axes, call.axes)
      const rest = without(x.axes, call.axes)
      must(call.axes.length > 0 && isName(call.into) && !(call.into in rest))
      return { axes: { ...rest, [call.into]: product(call.axes.map(axis => sizeOf(x.axes, axis))) }, type: x.type }
    }
    case 'broadcast':
      must(x.type !== 'key' && names(call.sizes).every(axis => isName(axis) && !(axis in x.axes)) && Object.values(call.sizes).every(isSize))
      return { axes: { ...call.sizes, ...x.axes }, type: x.type }
    case 'slice':
      must(isSize(call.size) && call.start >= 0 && call.start + call.size <= sizeOf(x.axes, call.axis))
      return { axes: { ...x.axes, [call.axis]: call.size }, type: x.type }
    case 'at':
      must(['f32', 'i32'].includes(x.type) && call.index >= 0 && call.index < sizeOf(x.axes, call.axis))
      return { axes: without(x.axes, [call.axis]), type: x.type }
    case 'pad':
      must(['f32', 'i32'].includes(x.type) && [call.before, call.after].every(count => Number.isInteger(count) && count >= 0))
      return { axes: { ...x.axes, [call.axis]: sizeOf(x.axes, call.axis) + call.before + call.after }, type: x.type }
    case 'stack': case 'concat': {
      must(isName(call.axis))
      if (call.op === 'stack') must(all.every(({ axes }) => !(call.axis in axes)))
      const parts = call.op === 'stack' ? all.map(({ axes, type }) => ({ axes: { ...axes, [call.axis]: 1 }, type })) : all
      must(parts.every(({ type }) => type === x.type) && x.type !== 'key')
      const others = union(parts.map(({ axes }) => without(axes, [call.axis])))
      return { axes: { ...others, [call.axis]: parts.reduce((total, { axes }) => total + sizeOf(axes, call.axis), 0) }, type: x.type }
    }
    case 'sum': case 'maximum': case 'mean':
      accepts(call.op, x.type)
      carriesAll(x.axes, call.axes)
      return { axes: without(x.axes, call.axes), type: x.type }
    case 'argmax':
      accepts(call.op, x.type)
      sizeOf(x.axes, call.axis)
      return { axes: without(x.axes, [call.axis]), type: 'i32' }
    case 'position':
      return { axes: { [call.axis]: sizeOf(x.axes, call.axis) }, type: 'i32' }
    case 'topIndex': {
      const rest = without(x.axes, [call.axis])
      must(['f32', 'i32'].includes(x.type) && isSize(call.size) && call.size <= sizeOf(x.axes, call.axis) && isName(call.into) && !(call.into in rest))
      return { axes: { ...rest, [call.into]: call.size }, type: 'i32' }
    }
    case 'dot':
      must(x.type === 'f32' && y.type === 'f32')
      carriesAll(x.axes, call.axes)
      carriesAll(y.axes, call.axes)
      return { axes: without(union([x.axes, y.axes]), call.axes), type: 'f32' }
    case 'gather': {
      const rest = without(x.axes, [call.axis])
      sizeOf(x.axes, call.axis)
      must(y.type === 'i32')
      union([rest, without(y.axes, [call.axis])])
      return { axes: { ...rest, ...y.axes }, type: x.type }
    }
    case 'scatterAdd': {
      must(x.type === 'i32' && ['f32', 'i32'].includes(y.type) && isSize(call.size) && isName(call.axis))
      carriesAll(x.axes, call.over)
      must(contains(y.axes, x.axes))
      union([x.axes, y.axes])
      const rest = without(y.axes, call.over)
      must(!(call.axis in rest))
      return { axes: { ...rest, [call.axis]: call.size }, type: y.type }
    }
    case 'write':
      must(x.type === y.type && x.type !== 'key' && contains(x.axes, y.axes) && contains(y.axes, x.axes))
      must(sizeOf(y.axes, call.axis) <= sizeOf(x.axes, call.axis))
      union([without(x.axes, [call.axis]), without(y.axes, [call.axis])])
      return x
    case 'uniform':
      must(x.type === 'key' && names(call.sizes).every(isName) && Object.values(call.sizes).every(isSize))
      return { axes: call.sizes, type: 'f32' }
  }
}

/** The shape that a call on these values has; `undefined` where it is wrong. */
export const shapeOf = (call: Call, shapes: readonly Shape[]): Shape | undefined => {
  const operands = call.of.flatMap(i => shapes[i] ?? [])
  try {
    return judged(call, operands, operands)
  } catch (error) {
    if (error instanceof Wrong) return undefined
    throw error
  }
}
