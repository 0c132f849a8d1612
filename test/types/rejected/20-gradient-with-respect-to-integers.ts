// expect 7:31 State i32 NotDifferentiable
import { gather, grad, meanAll, type Tensor } from '../../../compiler/language/index.ts'

interface State { readonly table: Tensor<'word' | 'hidden'>; readonly ids: Tensor<'token', 'i32'> }

/** The ids are data: they belong in the closure, not in the argument. */
export const gradients = grad((state: State) => meanAll(gather('word', state.table, state.ids)))
// says AX010 7:31-7:96 no gradient with respect to a leaf of i32 ('ids'): what is differentiated is a tree of f32; give the rest beside it
// see 4:62 'ids' is declared here
