import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import * as t from 'io-ts'
import sharp from 'sharp'
import { cacheFolder } from '../../cli/setup/cache.mjs'
import { describeError } from '../errors.ts'
import type { PairEntry } from '../schema.ts'
import { openOrBuild } from '../set-folder.ts'
import { forEachLimited, type Progress } from '../work.ts'
import { captionsOf } from './captions.ts'
import { hexOfKey, readConcepts } from './concepts.ts'
import { type Glyph, readGlyphs } from './glyphs.ts'
import { type Licence, licences, packageVersions, STYLES } from './packages.ts'
import { limitConcepts, SPLITS, type Split, splitOf } from './splits.ts'

/** Changes whenever the same packages would give another set. */
const FORMAT = 1
const AT_A_TIME = 2

export interface EmojiOptions {
  /** Height and width of the pictures. */
  readonly size: number
  /** Where the set lies or is to lie; a folder of the user's cache by default. */
  readonly folder?: string
  /** Only so many concepts; for tests. */
  readonly limit?: number
  readonly onProgress?: (progress: Progress) => void
  readonly onWarning?: (line: string) => void
}

const count = t.type({ pictures: t.number, concepts: t.number, captions: t.number })
const manifest = t.type({
  size: t.number,
  version: t.string,
  splits: t.type({ train: count, test_twemoji: count, test_openmoji: count, test_unseen: count }),
  unseenConcepts: t.array(t.string),
})

/** Sizes of the parts of a set, and which concepts training never shows. */
export type Manifest = t.TypeOf<typeof manifest>

/** A built set on disk: an annotation file for each part, pictures, licences. */
export interface EmojiSet extends Manifest {
  readonly folder: string
  readonly files: Readonly<Record<Split, string>>
  readonly licences: string
  /** False where the set was there already. */
  readonly built: boolean
}

const MANIFEST = 'set.json'
const LICENCES = 'licences.json'

const setAt = (folder: string, content: Manifest): EmojiSet => ({
  ...content,
  folder,
  files: {
    train: join(folder, 'train.json'),
    test_twemoji: join(folder, 'test_twemoji.json'),
    test_openmoji: join(folder, 'test_openmoji.json'),
    test_unseen: join(folder, 'test_unseen.json'),
  },
  licences: join(folder, LICENCES),
  built: false,
})

const imageOf = ({ concept, style }: Glyph): string => `${style}/${hexOfKey(concept.key)}.png`

const entryOf = (glyph: Glyph): PairEntry => ({
  image: imageOf(glyph),
  caption: [...captionsOf(glyph.concept)],
  image_id: imageOf(glyph).replace(/\.png$/, ''),
  concept: glyph.concept.name,
  style: glyph.style,
  group: glyph.concept.group,
})

const countOf = (entries: readonly PairEntry[]) => ({
  pictures: entries.length,
  concepts: new Set(entries.map(({ concept }) => concept)).size,
  captions: entries.reduce((sum, { caption }) => sum + caption.length, 0),
})

/** Draws a picture on white. */
const render = async (glyph: Glyph, size: number, folder: string): Promise<void> => {
  await sharp(Buffer.from(glyph.svg(size)))
    .resize(size, size, { fit: 'contain', background: '#fff' })
    .flatten({ background: '#fff' })
    .removeAlpha()
    .png()
    .toFile(join(folder, imageOf(glyph)))
}

/** Draws all pictures; gives back the ones that could be drawn, in their order. */
const renderAll = async (glyphs: readonly Glyph[], folder: string, { size, onProgress, onWarning }: EmojiOptions): Promise<Glyph[]> => {
  await Promise.all(STYLES.map((style) => mkdir(join(folder, style), { recursive: true })))
  const failed = new Set<Glyph>()
  const draw = async (index: number) => {
    const glyph = glyphs[index]
    if (glyph === undefined) return
    await render(glyph, size, folder).catch((cause: unknown) => {
      failed.add(glyph)
      onWarning?.(`${glyph.style}: the picture of '${glyph.concept.name}' cannot be drawn (${describeError(cause)}) and is left out`)
    })
  }
  await forEachLimited(glyphs.length, AT_A_TIME, draw, onProgress)
  return glyphs.filter((glyph) => !failed.has(glyph))
}

const writeSet = async (
  folder: string,
  glyphs: readonly Glyph[],
  sources: readonly Licence[],
  version: string,
  options: EmojiOptions,
): Promise<void> => {
  const drawn = await renderAll(glyphs, folder, options)
  const entriesOf = (split: Split) => drawn.filter((glyph) => splitOf(glyph) === split).map(entryOf)
  const json = (name: string, value: unknown) => writeFile(join(folder, name), `${JSON.stringify(value, undefined, 1)}\n`)
  await Promise.all(SPLITS.map((split) => json(`${split}.json`, entriesOf(split))))
  const unseen = entriesOf('test_unseen').flatMap(({ concept }) => (concept === undefined ? [] : [concept]))
  const content: Manifest = {
    size: options.size,
    version,
    splits: {
      train: countOf(entriesOf('train')),
      test_twemoji: countOf(entriesOf('test_twemoji')),
      test_openmoji: countOf(entriesOf('test_openmoji')),
      test_unseen: countOf(entriesOf('test_unseen')),
    },
    unseenConcepts: [...new Set(unseen)].sort(),
  }
  await json(LICENCES, sources)
  await json(MANIFEST, content)
}

/** Reads what the set is made from, and draws it. */
const makeSet = async (temporary: string, version: string, options: EmojiOptions): Promise<void> => {
  const read = await pipe(
    readConcepts,
    TE.bindTo('concepts'),
    TE.bind('all', ({ concepts }) => readGlyphs(concepts)),
    TE.bind('sources', () => licences),
  )()
  if (E.isLeft(read)) throw new Error(read.left)
  const { all, sources } = read.right
  const some = options.limit === undefined ? all : limitConcepts(all, options.limit)
  const wanted = some.filter((glyph) => splitOf(glyph) !== undefined)
  await writeSet(temporary, wanted, sources, version, options)
}

/**
 * The picture–caption set of emoji in eight styles, built from installed packages alone unless it is there already.
 * Left: a package is missing, or the folder cannot be written or holds something else.
 */
export const buildEmoji = (options: EmojiOptions): TE.TaskEither<string, EmojiSet> =>
  pipe(
    packageVersions,
    TE.flatMap((versions) => {
      const content = JSON.stringify([FORMAT, options.size, options.limit ?? 'all', versions])
      const version = createHash('sha256').update(content).digest('hex').slice(0, 8)
      const folder = options.folder ?? join(cacheFolder(), `emoji-${options.size}-${version}`)
      return pipe(
        openOrBuild({ folder, name: 'emoji set', manifest: MANIFEST, codec: manifest, write: (temporary) => makeSet(temporary, version, options) }),
        TE.map(({ content, built }) => ({ ...setAt(folder, content), built })),
      )
    }),
  )
