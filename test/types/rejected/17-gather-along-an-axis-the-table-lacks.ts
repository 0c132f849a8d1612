// expect 5:105 gather token word
import { gather, type Tensor } from '../../../compiler/language/index.ts'

/** The operands the wrong way about: the table is the word table. */
export const embed = (table: Tensor<'word' | 'hidden'>, ids: Tensor<'token', 'i32'>) => gather('token', table, ids)
