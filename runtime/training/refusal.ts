import * as E from 'fp-ts/Either'

/** Ends a command with one sentence. */
export class Refusal extends Error {}

export const need = <A>(result: E.Either<string, A>): A => {
  if (E.isLeft(result)) throw new Refusal(result.left)
  return result.right
}
