// expect 6:17 select f32 bool
import { less, select, sub, type Tensor } from '../../../compiler/language/index.ts'

export const rate = (step: Tensor, warmup: Tensor, rising: Tensor, falling: Tensor) => {
  const early = less(step, warmup)
  return select(sub(step, warmup), rising, select(early, rising, falling))
}
// says AX010 6:17-6:34 select: sub(step, warmup) is of f32, wanted bool
// see 4:22 step is a parameter with no axes here
