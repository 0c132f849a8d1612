import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import type { Job, Start } from '../../compiler/language/index.ts'
import type { ArraySpec } from '../../compiler/targets/artifact.ts'
import type { HostArray, Session } from '../backends/backend.ts'
import type { HostTensor } from '../checkpoints/element-types.ts'
import { readTensors, writeLazyTensors, type LazyTensor } from '../checkpoints/safetensors.ts'
import { stateSpecs, writeState } from '../state.ts'
import { inCheckpoints } from './loop.ts'
import { findCheckpoint, type RunFolder } from './run-folder.ts'
import type { Opened } from './session.ts'

type Tensors = ReadonlyMap<string, HostTensor>

const under = (path: string, part: string): boolean => path === part || path.startsWith(`${part}/`)

const sizesOf = ({ axes }: ArraySpec): readonly number[] => axes.map(({ size }) => size)
const same = (one: readonly number[], other: readonly number[]): boolean => one.length === other.length && one.every((size, i) => size === other[i])

/** Position embeddings at this task's picture size, by the job's own program. Left: they are of another size than it resizes. */
const resized = (file: string, name: string, { shape, data }: HostTensor, { program, input, output }: NonNullable<Start['positions']>, session: Session): E.Either<string, HostArray> => {
  const wanted = session.signatures[program]?.inputs.find(each => each.name === input)
  if (wanted === undefined || !same(shape, sizesOf(wanted))) return E.left(`${file}: tensor '${name}' is [${shape.join(', ')}], and the configuration's 'pretrained' says [${wanted === undefined ? '' : sizesOf(wanted).join(', ')}]`)
  const made = session.run(program, { [input]: data })[output]
  return made === undefined ? E.left(`the program '${program}' has no output '${output}'`) : E.right(made)
}

const leafFrom = (file: string, name: string, tensor: HostTensor, path: string, start: Start, specs: ReadonlyMap<string, ArraySpec>, session: Session): E.Either<string, HostArray> => {
  const spec = specs.get(path)
  if (spec === undefined) return E.left(`${file}: tensor '${name}' would be '${path}', which this model does not have`)
  if (tensor.dtype !== spec.dtype) return E.left(`${file}: tensor '${name}' is ${tensor.dtype}, wanted ${spec.dtype} for '${path}'`)
  if (same(tensor.shape, sizesOf(spec))) return E.right(tensor.data)
  if (start.positions?.paths.includes(path) === true) return resized(file, name, tensor, start.positions, session)
  return E.left(`${file}: tensor '${name}' is [${tensor.shape.join(', ')}], wanted [${sizesOf(spec).join(', ')}] for '${path}'`)
}

/**
 * Leaves of a job's state from a checkpoint, part by part; later parts win, and parts that it does not have are passed over. Left: one
 * sentence (nothing fits, a size differs, a part is incomplete).
 */
export const startLeaves = (file: string, start: Start, tensors: Tensors, session: Session): E.Either<string, ReadonlyMap<string, HostArray>> => {
  const specs = stateSpecs(session)
  const leaves = new Map<string, HostArray>()
  for (const [from, to] of start.parts) {
    const found = [...tensors].filter(([name]) => under(name, from))
    for (const [name, tensor] of found) {
      const path = to + name.slice(from.length)
      const leaf = leafFrom(file, name, tensor, path, start, specs, session)
      if (E.isLeft(leaf)) return leaf
      leaves.set(path, leaf.right)
    }
    const missing = found.length === 0 ? undefined : [...specs.keys()].find(path => under(path, to) && !leaves.has(path))
    if (missing !== undefined) return E.left(`${file}: there is no tensor '${from}${missing.slice(to.length)}' for '${missing}': the checkpoint is of another model`)
  }
  return leaves.size > 0 ? E.right(leaves) : E.left(`${file}: it has none of the parts to start from: ${[...new Set(start.parts.map(([from]) => from))].slice(0, 3).join(', ')} …`)
}

/** What a run started from. */
export interface Started {
  readonly file: string
  readonly leaves: ReadonlyMap<string, HostArray>
}

/** Sets the parts of the state that a job takes over from a run's folder or a checkpoint. */
export const startFrom = (job: Job, session: Session, path: string): TE.TaskEither<string, Started> => {
  const { start } = job
  if (start === undefined) return TE.left(`--from ${path}: the configuration '${job.name}' starts from nothing else`)
  return pipe(
    findCheckpoint(path, 'good'),
    TE.mapLeft(reason => `--from ${reason}`),
    TE.bindTo('file'),
    TE.bind('read', ({ file }) => readTensors(file)),
    TE.chainEitherK(({ file, read }) => pipe(startLeaves(file, start, read.tensors, session), E.map(leaves => {
      writeState(session, leaves)
      return { file, leaves }
    }))),
  )
}

const fixedFile = ({ path }: RunFolder): string => join(path, 'fixed.safetensors')

/** Leaves that a run takes over and no checkpoint of its own holds, such as those of a teacher that is not trained, are kept in its folder: once. */
export const keepFixed = (run: RunFolder, { session, trained }: Pick<Opened, 'session' | 'trained'>, { leaves }: Started): TE.TaskEither<string, void> => {
  const specs = stateSpecs(session)
  const tensors = [...leaves].flatMap(([path, data]): readonly (readonly [string, LazyTensor])[] => {
    const spec = inCheckpoints(trained, path) ? undefined : specs.get(path)
    return spec === undefined ? [] : [[path, { dtype: spec.dtype, shape: sizesOf(spec), read: () => data }]]
  })
  return tensors.length === 0 ? TE.right(undefined) : writeLazyTensors(fixedFile(run), { run: run.name }, new Map(tensors))
}

/** Sets what was kept so; without it, there was nothing to keep. */
export const restoreFixed = (run: RunFolder, session: Session): TE.TaskEither<string, void> =>
  existsSync(fixedFile(run)) ? pipe(readTensors(fixedFile(run)), TE.map(({ tensors }) => writeState(session, new Map([...tensors].map(([path, { data }]) => [path, data]))))) : TE.right(undefined)
