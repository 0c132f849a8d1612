import * as E from 'fp-ts/Either'
import { precisions, type Precision } from '../../compiler/language/index.ts'

/** Reads `--precision`; f32 where nothing is said. Left: one sentence with what there is. */
export const parsePrecision = (text: string | undefined): E.Either<string, Precision> => {
  const found = precisions.find(each => each === (text ?? 'f32'))
  return found === undefined ? E.left(`--precision ${text ?? ''}: wanted ${precisions.join(' or ')}`) : E.right(found)
}

/** What `--precision` says of itself. */
export const precisionDescription = 'in what products of matrices are computed: f32, or bf16, which is faster where there are matrix units; everything else stays f32'
