// What a compiled folder's module is made of beside its own functions: bundled into it, so nothing here may need the compiler at run time.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import type { Artifact, ArraySpec, ArrayType } from '../../compiler/targets/artifact.ts'
import { BackendError, type HostArray, type Session } from '../backends/backend.ts'
import { tensorflow } from '../backends/tensorflow.ts'
import { readState, stateSpecs, writeState } from '../state.ts'

/** A value at the border of a compiled program: a plain number where it has no axes, else an array in its declared layout. */
export type Value = number | HostArray
export type Values = Readonly<Record<string, Value>>

/** A compiled program as its module's functions use it. Everything throws a BackendError. */
export interface Host {
  readonly call: (program: string, inputs?: Values) => Record<string, Value>
  readonly readState: (only?: readonly string[]) => Record<string, Value>
  readonly writeState: (leaves: Values) => void
  readonly close: () => void
}

const feedError = (message: string): never => {
  throw new BackendError('feed', message)
}

const ranges: Readonly<Record<Exclude<ArrayType, 'f32'>, readonly [from: number, to: number]>> = { i32: [-(2 ** 31), 2 ** 31 - 1], u8: [0, 255], bool: [0, 1] }

const arrayOf = (dtype: ArrayType, value: number): HostArray => {
  if (dtype === 'f32') return Float32Array.of(value)
  return dtype === 'i32' ? Int32Array.of(value) : Uint8Array.of(value)
}

/** The array that a backend is fed. */
const toArray = (where: string, { name, dtype, axes }: ArraySpec, value: Value): HostArray => {
  const what = `${where}: '${name}'`
  if (axes.length > 0) return ArrayBuffer.isView(value) ? value : feedError(`${what} has the axes ${axes.map(axis => axis.name).join(', ')} and wants an array, found ${String(value)}.`)
  if (typeof value !== 'number') return feedError(`${what} has no axes and wants a number, found ${typeof value}.`)
  const [from, to] = dtype === 'f32' ? [-Infinity, Infinity] : ranges[dtype]
  const fits = dtype === 'f32' || (Number.isInteger(value) && value >= from && value <= to)
  return fits ? arrayOf(dtype, value) : feedError(`${what} (${dtype}) wants a whole number from ${from} to ${to}, found ${value}.`)
}

const fromArray = ({ axes }: ArraySpec, data: HostArray): Value => (axes.length === 0 ? data[0] ?? Number.NaN : data)

/** Arrays for the values given; a value that is `undefined` counts as missing, an unknown name is an error. */
const toArrays = (where: string, specs: ReadonlyMap<string, ArraySpec>, values: Values): Map<string, HostArray> => {
  const arrays = new Map<string, HostArray>()
  for (const [name, value] of Object.entries(values)) {
    const spec = specs.get(name) ?? feedError(`${where}: there is no '${name}'; there is ${[...specs.keys()].join(', ') || 'nothing'}.`)
    if (value !== undefined) arrays.set(name, toArray(where, spec, value))
  }
  return arrays
}

const byName = (specs: readonly ArraySpec[]): ReadonlyMap<string, ArraySpec> => new Map(specs.map(spec => [spec.name, spec]))

/** Says what TensorFlow's words about missing variables mean: `ready` tells whether the state ever got its values. */
const explained = <A>(ready: boolean, body: () => A): A => {
  try {
    return body()
  } catch (error) {
    if (ready || !(error instanceof BackendError) || error.kind !== 'run') throw error
    throw new BackendError('run', 'The state has no values yet: call initialize(seed), or writeState with every leaf of it, first.', error)
  }
}

const hostOf = (session: Session): Host => {
  const leaves = stateSpecs(session)
  let ready = false
  const call: Host['call'] = (program, inputs = {}) => {
    const signature = session.signatures[program] ?? feedError(`There is no program '${program}'.`)
    const arrays = Object.fromEntries(toArrays(program, byName(signature.inputs), inputs))
    const outputs = explained(ready, () => session.run(program, arrays))
    ready ||= program === 'initialize'
    return Object.fromEntries(signature.outputs.flatMap(spec => {
      const data = outputs[spec.name]
      return data === undefined ? [] : [[spec.name, fromArray(spec, data)]]
    }))
  }
  return {
    call,
    readState: only => {
      only?.forEach(path => leaves.has(path) || feedError(`readState: the state has no '${path}'.`))
      const wanted = new Set(only ?? leaves.keys())
      const found = explained(ready, () => readState(session, path => wanted.has(path)))
      return Object.fromEntries([...found].map(([path, { axes, dtype, data }]) => [path, fromArray({ name: path, axes, dtype }, data)]))
    },
    writeState: values => {
      const arrays = toArrays('writeState', leaves, values)
      for (const [path, data] of arrays) {
        const wanted = (leaves.get(path)?.axes ?? []).reduce((count, axis) => count * axis.size, 1)
        // Before anything is written: a state is moved in several calls.
        if (data.length !== wanted) feedError(`writeState: '${path}' wants ${wanted} numbers, found ${data.length}.`)
      }
      explained(ready, () => writeState(session, arrays))
      ready ||= arrays.size === leaves.size
    },
    close: () => session.close(),
  }
}

const isObject = (x: unknown): x is Readonly<Record<string, unknown>> => typeof x === 'object' && x !== null

const isSignature = (x: unknown): boolean => isObject(x) && Array.isArray(x['inputs']) && Array.isArray(x['outputs'])

/** What `artifact.json` holds. */
type Described = Pick<Artifact, 'target' | 'signatures'> & { readonly files: readonly string[] }

const isDescribed = (x: unknown): x is Described =>
  isObject(x) && typeof x['target'] === 'string' && Array.isArray(x['files']) && isObject(x['signatures']) && Object.values(x['signatures']).every(isSignature)

const readArtifact = (folder: URL): E.Either<BackendError, Artifact> =>
  E.tryCatch(() => {
    const described: unknown = JSON.parse(readFileSync(new URL('artifact.json', folder), 'utf8'))
    if (!isDescribed(described)) throw new Error('artifact.json does not describe a compiled program')
    const { target, signatures, files } = described
    return { target, signatures, files: Object.fromEntries(files.map(path => [path, readFileSync(new URL(`graph/${path}`, folder))])) }
  }, thrown => new BackendError('load', `${fileURLToPath(folder)}: ${thrown instanceof Error ? thrown.message : String(thrown)}.`, thrown))

/** What an 'unavailable' backend means to somebody who has this folder and no set-up command. */
const inFolder = (folder: URL) => (error: BackendError): BackendError => {
  if (error.kind !== 'unavailable') return error
  const [line = ''] = (error.cause instanceof Error ? error.cause.message : error.message).split('\n', 1)
  return new BackendError('unavailable', `${fileURLToPath(folder)}: @tensorflow/tfjs-node-gpu could not be loaded from here: ${line.replace(/\.$/, '')}.`, error.cause)
}

/** Loads the program that lies in a folder. Rejects with a BackendError. */
export const openFolder = async (folder: URL): Promise<Host> => {
  const loaded = await pipe(TE.fromEither(readArtifact(folder)), TE.chain(artifact => tensorflow.load(artifact)), TE.bimap(inFolder(folder), hostOf))()
  if (E.isLeft(loaded)) throw loaded.left
  return loaded.right
}
