import * as E from 'fp-ts/Either'
import { BackendError } from '../backends/backend.ts'

/** Ends a command with one sentence. */
export class Refusal extends Error {}

export const need = <A>(result: E.Either<string, A>): A => {
  if (E.isLeft(result)) throw new Refusal(result.left)
  return result.right
}

/** What a command's work returns, its exit code; every refusal is one line and 2, every failure of the backend one line and 1. */
export const refusable = async (work: () => Promise<number>): Promise<number> => {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Refusal) && !(error instanceof BackendError)) throw error
    process.stderr.write(`${error.message}\n`)
    return error instanceof Refusal ? 2 : 1
  }
}
