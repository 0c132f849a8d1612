import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import * as t from 'io-ts'
import { entriesOf, isList, unpickle, type Pickled } from '../checkpoints/pickle.ts'
import type { Box } from './boxes.ts'
import { decodeEntries, entryForm, named, readJson, shown, text } from './entries.ts'
import { describeError } from './errors.ts'
import { box } from './tasks/forms.ts'

/**
 * The true boxes of RefCOCO+ as its authors give them out: `refs(unc).p`, a Python pickle of a list of {ref_id, ann_id, image_id, split, …}, and
 * beside it `instances.json`, in COCO's form {images: [{id, height, width}], annotations: [{id, bbox}]}. ALBEF's own files (`refcoco+_val.json` …) say
 * of a reference its picture, its words and its `ref_id`.
 */

/** What is known of a reference: its box, its picture's number and size, and the part of the data set that it is of: `val`, `testA` … */
export interface KnownReference {
  readonly imageId: string
  readonly box: Box
  readonly height: number
  readonly width: number
  readonly split: string
}

export type KnownReferences = ReadonlyMap<string, KnownReference>

const whole = named('a whole number', (value): value is number => t.number.is(value) && Number.isInteger(value))
const ref = entryForm({ ref_id: whole, ann_id: whole, image_id: whole, split: text }, {})
const picture = entryForm({ id: whole, height: whole, width: whole }, {})
const annotation = entryForm({ id: whole, bbox: box }, {})

/** A pickle's lists and dicts as JSON has them; whatever else it may hold is an empty object. */
const plain = (value: Pickled): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if (isList(value)) return value.items.map(plain)
  return Object.fromEntries([...(entriesOf(value) ?? [])].map(([key, each]) => [String(key), plain(each)]))
}

const readRefs = (file: string) =>
  pipe(
    TE.tryCatch(() => readFile(file), describeError),
    TE.chainEitherK(bytes => E.tryCatch(() => unpickle(bytes), cause => `it is no pickle that can be read: ${describeError(cause)}`)),
    TE.chainEitherK(pickled => decodeEntries(ref)(plain(pickled))),
    TE.mapLeft(reason => `${file}: ${reason}`),
  )

const decodeInstances = (value: unknown) => {
  if (!t.UnknownRecord.is(value)) return E.left(`expected an object with images and annotations, found ${shown(value)}`)
  const list = <A>(name: string, form: Parameters<typeof decodeEntries<A>>[0]) => pipe(decodeEntries(form)(value[name]), E.mapLeft(reason => `field '${name}': ${reason}`))
  return pipe(
    E.Do,
    E.bind('images', () => list('images', picture)),
    E.bind('annotations', () => list('annotations', annotation)),
    E.map(({ images, annotations }) => ({ images: new Map(images.map(each => [each.id, each])), annotations: new Map(annotations.map(each => [each.id, each.bbox])) })),
  )
}

/** Reads the references of a `refs(….p` and, from the `instances.json` beside it, their boxes, by `ref_id`. Left: one line with file, entry, field and what was expected. */
export const readKnownReferences = (file: string): TE.TaskEither<string, KnownReferences> => {
  const instances = join(dirname(file), 'instances.json')
  return pipe(
    TE.Do,
    TE.bind('refs', () => readRefs(file)),
    TE.bind('boxes', () => readJson(instances, decodeInstances)),
    TE.chainEitherK(({ refs, boxes: { images, annotations } }) =>
      pipe(
        refs,
        E.traverseArray(({ ref_id, ann_id, image_id, split }): E.Either<string, readonly [string, KnownReference]> => {
          const [size, found] = [images.get(image_id), annotations.get(ann_id)]
          if (size === undefined) return E.left(`${file}: reference ${ref_id} is of picture ${image_id}, which ${instances} does not have`)
          if (found === undefined) return E.left(`${file}: reference ${ref_id} is annotation ${ann_id}, which ${instances} does not have`)
          const [left, top, width, height] = found
          return E.right([String(ref_id), { imageId: String(image_id), box: [left, top, width, height], height: size.height, width: size.width, split }])
        }),
        E.map(known => new Map(known)),
      ),
    ),
  )
}
