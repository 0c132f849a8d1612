// expect 7:31 State i32 NotDifferentiable
import { gather, grad, meanAll, type Tensor } from '../../../compiler/language/index.ts'

interface State { readonly table: Tensor<'word' | 'hidden'>; readonly ids: Tensor<'token', 'i32'> }

/** The ids are data: they belong in the closure, not in the argument. */
export const gradients = grad((state: State) => meanAll(gather('word', state.table, state.ids)))
