// expect 5:84 mul u8
import { mul, type Tensor } from '../../../compiler/language/index.ts'

/** Pictures arrive as bytes: a cast to f32 is missing. */
export const scaled = (picture: Tensor<'row' | 'column' | 'channel', 'u8'>) => mul(picture, 1 / 255)
