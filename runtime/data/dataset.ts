import { dirname, resolve } from 'node:path'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import { cacheFolder } from '../cli/setup/cache.mjs'
import { type CaptionOptions, type CaptionTable, captionTable, numbering, type TokenisedCaption, tokeniseCaptions } from './caption-table.ts'
import { decodePictures } from './decode-pictures.ts'
import { describeError } from './errors.ts'
import { contentKey, type DecodedPictures, pixelFolder, readPixels, writePixels } from './pixel-cache.ts'
import { type PairEntry, readPairs } from './schema.ts'
import type { Progress } from './work.ts'

/** The numbers of a set of picture–caption pairs, in memory that worker threads can share or copy cheaply. */
export interface PairTable extends Omit<CaptionTable, 'captions'> {
  /** Number of pictures, and their stored height and width. */
  readonly pictures: number
  readonly size: number
  /** RGB pixels, [picture, row, column, channel]. */
  readonly pixels: Uint8Array
  readonly maxTokens: number
  /** Concept of each picture, an index into `Pairs.concepts`. */
  readonly concept: Int32Array
  /** Rows of `pixels` that each picture shows, [picture, view]; where it is not given, picture i is row i. */
  readonly views?: { readonly count: number; readonly rows: Int32Array }
}

/** A set of picture–caption pairs, decoded and tokenised. */
export interface Pairs extends PairTable, CaptionTable {
  /** Names of the concepts, in order of first appearance. */
  readonly concepts: readonly string[]
  /** Identity of each picture for retrieval: equal for entries with the same image_id (or path, where there is none). */
  readonly identity: Int32Array
  /** Path of each picture, and its style where the file says one. */
  readonly files: readonly string[]
  readonly styles: readonly (string | undefined)[]
  readonly summary: Summary
}

/** What was read and what was left out. `captions` counts (picture, caption) pairs, of which `distinctCaptions` differ. */
export interface Summary {
  readonly pictures: number
  readonly captions: number
  readonly distinctCaptions: number
  readonly skippedPictures: number
  readonly skippedCaptions: number
}

export interface PairOptions extends CaptionOptions {
  /** Pictures are stored as `size` x `size` pixels. */
  readonly size: number
  /** Folder for the pixel cache (in the user's cache where it is not given); 'off' decodes the pictures every time. */
  readonly cache?: string
  /** Called with one line for everything that is skipped. */
  readonly onWarning?: (line: string) => void
  readonly onProgress?: (progress: Progress) => void
}

/** An entry with the captions that have words in them. */
interface Captioned {
  readonly entry: PairEntry
  readonly captions: readonly TokenisedCaption[]
}

const givenCaptions = ({ caption }: PairEntry): readonly string[] => (typeof caption === 'string' ? [caption] : caption)

/** Says what of an entry's captions is skipped; gives their number. */
const warnOfCaptions = (place: string, { entry, captions }: Captioned, warn: (line: string) => void): number => {
  const given = givenCaptions(entry).length
  const empty = given - captions.length
  if (captions.length === 0) warn(`${place}: no caption with words in it; the picture ${entry.image} is skipped`)
  else if (empty > 0) warn(`${place}: ${empty} of ${given} captions have no words and are skipped`)
  return empty
}

/** The pixels of picture files, kept for the next start under the name of their annotation file unless the cache is 'off'. */
export const cachedPictures = async (
  annotations: string,
  files: readonly string[],
  options: Pick<PairOptions, 'size' | 'cache' | 'onWarning' | 'onProgress'>,
): Promise<DecodedPictures> => {
  const decode = () => decodePictures(files, options.size, options.onProgress)
  const cache = options.cache ?? cacheFolder()
  if (cache === 'off') return decode()
  const folder = pixelFolder(cache, annotations, options.size)
  const key = await contentKey(files, options.size)
  const kept = await readPixels(folder, key)
  if (kept !== undefined) return kept
  const decoded = await decode()
  // The cache only saves time: a full disk must not stop a run.
  await writePixels(folder, key, decoded).catch((cause: unknown) =>
    options.onWarning?.(`${folder}: decoded pictures were not kept for the next start (${describeError(cause)})`),
  )
  return decoded
}

const pairsOf = (kept: readonly Captioned[], pixels: Uint8Array, folder: string, options: PairOptions): Omit<Pairs, 'summary'> => {
  const concepts = numbering()
  const identities = numbering()
  const identityOf = ({ image_id, image }: PairEntry) => String(image_id ?? image)
  return {
    ...captionTable(
      kept.map(({ captions }) => captions),
      options,
    ),
    pictures: kept.length,
    size: options.size,
    pixels,
    maxTokens: options.maxTokens,
    concept: Int32Array.from(kept, ({ entry }) => concepts.of(entry.concept ?? entry.name ?? identityOf(entry))),
    concepts: concepts.texts(),
    identity: Int32Array.from(kept, ({ entry }) => identities.of(identityOf(entry))),
    files: kept.map(({ entry }) => resolve(folder, entry.image)),
    styles: kept.map(({ entry }) => entry.style),
  }
}

const readAll = async (file: string, entries: readonly PairEntry[], options: PairOptions): Promise<Pairs> => {
  const warn = options.onWarning ?? (() => {})
  const folder = dirname(resolve(file))
  const all = entries.map((entry) => ({ entry, captions: tokeniseCaptions(givenCaptions(entry), options) }))
  const skippedCaptions = all.reduce((sum, item, index) => sum + warnOfCaptions(`${file}: entry ${index + 1}`, item, warn), 0)
  const captioned = all.filter(({ captions }) => captions.length > 0)
  const { pixels, failures } = await cachedPictures(
    file,
    captioned.map(({ entry }) => resolve(folder, entry.image)),
    options,
  )
  for (const { reason } of failures) warn(`${reason}; the picture is skipped`)
  const failed = new Set(failures.map(({ index }) => index))
  const pairs = pairsOf(
    captioned.filter((_, index) => !failed.has(index)),
    pixels,
    folder,
    options,
  )
  const summary = {
    pictures: pairs.pictures,
    captions: pairs.captionRows.length,
    distinctCaptions: pairs.captions.length,
    skippedPictures: entries.length - pairs.pictures,
    skippedCaptions,
  }
  return { ...pairs, summary }
}

/**
 * Reads an annotation file, decodes its pictures and tokenises its captions. Pictures that cannot be decoded, captions of
 * no words and entries left with no caption are skipped with a warning. Left: one line, where the file is wrong or nothing is left.
 */
export const loadPairs = (file: string, options: PairOptions): TE.TaskEither<string, Pairs> =>
  pipe(
    readPairs(file),
    TE.flatMap((entries) =>
      TE.tryCatch(
        () => readAll(file, entries, options),
        (cause) =>
          cause instanceof RangeError
            ? `${file}: ${entries.length} pictures of ${options.size} x ${options.size} pixels do not fit into memory`
            : `${file}: ${describeError(cause)}`,
      ),
    ),
    TE.filterOrElse(
      ({ pictures }) => pictures > 0,
      ({ summary }) => `${file}: nothing to read: all ${summary.skippedPictures} pictures were skipped (see the warnings)`,
    ),
  )
