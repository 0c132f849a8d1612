import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import * as t from 'io-ts'
import { cacheFolder } from '../../cli/setup/cache.mjs'
import { readConcepts } from '../emoji/concepts.ts'
import { readGlyphs } from '../emoji/glyphs.ts'
import { licences, packageVersions } from '../emoji/packages.ts'
import { fold, type Key, keyOf } from '../random.ts'
import { openOrBuild } from '../set-folder.ts'
import { forEachLimited, type Progress } from '../work.ts'
import { annotate, type Annotations, TASKS, type TaskName } from './annotate.ts'
import { drawScene } from './draw.ts'
import { BLOCK, type Drawable, planBlock } from './plan.ts'
import { answersOn } from './questions.ts'
import type { Scene } from './scene.ts'
import { type Palette, paletteOf, SCENE_SPLITS, type SceneSplit } from './splits.ts'

/** Changes whenever the same packages would give another set. */
const FORMAT = 2
const AT_A_TIME = 2

/** Scenes in each part, rounded up to whole blocks. */
export type SceneCounts = Readonly<Record<SceneSplit, number>>
export const SCENE_COUNTS: SceneCounts = { train: 6000, val: 600, test_twemoji: 600, test_openmoji: 600, test_unseen: 600 }

export interface SceneOptions {
  /** Height and width of the scenes. */
  readonly size: number
  readonly scenes?: SceneCounts
  readonly seed?: number
  /** Where the set lies or is to lie; a folder of the user's cache by default. */
  readonly folder?: string
  readonly onProgress?: (progress: Progress) => void
}

const tasks = t.type({ caption: t.number, grounding: t.number, vqa: t.number, entailment: t.number, nlvr: t.number, assignment: t.number })
const part = t.type({ scenes: t.number, nouns: t.number, tasks })
const manifest = t.type({
  size: t.number,
  seed: t.number,
  version: t.string,
  splits: t.type({ train: part, val: part, test_twemoji: part, test_openmoji: part, test_unseen: part }),
  unseenNouns: t.array(t.string),
})

/** Sizes of the parts, entries of each task, and the nouns that no training picture shows. */
export type SceneManifest = t.TypeOf<typeof manifest>

/** A built set on disk. */
export interface SceneSet extends SceneManifest {
  readonly folder: string
  /** False where the set was there already. */
  readonly built: boolean
}

const MANIFEST = 'set.json'
const ANSWERS = 'answer_list.json'
const PROPOSALS = 'proposals.json'

/** The annotation file of a task's part. */
export const sceneFile = (folder: string, task: TaskName, split: SceneSplit): string => join(folder, `${task}_${split}.json`)
export const answerFile = (folder: string): string => join(folder, ANSWERS)
export const proposalFile = (folder: string): string => join(folder, PROPOSALS)

const number = (value: number): string => String(value).padStart(5, '0')

/** Draws the scenes of a block. */
const drawBlock = async (key: Key, split: SceneSplit, block: number, drawables: readonly Drawable[], palette: Palette, size: number, folder: string) => {
  const plans = planBlock(key, drawables, size)
  const scenes: Scene[] = []
  for (const [index, plan] of plans.entries()) {
    const id = `${split}/${number(block * BLOCK.scenes + index)}`
    const image = `${id}.png`
    scenes.push({ id, image, size, ...(await drawScene(plan, size, palette.drawing, join(folder, image))) })
  }
  return scenes
}

type Json = (name: string, value: unknown) => Promise<void>

const truthOf = ({ id, image, things, card }: Scene) => ({
  image,
  image_id: id,
  things: things.map(({ noun, style, box }) => ({ noun: noun.singular, style, bbox: box })),
  ...(card === undefined ? {} : { card }),
})

