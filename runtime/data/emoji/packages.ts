import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import * as t from 'io-ts'
import { describeError } from '../errors.ts'

/** The packages that the emoji pictures and captions are made from. */

const require = createRequire(import.meta.url)

/** Styles whose pictures are trained on, and styles that are held out as a whole, each the name of its picture package. */
export const TRAIN_STYLES = ['noto', 'noto-v1', 'emojione', 'emojione-v1', 'fxemoji', 'fluent-emoji-flat'] as const
export const HELD_OUT_STYLES = ['twemoji', 'openmoji'] as const
export type Style = (typeof TRAIN_STYLES)[number] | (typeof HELD_OUT_STYLES)[number]
export const STYLES: readonly Style[] = [...TRAIN_STYLES, ...HELD_OUT_STYLES]

export const picturePackage = (style: Style): string => `@iconify-json/${style}`

const UNICODE = 'https://www.unicode.org/license.txt'

/** What the packages of names and keywords give, and their licences (the picture packages carry their own). */
const TEXT_PACKAGES = [
  { name: 'cldr-annotations-full', gives: 'names and keywords', licence: 'Unicode-3.0', url: UNICODE },
  { name: 'cldr-annotations-derived-full', gives: 'names and keywords', licence: 'Unicode-3.0', url: UNICODE },
  { name: 'emojilib', gives: 'keywords', licence: 'MIT', url: 'https://github.com/muan/emojilib' },
  { name: 'unicode-emoji-json', gives: 'short names and groups', licence: 'MIT', url: 'https://github.com/muan/unicode-emoji-json' },
  { name: 'openmoji', gives: 'sub-groups', licence: 'CC-BY-SA-4.0', url: 'https://creativecommons.org/licenses/by-sa/4.0/' },
] as const

/** Reads a JSON file of an installed package. Left: the package, the file, and what is wrong. */
export const readPackage = <A>(name: string, path: string, codec: t.Decoder<unknown, A>): TE.TaskEither<string, A> =>
  pipe(
    TE.tryCatch(
      async (): Promise<unknown> => JSON.parse(await readFile(require.resolve(`${name}/${path}`), 'utf8')),
      (cause) => `package ${name}: cannot read ${path} (${describeError(cause)}); npm install brings it`,
    ),
    TE.flatMapEither((value) =>
      pipe(
        codec.decode(value),
        E.mapLeft((errors) => {
          const place = errors[0]?.context.map(({ key }) => key).join('/') ?? ''
          return `package ${name}: ${path} has another form than expected at '${place}'; is it the version in package.json?`
        }),
      ),
    ),
  )

const versionOf = (name: string): TE.TaskEither<string, string> =>
  pipe(
    readPackage(name, 'package.json', t.type({ version: t.string })),
    TE.map(({ version }) => `${name}@${version}`),
  )

/** All packages with their versions: what the built set depends on. */
export const packageVersions: TE.TaskEither<string, readonly string[]> = TE.traverseArray(versionOf)([
  ...STYLES.map(picturePackage),
  ...TEXT_PACKAGES.map(({ name }) => name),
])

/** Where a part of the built set comes from, and what may be done with it. */
export interface Licence {
  readonly package: string
  readonly gives: string
  readonly licence: string
  readonly url: string
  readonly author?: string
}

const info = t.type({
  author: t.type({ name: t.string }),
  license: t.intersection([t.type({ title: t.string }), t.partial({ spdx: t.string, url: t.string })]),
})

/** Licence of every package that pictures or captions come from. */
export const licences: TE.TaskEither<string, readonly Licence[]> = pipe(
  STYLES,
  TE.traverseArray((style) =>
    pipe(
      readPackage(picturePackage(style), 'info.json', info),
      TE.map(({ author, license }): Licence => ({
        package: picturePackage(style),
        gives: `pictures of the style ${style}`,
        licence: license.spdx ?? license.title,
        url: license.url ?? '',
        author: author.name,
      })),
    ),
  ),
  TE.map((pictures) => [...pictures, ...TEXT_PACKAGES.map(({ name, ...rest }): Licence => ({ package: name, ...rest }))]),
)
