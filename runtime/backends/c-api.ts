import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import * as TE from 'fp-ts/TaskEither'
import type { LibraryHandle } from 'koffi'
import type { BackendError } from './backend.ts'
import { unavailable } from './errors.ts'
import { loadKoffi } from './koffi.ts'
import { prepared } from './prepare.ts'

/** An address in the library's memory; 0 is none. What it points to must be given back by the function that fits. */
export type Pointer = bigint

/** Arguments of TF_SessionRun. An output of the graph is two words: the operation's address, and the output's number. */
export type RunArguments = readonly [
  session: Pointer, options: Pointer,
  inputs: BigUint64Array, inputTensors: BigUint64Array, inputCount: number,
  outputs: BigUint64Array, outputTensors: BigUint64Array, outputCount: number,
  targets: null, targetCount: 0, metadata: Pointer | null, status: Pointer,
]

/** What is used of TensorFlow's C API, with its own names; `c_api.h` says what each does. `memory` is a view, valid as long as the tensor. */
export interface CApi {
  readonly newStatus: () => Pointer
  readonly deleteStatus: (status: Pointer) => void
  readonly getCode: (status: Pointer) => number
  readonly message: (status: Pointer) => string
  readonly newBufferFromString: (bytes: Uint8Array, length: number) => Pointer
  /** An empty buffer, for the library to fill. */
  readonly newBuffer: () => Pointer
  readonly deleteBuffer: (buffer: Pointer) => void
  /** A copy of what a buffer holds. */
  readonly bufferBytes: (buffer: Pointer) => Uint8Array
  readonly newSessionOptions: () => Pointer
  readonly deleteSessionOptions: (options: Pointer) => void
  readonly setConfig: (options: Pointer, config: Uint8Array, length: number, status: Pointer) => void
  readonly newGraph: () => Pointer
  readonly deleteGraph: (graph: Pointer) => void
  readonly operationByName: (graph: Pointer, name: string) => Pointer | null
  readonly newSession: (graph: Pointer, options: Pointer, status: Pointer) => Pointer
  readonly loadSavedModel: (options: Pointer, runOptions: null, folder: string, tags: readonly string[], count: number, graph: Pointer, metaGraph: null, status: Pointer) => Pointer
  readonly closeSession: (session: Pointer, status: Pointer) => void
  readonly deleteSession: (session: Pointer, status: Pointer) => void
  readonly listDevices: (session: Pointer, status: Pointer) => Pointer
  readonly deleteDeviceList: (list: Pointer) => void
  readonly deviceCount: (list: Pointer) => number
  readonly deviceName: (list: Pointer, index: number, status: Pointer) => string
  readonly deviceType: (list: Pointer, index: number, status: Pointer) => string
  readonly allocateTensor: (dtype: number, shape: BigInt64Array, dimensions: number, bytes: number) => Pointer
  readonly deleteTensor: (tensor: Pointer) => void
  readonly tensorType: (tensor: Pointer) => number
  readonly tensorBytes: (tensor: Pointer) => number
  readonly dimensions: (tensor: Pointer) => number
  readonly dimension: (tensor: Pointer, index: number) => number | bigint
  readonly memory: (tensor: Pointer, bytes: number) => ArrayBuffer
  readonly run: (...given: RunArguments) => void
  /** The same on another thread. The typed arrays are read and written there: they must not be used before the promise settles. */
  readonly runAside: (...given: RunArguments) => Promise<void>
}

