import { add, mapTrees, mul, type TreeOf } from '../../compiler/language/index.ts'

/** The exponential moving average of parameters, a pure transform: m · teacher + (1 − m) · student, leaf by leaf. */
export const ema =
  (momentum: number) =>
  <T>(teacher: T & TreeOf<T>, student: NoInfer<T>): T =>
    mapTrees<T>((old, now) => add(mul(old, momentum), mul(now, 1 - momentum)), teacher, student)
