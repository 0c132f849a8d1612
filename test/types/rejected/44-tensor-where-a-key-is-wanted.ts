// expect 5:67 i32 Key
import { fold, uniform, type Tensor } from '../../../compiler/language/index.ts'

/** The seed is a number of the state; key(seed) makes the key. */
export const noise = (seed: Tensor<never, 'i32'>) => uniform(fold(seed, 'noise'), { row: 4 })
