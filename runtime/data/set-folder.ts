import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import type * as t from 'io-ts'
import { madeOnce } from '../cli/setup/cache.mjs'
import { describeError } from './errors.ts'

/** A data set that is built into a folder, with a file in it that says what it is. */
export interface SetFolder<A> {
  readonly folder: string
  /** What the set is called in messages: "emoji set". */
  readonly name: string
  readonly manifest: string
  readonly codec: t.Decoder<unknown, A>
  /** Writes everything, the manifest too, into a temporary folder that takes its place when all is there. */
  readonly write: (temporary: string) => Promise<void>
}

const exists = async (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

const readManifest = <A>({ folder, name, manifest, codec }: SetFolder<A>): TE.TaskEither<string, A> =>
  pipe(
    TE.tryCatch(
      async (): Promise<unknown> => JSON.parse(await readFile(join(folder, manifest), 'utf8')),
      (cause) => `${folder}: is there but holds no ${name} (${manifest}: ${describeError(cause)}); remove it or name another folder`,
    ),
    TE.flatMapEither((value) =>
      pipe(
        codec.decode(value),
        E.mapLeft(() => `${folder}: ${manifest} is not one of this version; remove the folder to build the set again`),
      ),
    ),
  )

/** The set's manifest, and whether it had to be built. Left: the folder cannot be written, or holds something else. */
export const openOrBuild = <A>(set: SetFolder<A>): TE.TaskEither<string, { readonly content: A; readonly built: boolean }> =>
  pipe(
    TE.fromTask(() => exists(set.folder)),
    TE.flatMap((there) =>
      pipe(
        there
          ? TE.right(set.folder)
          : TE.tryCatch(
              () => madeOnce(set.folder, set.write),
              (cause) => `${set.folder}: the ${set.name} cannot be built: ${describeError(cause)}`,
            ),
        TE.flatMap(() => readManifest(set)),
        TE.map((content) => ({ content, built: !there })),
      ),
    ),
  )
