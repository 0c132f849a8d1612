import { existsSync, readFileSync } from 'node:fs'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import type * as t from 'io-ts'
import { describeError } from './errors.ts'
import { parseJson } from './json.ts'

/** A file that we wrote ourselves; `what` says what it should be. Left: the file and what is wrong with it, to the field. */
export const readJsonFile = <A>(codec: t.Type<A, unknown>, file: string, what: string): E.Either<string, A> =>
  pipe(
    E.tryCatch(() => readFileSync(file, 'utf8'), describeError),
    E.chain(parseJson),
    E.chain(value => pipe(codec.decode(value), E.mapLeft(([wrong]) => `field '${wrong?.context.map(({ key }) => key).filter(key => key !== '').join('.') ?? ''}' is not what ${what} has`))),
    E.mapLeft(reason => `${file}: ${reason}`),
  )

/** A finished piece of a longer work; nothing where there is none yet. `again` is what removing it leads to. Left: the file is there and is none. */
export const readFinished = <A>(codec: t.Type<A, unknown>, file: string, again: string): E.Either<string, A | undefined> =>
  existsSync(file) ? pipe(readJsonFile(codec, file, 'a finished cell'), E.mapLeft(reason => `${reason}; remove it to ${again} again`)) : E.right(undefined)