const bind = (library: LibraryHandle, view: (address: Pointer, bytes: number) => ArrayBuffer): CApi => {
  const func = (declaration: string) => library.func(declaration)
  const data: (tensor: Pointer) => Pointer = func('void* TF_TensorData(void*)')
  const run = func('void TF_SessionRun(void*, void*, uint64_t*, uint64_t*, int, uint64_t*, uint64_t*, int, void*, int, void*, void*)')
  return {
    newStatus: func('void* TF_NewStatus()'),
    deleteStatus: func('void TF_DeleteStatus(void*)'),
    getCode: func('int TF_GetCode(void*)'),
    message: func('const char* TF_Message(void*)'),
    newBufferFromString: func('void* TF_NewBufferFromString(uint8_t*, size_t)'),
    newBuffer: func('void* TF_NewBuffer()'),
    deleteBuffer: func('void TF_DeleteBuffer(void*)'),
    bufferBytes: buffer => {
      // TF_Buffer: the address of the bytes, then how many there are.
      const [address = 0n, length = 0n] = new BigUint64Array(view(buffer, 16))
      return length === 0n ? new Uint8Array() : new Uint8Array(view(address, Number(length)).slice(0))
    },
    newSessionOptions: func('void* TF_NewSessionOptions()'),
    deleteSessionOptions: func('void TF_DeleteSessionOptions(void*)'),
    setConfig: func('void TF_SetConfig(void*, uint8_t*, size_t, void*)'),
    newGraph: func('void* TF_NewGraph()'),
    deleteGraph: func('void TF_DeleteGraph(void*)'),
    operationByName: func('void* TF_GraphOperationByName(void*, const char*)'),
    newSession: func('void* TF_NewSession(void*, void*, void*)'),
    loadSavedModel: func('void* TF_LoadSessionFromSavedModel(void*, void*, const char*, const char**, int, void*, void*, void*)'),
    closeSession: func('void TF_CloseSession(void*, void*)'),
    deleteSession: func('void TF_DeleteSession(void*, void*)'),
    listDevices: func('void* TF_SessionListDevices(void*, void*)'),
    deleteDeviceList: func('void TF_DeleteDeviceList(void*)'),
    deviceCount: func('int TF_DeviceListCount(void*)'),
    deviceName: func('const char* TF_DeviceListName(void*, int, void*)'),
    deviceType: func('const char* TF_DeviceListType(void*, int, void*)'),
    allocateTensor: func('void* TF_AllocateTensor(int, int64_t*, int, size_t)'),
    deleteTensor: func('void TF_DeleteTensor(void*)'),
    tensorType: func('int TF_TensorType(void*)'),
    tensorBytes: func('size_t TF_TensorByteSize(void*)'),
    dimensions: func('int TF_NumDims(void*)'),
    dimension: func('int64_t TF_Dim(void*, int)'),
    memory: (tensor, bytes) => view(data(tensor), bytes),
    run,
    runAside: (...given) => new Promise((resolve, reject) => run.async(...given, (error: unknown) => (error === null || error === undefined ? resolve() : reject(error)))),
  }
}

/** The libraries of an installation, in the order in which they are loaded: set-up's own, or those of the package's installer. */
const layouts = [
  ['tensorflow/libtensorflow_framework.so.2', 'tensorflow/libtensorflow_cc.so.2'],
  ['deps/lib/libtensorflow_framework.so.2', 'deps/lib/libtensorflow.so.2'],
] as const

const findLibraries = (): readonly string[] => {
  const home = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-node-gpu/package.json'))
  const found = layouts.map(paths => paths.map(path => join(home, path))).find(paths => paths.every(existsSync))
  if (found === undefined) throw new Error(`${home} has no TensorFlow library`)
  return found
}

const RTLD_LAZY = 0x1
const RTLD_GLOBAL = 0x100

const importLibrary = async (): Promise<CApi> => {
  const koffi = await loadKoffi()
  const libraries = findLibraries()
  const open = koffi.load(null).func('void* dlopen(const char* path, int flags)')
  const handles = await prepared(async () => libraries.map(path => {
    // Held once more than koffi does, which lets go of it when the process ends: TensorFlow's threads still run then.
    open(path, RTLD_LAZY | RTLD_GLOBAL)
    return koffi.load(path, { global: true, lazy: true })
  }))
  const last = handles[handles.length - 1]
  if (last === undefined) throw new Error('internal: no library')
  return bind(last, (address, bytes) => koffi.view(address, bytes))
}

let library: Promise<CApi> | undefined

/** TensorFlow's C API, from the library that the binding of `@tensorflow/tfjs-node-gpu` uses too: one copy of it in a process. */
export const loadCApi: TE.TaskEither<BackendError, CApi> = TE.tryCatch(() => (library ??= importLibrary()), unavailable)
