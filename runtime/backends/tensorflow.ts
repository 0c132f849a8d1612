import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import type { Artifact, OutputSpec, SignatureSpec } from '../../compiler/targets/artifact.ts'
import { dataType } from '../../compiler/targets/tensorflow/graphdef.ts'
import { placeholder, SERVE_TAG } from '../../compiler/targets/tensorflow/savedmodel.ts'
import type { Backend, BackendError, HostArray, Session } from './backend.ts'
import { loadBinding, readTensor } from './binding.ts'
import type { Binding, TensorInfo } from './binding.ts'
import { checkTarget, closedError, declared, loadError, orThrow, runError } from './errors.ts'
import { checkFeeds, findSignature, packBytes } from './feeds.ts'
import type { Feed } from './feeds.ts'
import { withFolder } from './folder.ts'

const tensorName = (node: string): string => (node.includes(':') ? node : `${node}:0`)

type Stage = (values: HostArray) => HostArray

/**
 * Puts arrays where TensorFlow must copy them. It shares memory that is aligned to its vectors instead of copying it: a variable
 * assigned from such a feed would go on reading the caller's array, and would release it on another thread than V8's.
 * Eight-byte alignment plus four is never aligned; one scratch buffer serves all feeds, since the copy is made at once.
 */
const createStage = (): Stage => {
  const OFFSET = 4
  let scratch = new ArrayBuffer(0)
  return (values) => {
    if (scratch.byteLength < OFFSET + values.byteLength) scratch = new ArrayBuffer(OFFSET + values.byteLength)
    const bytes = new Uint8Array(scratch, OFFSET, values.byteLength)
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    if (values instanceof Float32Array) return new Float32Array(scratch, OFFSET, values.length)
    return values instanceof Int32Array ? new Int32Array(scratch, OFFSET, values.length) : bytes
  }
}

const createFeed = (binding: Binding, stage: Stage, { input, values }: Feed): number => {
  const { type, shape } = placeholder(input)
  const packed = input.packed && values instanceof Uint8Array ? packBytes(values) : values
  return binding.createTensor(shape, dataType(type), stage(packed))
}

const readOutput = (binding: Binding, signature: string, output: OutputSpec, tensor: TensorInfo): HostArray =>
  declared(signature, output, tensor.dtype === dataType(output.dtype) ? readTensor(binding, tensor) : undefined, tensor)

/** Feeds, runs, reads; every tensor made on the way is deleted, whatever happens. */
const runSignature = (binding: Binding, model: number, stage: Stage, name: string, { outputs }: SignatureSpec, feeds: readonly Feed[]) => {
  const tensors: number[] = []
  try {
    for (const feed of feeds) tensors.push(createFeed(binding, stage, feed))
    const inputNames = feeds.map(({ input }) => tensorName(input.node)).join(',')
    const outputNames = outputs.map(({ node }) => tensorName(node)).join(',')
    const results = binding.runSavedModel(model, [...tensors], inputNames, outputNames)
    tensors.push(...results.map(({ id }) => id))
    return Object.fromEntries(
      results.flatMap((result, i) => {
        const output = outputs[i]
        return output === undefined ? [] : [[output.name, readOutput(binding, name, output, result)]]
      }),
    )
  } catch (thrown) {
    throw runError(name, thrown)
  } finally {
    tensors.forEach((tensor) => binding.deleteTensor(tensor))
  }
}

const createSession = (binding: Binding, model: number, { signatures }: Artifact): Session => {
  const stage = createStage()
  let open = true
  const run: Session['run'] = (name, inputs = {}) => {
    if (!open) throw closedError(name)
    const signature = orThrow(findSignature(signatures, name))
    return runSignature(binding, model, stage, name, signature, orThrow(checkFeeds(name, signature, inputs)))
  }
  return {
    signatures,
    run,
    start: async (name, inputs) => run(name, inputs),
    close: () => {
      if (open) binding.deleteSavedModel(model)
      open = false
    },
    liveTensors: () => binding.getNumOfTensors(),
  }
}

const openSession = (binding: Binding, artifact: Artifact): E.Either<BackendError, Session> =>
  E.tryCatch(
    () => createSession(binding, withFolder(artifact.files, (folder) => binding.loadSavedModel(folder, SERVE_TAG)), artifact),
    loadError,
  )

/**
 * TensorFlow through the native addon of `@tensorflow/tfjs-node-gpu`. It uses a GPU where there is one.
 * A run is synchronous: it blocks the thread until the step is done.
 */
export const tensorflow: Backend = {
  name: 'tensorflow',
  load: (artifact) =>
    pipe(
      TE.fromEither(checkTarget(artifact)),
      TE.chain(() => loadBinding),
      TE.chainEitherK((binding) => openSession(binding, artifact)),
    ),
}
