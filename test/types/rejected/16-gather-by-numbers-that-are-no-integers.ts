// expect 5:38 gather f32 i32
import { gather, mul, type Tensor } from '../../../compiler/language/index.ts'

export const embed = (table: Tensor<'word' | 'hidden'>, ids: Tensor<'token'>) => {
  const rows = gather('word', table, ids)
  return mul(rows, 768 ** 0.5)
}
// says AX010 5:38-5:41 gather: ids is of f32, wanted i32; cast it
// see 4:57 ids is a parameter with 'token' here
