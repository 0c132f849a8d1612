import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import type { Artifact, SignatureSpec } from '../../compiler/targets/artifact.ts'
import { encodeMessage, writeInt, writeMessage } from '../../compiler/targets/tensorflow/protobuf.ts'
import { SERVE_TAG } from '../../compiler/targets/tensorflow/savedmodel.ts'
import { BackendError, type Backend, type HostArray, type Session, type TracedRun, type TracingSession } from './backend.ts'
import { loadCApi, type CApi, type Pointer, type RunArguments } from './c-api.ts'
import { encodeConfig, type SessionSettings } from './config-proto.ts'
import { checkTarget, closedError, loadError, orThrow, runError } from './errors.ts'
import { checkFeeds, findSignature, type Feed, type Feeds } from './feeds.ts'
import { withFolder } from './folder.ts'
import { tensorsOf, type Tensors } from './tensors.ts'

/** Calls with a fresh status; what it says in the end is thrown. */
const checked = <A>(api: CApi, call: (status: Pointer) => A): A => {
  const status = api.newStatus()
  try {
    const result = call(status)
    if (api.getCode(status) !== 0) throw new Error(api.message(status))
    return result
  } finally {
    api.deleteStatus(status)
  }
}

const withOptions = <A>(api: CApi, settings: SessionSettings, use: (options: Pointer) => A): A => {
  const options = api.newSessionOptions()
  try {
    const config = encodeConfig(settings)
    checked(api, status => api.setConfig(options, config, config.length, status))
    return use(options)
  } finally {
    api.deleteSessionOptions(options)
  }
}

/** A graph with its session, as the library holds them. */
interface Loaded {
  readonly graph: Pointer
  readonly session: Pointer
}

const release = (api: CApi, { graph, session }: Loaded): void => {
  checked(api, status => api.closeSession(session, status))
  checked(api, status => api.deleteSession(session, status))
  api.deleteGraph(graph)
}

const opened = (api: CApi, settings: SessionSettings, open: (graph: Pointer, options: Pointer, status: Pointer) => Pointer): Loaded => {
  const graph = api.newGraph()
  try {
    return { graph, session: withOptions(api, settings, options => checked(api, status => open(graph, options, status))) }
  } catch (thrown) {
    api.deleteGraph(graph)
    throw thrown
  }
}

/** An output of the graph, `node` or `node:1`, as the two words of a TF_Output. */
const outputOf = (api: CApi, graph: Pointer, name: string): readonly [bigint, bigint] => {
  const [node = '', index = '0'] = name.split(':')
  const operation = api.operationByName(graph, node)
  if (operation === null || operation === 0n) throw new BackendError('load', `The compiled program has no operation '${node}'.`)
  return [operation, BigInt(index)]
}

/** Where a signature's values enter and leave the graph; the same addresses at every run. */
interface Ports {
  readonly inputs: BigUint64Array
  readonly outputs: BigUint64Array
}

const portsOf = (api: CApi, graph: Pointer, { inputs, outputs }: SignatureSpec): Ports => {
  const words = (nodes: readonly string[]): BigUint64Array => BigUint64Array.from(nodes.flatMap(node => outputOf(api, graph, node)))
  return { inputs: words(inputs.map(({ node }) => node)), outputs: words(outputs.map(({ node }) => node)) }
}

/**
 * RunOptions { experimental { collective_graph_key: 1 } }: TensorFlow gives a run the means to exchange values between devices if it sees a
 * collective in the graph, and does not look into functions.
 */
const collectiveRun = encodeMessage(out => writeMessage(out, 8, () => writeInt(out, 1, 1)))

/** The same, with RunOptions.trace_level FULL_TRACE: TensorFlow notes when each operation ran. */
const tracedRun = encodeMessage(out => {
  writeInt(out, 1, 3)
  writeMessage(out, 8, () => writeInt(out, 1, 1))
})

/** One run from its feeds to its results: `begin` hands out the arguments, `end` reads and deletes. */
interface Run {
  readonly given: RunArguments
  readonly finish: () => Record<string, HostArray>
  readonly discard: () => void
}

/** How a run is asked for: its RunOptions, and the buffer that its RunMetadata goes to. */
interface Manner {
  readonly options: Pointer
  readonly metadata: Pointer | null
}

