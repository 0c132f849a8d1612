import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import * as TE from 'fp-ts/TaskEither'
import { pipe } from 'fp-ts/function'
import { compile, type Compiled, type Job, type PassOptions } from '../../compiler/language/index.ts'
import type { HostArray, Session } from '../backends/backend.ts'
import { fromForeign } from '../checkpoints/official.ts'
import { readTensors } from '../checkpoints/safetensors.ts'
import { minilmFolder } from '../data/minilm.mjs'
import { machineOf, onDevices, type Devices } from '../devices/devices.ts'
import { stateSpecs, writeState } from '../state.ts'

/** A compiled job, loaded; with the seconds that each part took. */
export interface Opened {
  readonly session: Session
  readonly parameters: number
  /** Leaves of the state that a step changes: what a checkpoint must hold. */
  readonly trained: ReadonlySet<string>
  readonly seconds: { readonly compile: number; readonly load: number }
}

const since = (start: number): number => (performance.now() - start) / 1000

/** Numbers that gradients train: without a teacher's copies, where there is a student. */
const trainedNumbers = (state: Compiled['state']): number => {
  const all = state.filter(({ kind }) => kind === 'param')
  const students = all.filter(({ path }) => path.startsWith('student/'))
  return (students.length > 0 ? students : all).reduce((total, { axes }) => total + Object.values(axes).reduce((product, size) => product * size, 1), 0)
}

/** Compiles a job for TensorFlow, for one device or several, without the passes that are switched off, and loads it. Left: one sentence, with the place in the source for mistakes of the model. */
export const openJob = (job: Job, devices?: Devices, options: PassOptions = {}): TE.TaskEither<string, Opened> => async () => {
  const start = performance.now()
  const { target, backend } = machineOf(devices)
  const definition = onDevices(job.definition, devices)
  if (E.isLeft(definition)) return definition
  const compiled = compile(definition.right, target, options)
  if (E.isLeft(compiled)) return E.left(compiled.left.message)
  const seconds = since(start)
  const loading = performance.now()
  const { artifact, state, programs } = compiled.right
  const trained = new Set(programs.filter(({ name }) => job.phases.some(({ program }) => program === name)).flatMap(({ updates }) => updates.map(({ name }) => name)))
  const parameters = trainedNumbers(state)
  return pipe(await backend.load(artifact)(), E.bimap(error => error.message, session => ({ session, parameters, trained, seconds: { compile: seconds, load: since(loading) } })))
}

/** Values for every leaf under `to` from the leaf of the same name under `from`. */
const copied = (leaves: ReadonlyMap<string, HostArray>, copies: readonly (readonly [string, string])[]): ReadonlyMap<string, HostArray> =>
  new Map([...leaves].flatMap(([path, data]) => [[path, data] as const, ...copies.filter(([from]) => path.startsWith(`${from}/`)).map(([from, to]) => [to + path.slice(from.length), data] as const)]))

/** A first state from a seed, with the job's pre-trained weights, and the number of steps for the schedule. */
export const initializeState = (job: Job, session: Session, seed: number, horizon: number): TE.TaskEither<string, void> => async () => {
  session.run('initialize', { seed: Int32Array.of(seed) })
  writeState(session, new Map([[job.horizon, Int32Array.of(horizon)]]))
  if (job.weights === undefined) return E.right(undefined)
  const file = join(await minilmFolder(), 'model.safetensors')
  const read = await readTensors(file)()
  if (E.isLeft(read)) return read
  const leaves = fromForeign(file, job.weights.names, read.right.tensors, stateSpecs(session))
  if (E.isLeft(leaves)) return leaves
  writeState(session, copied(leaves.right, job.weights.copies))
  return E.right(undefined)
}

