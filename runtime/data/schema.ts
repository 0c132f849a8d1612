import { readFile } from 'node:fs/promises'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import * as t from 'io-ts'
import { describeError } from './errors.ts'
import { parseJson } from './json.ts'

const text = new t.Type<string>('text', t.string.is, t.string.validate, t.identity)
const captions = new t.Type<string | string[]>(
  'text or a list of texts',
  (value): value is string | string[] => t.string.is(value) || t.array(t.string).is(value),
  (value, context) => (t.string.is(value) || t.array(t.string).is(value) ? t.success(value) : t.failure(value, context)),
  t.identity,
)
const identifier = new t.Type<string | number>(
  'text or a number',
  (value): value is string | number => t.string.is(value) || t.number.is(value),
  (value, context) => (t.string.is(value) || t.number.is(value) ? t.success(value) : t.failure(value, context)),
  t.identity,
)

const optional = { image_id: identifier, concept: text, name: text, style: text, group: text } as const

/** One entry of an ALBEF annotation file; other fields may stand there too and are not looked at. */
const entry = t.intersection([t.type({ image: text, caption: captions }), t.partial(optional)], 'an object with image and caption')

/** A picture and its captions, as an annotation file says it. */
export interface PairEntry {
  /** Path of the picture, relative to the folder of the annotation file. */
  readonly image: string
  readonly caption: string | string[]
  /** Which entries show the same image; without it, those with the same path. */
  readonly image_id?: string | number | undefined
  /** What is shown: entries of one concept count as right answers for each other's name. `name` is another word for it. */
  readonly concept?: string | undefined
  readonly name?: string | undefined
  readonly style?: string | undefined
  readonly group?: string | undefined
}

const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) {
    const odd = value.findIndex((item) => typeof item !== 'string')
    return odd < 0 ? 'a list' : `a list whose item ${odd + 1} is ${shown(value[odd])}`
  }
  if (typeof value === 'object' && value !== null) return 'an object'
  const written = JSON.stringify(value)
  return written.length > 40 ? `${written.slice(0, 37)}...` : written
}

const FIELDS: ReadonlySet<string> = new Set(['image', 'caption', ...Object.keys(optional)])

const describe = (errors: t.Errors, value: unknown): string => {
  const field = errors[0]?.context.find(({ key }) => FIELDS.has(key))
  if (field === undefined || typeof value !== 'object' || value === null || Array.isArray(value))
    return `expected an object with image and caption, found ${shown(value)}`
  return `field '${field.key}': expected ${field.type.name}, found ${shown(field.actual)}`
}

/** Checks one parsed annotation file. Left: the first wrong entry (the first is entry 1) and field, what was expected and found. */
export const decodePairs = (value: unknown): E.Either<string, readonly PairEntry[]> => {
  if (!Array.isArray(value)) return E.left(`expected a list of entries, found ${shown(value)}`)
  if (value.length === 0) return E.left('expected at least one entry, found an empty list')
  return E.traverseArray((item: readonly [number, unknown]) =>
    pipe(
      entry.decode(item[1]),
      E.mapLeft((errors) => `entry ${item[0] + 1}: ${describe(errors, item[1])}`),
    ),
  )([...value.entries()])
}

/** Reads and checks an annotation file. Left: one line with the file and the place in it. */
export const readPairs = (file: string): TE.TaskEither<string, readonly PairEntry[]> =>
  pipe(
    TE.tryCatch(() => readFile(file, 'utf8'), describeError),
    TE.flatMapEither((content) => parseJson(content.replace(/^\ufeff/, ''))),
    TE.flatMapEither(decodePairs),
    TE.mapLeft((reason) => `${file}: ${reason}`),
  )