/** Draws and annotates one part; gives back its numbers and its proposals. */
const writePart = async (folder: string, json: Json, split: SceneSplit, key: Key, count: number, palette: Palette, size: number, done: () => void) => {
  await mkdir(join(folder, split), { recursive: true })
  const drawables = palette.drawables(split)
  if (drawables.length < BLOCK.nouns) throw new Error(`${split} has pictures of ${drawables.length} nouns, and a block of scenes needs ${BLOCK.nouns}`)
  const blocks: Scene[][] = []
  await forEachLimited(Math.ceil(count / BLOCK.scenes), AT_A_TIME, async (block) => {
    blocks[block] = await drawBlock(fold(key, 0, block), split, block, drawables, palette, size, folder)
    done()
  })
  const annotations = blocks.map((scenes, block) => annotate(fold(key, 1, block), scenes))
  const numbered = (task: TaskName) => annotations.flatMap((all: Annotations) => all.entries[task]).map((entry, index) => ({ ...entry, ...identity(task, index) }))
  for (const task of TASKS) await json(`${task}_${split}.json`, numbered(task))
  await json(`scenes_${split}.json`, blocks.flat().map(truthOf))
  const length = (task: TaskName) => numbered(task).length
  return {
    proposals: annotations.flatMap(({ proposals }) => Object.entries(proposals)),
    part: {
      scenes: blocks.flat().length,
      nouns: drawables.length,
      tasks: { caption: length('caption'), grounding: length('grounding'), vqa: length('vqa'), entailment: length('entailment'), nlvr: length('nlvr'), assignment: length('assignment') },
    },
  }
}

const identity = (task: TaskName, index: number): Readonly<Record<string, number>> =>
  task === 'vqa' ? { question_id: index } : task === 'grounding' ? { ref_id: index } : {}

const write = async (folder: string, version: string, { size, scenes = SCENE_COUNTS, seed = 1, onProgress }: SceneOptions): Promise<void> => {
  const read = await pipe(readConcepts, TE.flatMap((concepts) => readGlyphs(concepts)), TE.bindTo('glyphs'), TE.bind('sources', () => licences))()
  if (E.isLeft(read)) throw new Error(read.left)
  const palette = paletteOf(read.right.glyphs)
  const json: Json = (name, value) => writeFile(join(folder, name), `${JSON.stringify(value)}\n`)
  const total = SCENE_SPLITS.reduce((sum, split) => sum + Math.ceil(scenes[split] / BLOCK.scenes), 0)
  let blocks = 0
  const done = () => onProgress?.({ done: ++blocks * BLOCK.scenes, total: total * BLOCK.scenes })
  const make = (split: SceneSplit) => writePart(folder, json, split, fold(keyOf(seed), SCENE_SPLITS.indexOf(split)), scenes[split], palette, size, done)
  const [train, val, test_twemoji, test_openmoji, test_unseen] = [
    await make('train'),
    await make('val'),
    await make('test_twemoji'),
    await make('test_openmoji'),
    await make('test_unseen'),
  ]
  const parts = [train, val, test_twemoji, test_openmoji, test_unseen]
  await json(PROPOSALS, Object.fromEntries(parts.flatMap(({ proposals }) => proposals)))
  await json(ANSWERS, answersOn(palette.nouns))
  await json('licences.json', read.right.sources)
  const content: SceneManifest = {
    size,
    seed,
    version,
    splits: { train: train.part, val: val.part, test_twemoji: test_twemoji.part, test_openmoji: test_openmoji.part, test_unseen: test_unseen.part },
    unseenNouns: palette.drawables('test_unseen').map(({ noun }) => noun.singular),
  }
  await json(MANIFEST, content)
}

/**
 * Scenes of two to four emoji with true boxes, and annotations for captions, grounding, questions, entailment and pairs of
 * pictures in the formats of ALBEF's data files; built from installed packages alone unless it is there already.
 * Left: a package is missing, or the folder cannot be written or holds something else.
 */
export const buildScenes = (options: SceneOptions): TE.TaskEither<string, SceneSet> =>
  pipe(
    packageVersions,
    TE.flatMap((versions) => {
      const content = JSON.stringify([FORMAT, options.size, options.scenes ?? SCENE_COUNTS, options.seed ?? 1, versions])
      const version = createHash('sha256').update(content).digest('hex').slice(0, 8)
      const folder = options.folder ?? join(cacheFolder(), `scenes-${options.size}-${version}`)
      return pipe(
        openOrBuild({ folder, name: 'scene set', manifest: MANIFEST, codec: manifest, write: (temporary) => write(temporary, version, options) }),
        TE.map(({ content, built }) => ({ ...content, folder, built })),
      )
    }),
  )
