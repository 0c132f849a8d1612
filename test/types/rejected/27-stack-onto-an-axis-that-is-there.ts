// expect 6:73 stack batch
import { stack, type Tensor } from '../../../compiler/language/index.ts'

type Captions = Tensor<'batch' | 'token' | 'hidden'>

export const cases = (own: Captions, hard: Captions) => stack('batch', [own, hard])
