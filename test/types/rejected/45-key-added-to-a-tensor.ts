// expect 4:64 Key number
import { add, fold, type Key, type Tensor } from '../../../compiler/language/index.ts'

export const noisy = (key: Key, x: Tensor<'hidden'>) => add(x, fold(key, 'noise'))
// says AX010 4:64-4:82 add: fold(key, 'noise') is a random key, wanted a tensor; draw from it, for example with uniform
// see 4:64 fold gives a random key here
