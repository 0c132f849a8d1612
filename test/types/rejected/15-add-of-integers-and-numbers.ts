// expect 7:17 add f32 i32
import { add, position, type Tensor } from '../../../compiler/language/index.ts'

/** Position ids are i32; a table lookup is missing. */
export const placed = (x: Tensor<'token' | 'hidden'>) => {
  const places = position('token', x)
  return add(x, places)
}