const prepareRun = (api: CApi, tensors: Tensors, { session }: Loaded, ports: Ports, { options, metadata }: Manner, name: string, { outputs }: SignatureSpec, feeds: readonly Feed[]): Run => {
  const status = api.newStatus()
  const fed: Pointer[] = []
  const results = new BigUint64Array(outputs.length)
  const discard = (): void => {
    api.deleteStatus(status)
    fed.forEach(tensors.delete)
    results.forEach(tensor => tensors.delete(tensor))
  }
  try {
    for (const feed of feeds) fed.push(tensors.fed(feed))
  } catch (thrown) {
    discard()
    throw thrown
  }
  const finish = (): Record<string, HostArray> => {
    if (api.getCode(status) !== 0) throw new Error(api.message(status))
    results.forEach(tensor => tensors.received(tensor))
    return Object.fromEntries(outputs.map((output, i) => [output.name, tensors.read(name, output, results[i] ?? 0n)]))
  }
  return { given: [session, options, ports.inputs, BigUint64Array.from(fed), fed.length, ports.outputs, results, outputs.length, null, 0, metadata, status], finish, discard }
}

const createSession = (api: CApi, loaded: Loaded, { signatures }: Artifact): TracingSession => {
  const tensors = tensorsOf(api)
  const options = api.newBufferFromString(collectiveRun, collectiveRun.length)
  const ports = new Map<string, Ports>()
  let open = true
  let busy = false
  const prepare = (name: string, inputs: Feeds, manner: Manner = { options, metadata: null }): Run => {
    if (!open) throw closedError(name)
    if (busy) throw new BackendError('run', `Signature '${name}' cannot run: another run of this session is under way.`)
    const signature = orThrow(findSignature(signatures, name))
    const feeds = orThrow(checkFeeds(name, signature, inputs))
    const known = ports.get(name) ?? portsOf(api, loaded.graph, signature)
    ports.set(name, known)
    return prepareRun(api, tensors, loaded, known, manner, name, signature, feeds)
  }
  const free = (): void => {
    release(api, loaded)
    api.deleteBuffer(options)
  }
  return {
    signatures,
    run: (name, inputs = {}) => {
      const run = prepare(name, inputs)
      try {
        api.run(...run.given)
        return run.finish()
      } catch (thrown) {
        throw runError(name, thrown)
      } finally {
        run.discard()
      }
    },
    runTraced: (name, inputs = {}) => traced(api, manner => prepare(name, inputs, manner), name),
    start: async (name, inputs = {}) => {
      const run = prepare(name, inputs)
      busy = true
      try {
        await api.runAside(...run.given)
        return run.finish()
      } catch (thrown) {
        throw runError(name, thrown)
      } finally {
        run.discard()
        busy = false
        if (!open) free()
      }
    },
    close: () => {
      const last = open && !busy
      open = false
      if (last) free()
    },
    liveTensors: tensors.alive,
  }
}

/** A run that TensorFlow takes notes of. */
const traced = (api: CApi, prepare: (manner: Manner) => Run, name: string): TracedRun => {
  const manner = { options: api.newBufferFromString(tracedRun, tracedRun.length), metadata: api.newBuffer() }
  try {
    const run = prepare(manner)
    try {
      api.run(...run.given)
      return { outputs: run.finish(), metadata: api.bufferBytes(manner.metadata) }
    } catch (thrown) {
      throw runError(name, thrown)
    } finally {
      run.discard()
    }
  } finally {
    api.deleteBuffer(manner.options)
    api.deleteBuffer(manner.metadata)
  }
}

const openSession = (api: CApi, settings: SessionSettings, artifact: Artifact): E.Either<BackendError, TracingSession> =>
  E.tryCatch(
    () => {
      const loaded = withFolder(artifact.files, folder =>
        opened(api, settings, (graph, options, status) => api.loadSavedModel(options, null, folder, [SERVE_TAG], 1, graph, null, status)))
      return createSession(api, loaded, artifact)
    },
    loadError,
  )

/** TensorFlow through its C API: settings of a session, virtual processors, and steps that leave the thread free. */
export const tensorflowC = (settings: SessionSettings = {}): Backend<TracingSession> => ({
  name: 'tensorflow (C API)',
  load: artifact =>
    pipe(
      TE.fromEither(checkTarget(artifact)),
      TE.chain(() => loadCApi),
      TE.chainEitherK(api => openSession(api, settings, artifact)),
    ),
})

/** The names of the devices that a session with these settings has, such as `/job:localhost/replica:0/task:0/device:CPU:0`. */
export const listDevices = (settings: SessionSettings = {}): TE.TaskEither<BackendError, readonly string[]> =>
  pipe(loadCApi, TE.chainEitherK(api => E.tryCatch(() => devicesOf(api, settings), loadError)))

const devicesOf = (api: CApi, settings: SessionSettings): readonly string[] => {
  const loaded = opened(api, settings, (graph, options, status) => api.newSession(graph, options, status))
  try {
    const list = checked(api, status => api.listDevices(loaded.session, status))
    const names = Array.from({ length: api.deviceCount(list) }, (_, i) => checked(api, status => api.deviceName(list, i, status)))
    api.deleteDeviceList(list)
    return names
  } finally {
    release(api, loaded)
  }
}
