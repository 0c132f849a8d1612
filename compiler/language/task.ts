import { fail } from '../program/axes.ts'
import type { AnyDefinition, Evaluation } from './compile.ts'
import { isBranch } from './tree.ts'

/**
 * What the readers of annotation files can give of an example. `left` and `right` are the pictures of a pair; `label` a class; `identity` a
 * dense number of the picture. Questions have rows of `answers`, each with the example of the batch that it answers (`answerOf`) and a
 * weight; rows too many have weight 0 and are of example 0.
 */
export type Column = 'picture' | 'left' | 'right' | 'words' | 'label' | 'identity' | 'answers' | 'answerOf' | 'answerWeight'

/** Where the values of a batch input come from: a column of the data, or a program run once on every caption beforehand. */
export type BatchSource = Column | { readonly captions: string; readonly output: string }

/** The form of an annotation file, as the official code reads it, and what its entries become. */
export type ExampleForm =
  /** {image, caption: text or list, image_id?}. */
  | { readonly kind: 'captions' }
  /** {image, sentence, label} or, of two pictures, {images: [left, right], sentence, label}. */
  | { readonly kind: 'labelled'; readonly pictures: 1 | 2; readonly labels: Readonly<Record<string, number>> }
  /** {image, question, question_id, answer: text or list, dataset?}; `rows` answers a batch, of `tokens` word ids each, [SEP] at the end. */
  | { readonly kind: 'questions'; readonly rows: number; readonly tokens: number }
  /** {image, text, ref_id}, with proposal boxes by picture. */
  | { readonly kind: 'references' }

/** How a task is measured: the programs that predict, and what becomes of their outputs. */
export type Measure =
  /** `scores` over the labels: the share that is right. `form` is that of the examples measured on, where those of training have another. */
  | { readonly kind: 'labels'; readonly program: string; readonly inputs: Readonly<Record<string, Column>>; readonly scores: string; readonly form?: Extract<ExampleForm, { readonly kind: 'labelled' }> }
  /** Ranks a list of candidate answers, given with every call as word ids: the numbers of the best ones, best first, and their probabilities. */
  | { readonly kind: 'answers'; readonly program: string; readonly inputs: Readonly<Record<string, Column>>; readonly list: { readonly input: string; readonly size: number; readonly tokens: number }; readonly best: string; readonly probabilities: string }
  /** Maps of the picture, [row, column] of patches for each example: scored on the proposals. */
  | { readonly kind: 'boxes'; readonly program: string; readonly inputs: Readonly<Record<string, Column>>; readonly maps: string }

/**
 * A checkpoint of another task to start from: the beginnings of its leaves' paths and of ours that they become (parts that it does not have
 * are passed over), and where they may be of another size, the program that brings position embeddings to this task's picture size.
 */
export interface Start {
  readonly parts: readonly (readonly [from: string, to: string])[]
  readonly positions?: { readonly program: string; readonly input: string; readonly output: string; readonly paths: readonly string[] }
  /** What a run cannot do without: a teacher, say. Where nothing is said, a run may also start from nothing. */
  readonly needed?: string
}

/** A tensor of somebody else's checkpoint, and our leaves that lie one after another in it, each with its axes in the order of that layout. */
export interface ForeignName {
  readonly name: string
  readonly shape: readonly number[]
  readonly parts: readonly { readonly path: string; readonly order: readonly string[] }[]
  /** Tensors that such a checkpoint has beside it and that tell nothing: copies of what is tied, constants, parameters that the other program never uses. */
  readonly beside?: readonly string[]
}

/** Programs that rank pictures and captions against each other. */
export interface RetrievalPrograms {
  /** Pictures to `feature` and `tokens`; captions to `feature` and `tokens`; both tokens and the ids to `score`. */
  readonly pictures: string
  readonly captions: string
  readonly match: string
  /** Candidates that the matching head ranks again, for each query. */
  readonly candidates: number
  /** Concepts of a gallery, drawn by their names, where matching every pair of a whole one would take hours. */
  readonly gallery?: number
}

/**
 * Programs that show where a model looks, compiled only where that is asked for: both take `image` and `ids` and give a `map` of the
 * patches, that of the matching score also its `score` and a map for each token, `words`; the other one the `similarity`.
 */
export interface MapPrograms {
  readonly matching: string
  readonly similarity: string
  readonly programs: Readonly<Record<string, Evaluation>>
}

/** How pictures are changed for training: plain data that the loader understands. */
export interface AugmentationOptions {
  readonly crop: 'off' | { readonly scale: readonly [number, number]; readonly ratio: readonly [number, number] }
  readonly flip: boolean
  readonly randaugment: boolean
  readonly grayscale: number
}

/** One configuration of a task: everything that training needs to know about a model, as plain data beside its definition. */
export interface Job {
  readonly name: string
  /** The configuration itself, written into the run's folder. */
  readonly config: unknown
  readonly definition: AnyDefinition
  /** Step programs in the order in which a run uses them, each for a share of the steps; the shares add up to 1. */
  readonly phases: readonly { readonly program: string; readonly share: number }[]
  readonly data: {
    /** The data set that is built here, where no file is given. */
    readonly set?: 'emoji' | 'scenes'
    readonly picture: number
    readonly tokens: number
    /** Words that the model knows: the vocabulary of the captions may be no larger. */
    readonly words?: number
    readonly batch: number
    /** The form of the examples: pictures with captions, where nothing is said. */
    readonly examples?: ExampleForm
    readonly distinct: 'concept' | 'picture'
    readonly augmentation: AugmentationOptions
    readonly inputs: Readonly<Record<string, BatchSource>>
  }
  /** Leaves of the state that training sets: the number of steps that the schedule counts towards. */
  readonly horizon: string
  /** Pre-trained weights to start from, and leaves that start as copies of others (by the beginning of their paths). */
  readonly weights?: { readonly source: 'minilm-l6-v2'; readonly names: readonly ForeignName[]; readonly copies: readonly (readonly [from: string, to: string])[] }
  readonly start?: Start
  /** Names of our leaves in official checkpoints. */
  readonly names: readonly ForeignName[]
  /** Metrics of a step to show, in order, with their digits; all are recorded. */
  readonly shown: readonly { readonly name: string; readonly digits: number }[]
  readonly retrieval?: RetrievalPrograms
  readonly measure?: Measure
  readonly maps?: MapPrograms
}

export type Changes = Readonly<Record<string, string | number | boolean>>

/** What a model file exports as `task`. */
export interface Task {
  readonly name: string
  /** Configurations by name; `changes` replaces single values of one, by their path (`vision.layers`). */
  readonly configs: Readonly<Record<string, (changes?: Changes) => Job>>
}

export const defineTask = (task: Task): Task => task

/** A configuration with single values replaced, by their path. A path that is not there, or a value of another type, is an error. */
export const withChanges = <C>(config: C, changes: Changes): C => Object.entries(changes).reduce((now, [path, value]) => replace(now, path.split('.'), value, path), config)

function replace<C>(config: C, keys: readonly string[], value: string | number | boolean, path: string): C
function replace(config: unknown, [key, ...rest]: readonly string[], value: string | number | boolean, path: string): unknown {
  if (key === undefined) return typeof config === typeof value ? value : fail('AX032', `the configuration's '${path}' is ${JSON.stringify(config)}, which ${JSON.stringify(value)} cannot replace`)
  if (!isBranch(config) || Array.isArray(config) || !(key in config)) return fail('AX032', `the configuration has no '${path}'${isBranch(config) ? `; there is ${Object.keys(config).join(', ')}` : ''}`)
  return { ...config, [key]: replace(config[key], rest, value, path) }
}
