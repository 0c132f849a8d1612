// expect 5:105 gather token word
import { gather, type Tensor } from '../../../compiler/language/index.ts'

/** The operands the wrong way about: the table is the word table. */
export const embed = (table: Tensor<'word' | 'hidden'>, ids: Tensor<'token', 'i32'>) => gather('token', table, ids)
// says AX001 5:105-5:110 gather over 'token': table has 'word' 'hidden', ids has 'token'
// see 5:23 table is a parameter with 'word' 'hidden' here
// see 5:57 ids is a parameter with 'token' here
