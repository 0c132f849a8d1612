// expect 5:67 i32 Key
import { fold, uniform, type Tensor } from '../../../compiler/language/index.ts'

/** The seed is a number of the state; key(seed) makes the key. */
export const noise = (seed: Tensor<never, 'i32'>) => uniform(fold(seed, 'noise'), { row: 4 })
// says AX010 5:67-5:71 fold wants a random key for from, but seed is a tensor without axes of i32
// see 5:23 seed is a parameter with no axes here
