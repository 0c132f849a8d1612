import { readFile } from 'node:fs/promises'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import * as t from 'io-ts'
import { describeError } from './errors.ts'
import { parseJson } from './json.ts'

/** A type of a field, named as a person would say it. */
export const named = <A>(name: string, is: (value: unknown) => value is A): t.Type<A> =>
  new t.Type<A>(name, is, (value, context) => (is(value) ? t.success(value) : t.failure(value, context)), t.identity)

export const text = named('text', t.string.is)
export const texts = named('text or a list of texts', (value): value is string | string[] => t.string.is(value) || t.array(t.string).is(value))
export const identifier = named('text or a number', (value): value is string | number => t.string.is(value) || t.number.is(value))

/** A wrong value in a few words. */
export const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) {
    if (value.length > 0 && value.length < 8 && value.every(t.number.is)) return JSON.stringify(value)
    const odd = value.findIndex((item) => typeof item !== 'string')
    return odd < 0 ? 'a list' : `a list whose item ${odd + 1} is ${shown(value[odd])}`
  }
  if (typeof value === 'object' && value !== null) return 'an object'
  const written = JSON.stringify(value)
  return written.length > 40 ? `${written.slice(0, 37)}...` : written
}

/** One entry of an annotation file: the fields that it needs and those that it may have; others are not looked at. */
export interface EntryForm<A> {
  readonly codec: t.Type<A, unknown, unknown>
  readonly fields: readonly string[]
  /** "an object with image and caption" */
  readonly name: string
}

/** The form of an entry from its fields. */
export const entryForm = <R extends t.Props, O extends t.Props>(required: R, optional: O) => {
  const names = Object.keys(required)
  const name = `an object with ${names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`}`
  return { codec: t.intersection([t.type(required), t.partial(optional)], name), fields: [...names, ...Object.keys(optional)], name }
}

const describe = <A>({ fields, name }: EntryForm<A>, errors: t.Errors, value: unknown): string => {
  const field = errors[0]?.context.find(({ key }) => fields.includes(key))
  if (field === undefined || typeof value !== 'object' || value === null || Array.isArray(value)) return `expected ${name}, found ${shown(value)}`
  return `field '${field.key}': expected ${field.type.name}, found ${shown(field.actual)}`
}

/** Checks a list of entries. Left: the first wrong entry (the first is entry 1) and field, what was expected and found. */
export const decodeEntries =
  <A>(form: EntryForm<A>) =>
  (value: unknown): E.Either<string, readonly A[]> => {
    if (!Array.isArray(value)) return E.left(`expected a list of entries, found ${shown(value)}`)
    if (value.length === 0) return E.left('expected at least one entry, found an empty list')
    return E.traverseArray((item: readonly [number, unknown]) =>
      pipe(
        form.codec.decode(item[1]),
        E.mapLeft((errors) => `entry ${item[0] + 1}: ${describe(form, errors, item[1])}`),
      ),
    )([...value.entries()])
  }

/** Reads and checks a JSON file. Left: one line with the file and the place in it. */
export const readJson = <A>(file: string, decode: (value: unknown) => E.Either<string, A>): TE.TaskEither<string, A> =>
  pipe(
    TE.tryCatch(() => readFile(file, 'utf8'), describeError),
    TE.flatMapEither((content) => parseJson(content.replace(/^\ufeff/, ''))),
    TE.flatMapEither(decode),
    TE.mapLeft((reason) => `${file}: ${reason}`),
  )

/** Reads and checks an annotation file. Left: one line with the file and the place in it. */
export const readEntries = <A>(file: string, form: EntryForm<A>): TE.TaskEither<string, readonly A[]> => readJson(file, decodeEntries(form))
