import type { TaskEither } from 'fp-ts/TaskEither'
import type { Artifact } from '../../compiler/targets/artifact.ts'

/** Arrays in the host's memory: f32, i32, and u8 or bool (one byte each). */
export type HostArray = Float32Array | Int32Array | Uint8Array

/**
 * What went wrong: no such backend here, a program that does not load, a wrong feed (the caller's mistake),
 * a failure while running, or a session used after it was closed.
 */
export type BackendErrorKind = 'unavailable' | 'load' | 'feed' | 'run' | 'closed'

/** The one error of backends: `message` is one sentence; `cause` keeps what the library threw, if anything. */
export class BackendError extends Error {
  override readonly name = 'BackendError'
  readonly kind: BackendErrorKind

  constructor(kind: BackendErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.kind = kind
  }
}

/** A loaded program with its state. All signatures share the state. */
export interface Session {
  readonly signatures: Artifact['signatures']
  /**
   * Runs a signature to its end and returns a fresh array for each of its outputs.
   * The arrays fed may be reused as soon as it returns. Throws a BackendError.
   */
  run(signature: string, inputs?: Readonly<Record<string, HostArray>>): Record<string, HostArray>
  /** The same, on another thread where the backend has one to spare: timers, signals and workers are served meanwhile. One run at a time. */
  start(signature: string, inputs?: Readonly<Record<string, HostArray>>): Promise<Record<string, HostArray>>
  /** Gives back the program and its state; a second call does nothing. */
  close(): void
  /** Number of backend tensors alive in this process, for leak checks. */
  readonly liveTensors: () => number
}

/** What a run returned, and the backend's own notes of it: TensorFlow's RunMetadata, encoded. */
export interface TracedRun {
  readonly outputs: Record<string, HostArray>
  readonly metadata: Uint8Array
}

/** A session whose backend can note when each operation ran, which makes a run a little slower. */
export interface TracingSession extends Session {
  runTraced(signature: string, inputs?: Readonly<Record<string, HostArray>>): TracedRun
}

export interface Backend<S extends Session = Session> {
  readonly name: string
  load(artifact: Artifact): TaskEither<BackendError, S>
}
