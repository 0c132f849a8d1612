// expect 5:84 mul u8
import { mul, type Tensor } from '../../../compiler/language/index.ts'

/** Pictures arrive as bytes: a cast to f32 is missing. */
export const scaled = (picture: Tensor<'row' | 'column' | 'channel', 'u8'>) => mul(picture, 1 / 255)
// says AX010 5:84-5:91 mul: picture is of u8, wanted f32 or i32; cast it
// see 5:24 picture is a parameter with 'row' 'column' 'channel' here
