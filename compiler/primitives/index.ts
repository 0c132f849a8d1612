import { allGather, allReduce, deviceIndex, reduceScatter } from './collective.ts'
import { dot } from './dot.ts'
import { add, and, cast, div, equal, erf, exp, floor, less, log, max, mod, mul, neg, not, pow, rsqrt, select, sin, sqrt, sub, tanh } from './elementwise.ts'
import { gather, scatterAdd, write } from './gather.ts'
import { after, noGradient, stopGradient, tap, target } from './marks.ts'
import { concat, pad, slice } from './parts.ts'
import type { Tested } from './primitive.ts'
import { fold, key, uniform } from './random.ts'
import { argmax, maximum, sum, topIndex } from './reduce.ts'
import { literal, position, table } from './source.ts'
import { broadcast, flatten, rename, unflatten } from './structure.ts'

export { allGather, allReduce, deviceIndex, exchange, reduceScatter } from './collective.ts'
export { dot } from './dot.ts'
export * from './elementwise.ts'
export { gather, scatterAdd, write } from './gather.ts'
export { after, noGradient, stopGradient, tap, target } from './marks.ts'
export { concat, pad, slice } from './parts.ts'
export { fold, hashName, key, keyDomain, uniform } from './random.ts'
export { argmax, maximum, sum, topIndex } from './reduce.ts'
export { constantOf, input, literal, position, table } from './source.ts'
export { broadcast, broadcastLike, flatten, rename, unflatten } from './structure.ts'

/** Every primitive with its samples: what the generated tests iterate over. */
export const primitives: readonly Tested[] = [
  neg, exp, log, sqrt, rsqrt, tanh, erf, sin, floor, not, add, sub, mul, div, mod, max, pow, less, equal, and, select, cast,
  rename, unflatten, flatten, broadcast, slice, pad, concat, stopGradient, tap, target, noGradient, after,
  sum, maximum, argmax, topIndex, dot, gather, scatterAdd, write, literal, table, position, key, fold, uniform,
  allReduce, allGather, reduceScatter, deviceIndex,
].map(each => each.tested)
