import * as E from 'fp-ts/Either'
import { elementCount, type Artifact, type ArraySpec } from '../../compiler/targets/artifact.ts'
import { BackendError, type HostArray } from './backend.ts'
import { checkArtifact } from './feeds.ts'

/** The first line of what was thrown: TensorFlow appends the whole graph trace to some of its messages. */
export const firstLine = (thrown: unknown): string =>
  (thrown instanceof Error ? thrown.message : String(thrown)).split('\n', 1).join('').trim().replace(/\.$/, '')

/** What TensorFlow said, without the addon's words before it and the tags of its own call stack. */
const reason = (thrown: unknown): string =>
  firstLine(thrown).replace(/^(Session fail to run with error|Failed to load SavedModel): /, '').replace(/\{\{\w+ [^{}]*\}\} ?/g, '')

/** A failure while a signature ran; an error that is one already stays as it is. */
export const runError = (signature: string, thrown: unknown): BackendError =>
  thrown instanceof BackendError
    ? thrown
    : new BackendError('run', `Signature '${signature}' failed in TensorFlow: ${reason(thrown)}.`, thrown)

/** A failure while a program was loaded; an error that is one already stays as it is. */
export const loadError = (thrown: unknown): BackendError =>
  thrown instanceof BackendError
    ? thrown
    : new BackendError('load', `The compiled program did not load in TensorFlow: ${reason(thrown)}.`, thrown)

/** No TensorFlow here, and why. */
export const unavailable = (thrown: unknown): BackendError =>
  new BackendError('unavailable', `TensorFlow could not be loaded, \`npm run setup\` installs it: ${firstLine(thrown)}.`, thrown)

export const closedError = (signature: string): BackendError => new BackendError('closed', `Signature '${signature}' cannot run: its session is closed.`)

/** What the graph gave for an output, by TensorFlow's own account. */
interface Found {
  readonly shape: readonly number[]
  readonly dtype: number
}

/** The values of an output, or the error that they are not what the artifact declares. */
export const declared = (signature: string, output: ArraySpec, values: unknown, { shape, dtype }: Found): HostArray => {
  const isArray = values instanceof Float32Array || values instanceof Int32Array || values instanceof Uint8Array
  if (isArray && values.length === elementCount(output)) return values
  const wanted = `${elementCount(output)} elements of ${output.dtype}`
  throw new BackendError('run', `Signature '${signature}', output '${output.name}' was declared as ${wanted}, the graph gave [${shape.join(', ')}] of TensorFlow type ${dtype}.`)
}

/** An artifact that TensorFlow may be given. */
export const checkTarget = (artifact: Artifact): E.Either<BackendError, Artifact> =>
  artifact.target === 'tensorflow'
    ? checkArtifact(artifact)
    : E.left(new BackendError('load', `The TensorFlow backend cannot load a program compiled for '${artifact.target}'.`))

export const orThrow = E.getOrElseW((error: BackendError): never => {
  throw error
})
