// expect 6:17 select f32 bool
import { less, select, sub, type Tensor } from '../../../compiler/language/index.ts'

export const rate = (step: Tensor, warmup: Tensor, rising: Tensor, falling: Tensor) => {
  const early = less(step, warmup)
  return select(sub(step, warmup), rising, select(early, rising, falling))
}
