// The same calls in the language, without its types.
import { untyped as u, type Leaf } from '../../../../compiler/language/index.ts'
import type { Call } from './calls.ts'

const comparable = ['add', 'sub', 'mul', 'div', 'max', 'less', 'equal', 'and'] as const
const isElementwise = (op: Call['op']): op is (typeof comparable)[number] => comparable.some(each => each === op)

/** Ids that are in any axis: only their axes and their type matter here. */
const inside = (ids: Leaf, type: string): Leaf => (type === 'i32' ? u.mul(ids, 0) : ids)

/** Makes a call on values made before; throws the checker's error where it is wrong. */
export const build = (call: Call, values: readonly Leaf[], types: readonly string[]): Leaf => {
  const operands = call.of.flatMap(i => values[i] ?? [])
  const [x, y, z] = operands
  const typeOf = (k: number): string => types[call.of[k] ?? -1] ?? ''
  if (x === undefined) throw new Error('no operand')
  const second = y ?? x
  switch (call.op) {
    case 'select': return u.select(x, second, z ?? x)
    case 'cast': return u.cast(call.type, x)
    case 'rename': return u.rename(x, call.names)
    case 'unflatten': return u.unflatten(x, call.axis, call.into)
    case 'flatten': return u.flatten(x, call.axes, call.into)
    case 'broadcast': return u.broadcast(x, call.sizes)
    case 'slice': return u.slice(call.axis, call.start, call.size, x)
    case 'at': return u.at(call.axis, call.index, x)
    case 'pad': return u.pad(call.axis, call.before, call.after, x)
    case 'concat': return u.concat(call.axis, operands)
    case 'stack': return u.stack(call.axis, operands)
    case 'sum': return u.sum(call.axes, x)
    case 'maximum': return u.maximum(call.axes, x)
    case 'mean': return u.mean(call.axes, x)
    case 'argmax': return u.argmax(call.axis, x)
    case 'position': return u.position(call.axis, x)
    case 'topIndex': return u.topIndex(call.axis, call.into, call.size, x)
    case 'dot': return u.dot(call.axes, x, second)
    case 'gather': return u.gather(call.axis, x, inside(second, typeOf(1)))
    case 'scatterAdd': return u.scatterAdd(call.axis, call.size, call.over, inside(x, typeOf(0)), second)
    case 'write': return u.write(call.axis, x, u.literal(0, 'i32'), second)
    case 'uniform': return u.uniform(x, call.sizes)
    case 'neg': case 'tanh': case 'sin': case 'floor': case 'not': case 'stopGradient': return u[call.op](x)
    default:
      if (!isElementwise(call.op)) throw new Error('no such operation')
      if ('number' in call) return u[call.op](x, call.number)
      return call.outer ? u.outer(call.op, x, second) : u[call.op](x, second)
  }
}
