// expect 4:64 Key number
import { add, fold, type Key, type Tensor } from '../../../compiler/language/index.ts'

export const noisy = (key: Key, x: Tensor<'hidden'>) => add(x, fold(key, 'noise'))
