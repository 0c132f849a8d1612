// expect 5:10 select batch slot candidate
import { select, type Tensor } from '../../../compiler/language/index.ts'

export const withoutOwn = (own: Tensor<'batch', 'bool'>, similarity: Tensor<'batch' | 'candidate'>, fallback: Tensor<'slot'>) =>
  select(own, fallback, similarity)
