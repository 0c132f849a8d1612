// expect 7:17 add f32 i32
import { add, position, type Tensor } from '../../../compiler/language/index.ts'

/** Position ids are i32; a table lookup is missing. */
export const placed = (x: Tensor<'token' | 'hidden'>) => {
  const places = position('token', x)
  return add(x, places)
}
// says AX010 7:17-7:23 add: x is of f32, places of i32; cast one of them
// see 6:18 position gives 'token' here
// see 5:24 x is a parameter with 'token' 'hidden' here
