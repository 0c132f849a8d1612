// The tensors of a PyTorch checkpoint (`torch.save`, the zip format since PyTorch 1.6): names, shapes and types from its pickle alone.
import { open } from 'node:fs/promises'
import * as TE from 'fp-ts/TaskEither'
import { listZip, readMember } from '../cli/setup/zip.mjs'
import { describeError } from '../data/errors.ts'
import { entriesOf, isCall, isList, isPersistent, unpickle, type Pickled } from './pickle.ts'

export interface PytorchTensor {
  readonly name: string
  readonly shape: readonly number[]
  /** `FloatStorage`, `LongStorage` … */
  readonly storage: string
}

const storageOf = (x: Pickled | undefined): string => {
  const parts = isPersistent(x) && isList(x.id) ? x.id.items : []
  const type = parts[1]
  return typeof type === 'object' && type !== null && 'name' in type ? type.name.replace(/^.*\./, '') : 'unknown'
}

/** A tensor as `torch._utils._rebuild_tensor_v2(storage, offset, size, stride, …)` makes it, or a parameter around one. */
const tensorOf = (name: string, x: Pickled): PytorchTensor | undefined => {
  if (!isCall(x)) return undefined
  if (x.callee.name === 'torch._utils._rebuild_parameter') return tensorOf(name, x.args[0] ?? null)
  if (!x.callee.name.startsWith('torch._utils._rebuild_tensor')) return undefined
  const size = x.args[2]
  return isList(size) ? { name, shape: size.items.map(Number), storage: storageOf(x.args[0]) } : undefined
}

const tensorsIn = (x: Pickled | undefined): readonly PytorchTensor[] =>
  [...(entriesOf(x) ?? [])].flatMap(([name, value]) => (typeof name === 'string' ? tensorOf(name, value) ?? [] : []))

/** The state dict of a checkpoint: itself, or the entry of it that holds most tensors (`model`, `state_dict` …). */
const stateDict = (root: Pickled): readonly PytorchTensor[] =>
  [root, ...(entriesOf(root)?.values() ?? [])].map(tensorsIn).reduce((most, each) => (each.length > most.length ? each : most))

const most = 256 * 2 ** 20

const firstBytes = async (path: string): Promise<Buffer> => {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** The members of the archive; a file that begins as one and has no end is cut off. */
const membersOf = async (path: string): ReturnType<typeof listZip> => {
  const magic = (await firstBytes(path)).toString('latin1')
  if (magic.startsWith('\x80')) throw new Error('it is in the format from before PyTorch 1.6; load it there and save it again')
  if (magic !== 'PK\x03\x04') throw new Error('it is no checkpoint of PyTorch, which is a zip archive')
  try {
    return await listZip(path)
  } catch (error) {
    throw error instanceof Error && error.message === 'this is not a zip archive' ? new Error('it is cut off: its end is missing') : error
  }
}

const read = async (path: string): Promise<readonly PytorchTensor[]> => {
  const members = await membersOf(path)
  const pickle = members.find(({ name }) => /^(?:[^/]+\/)?data\.pkl$/.test(name))
  if (pickle === undefined) throw new Error('it is a zip archive without a data.pkl, not a checkpoint of PyTorch')
  if (pickle.size > most) throw new Error(`its data.pkl has ${pickle.size} bytes, which no list of tensors needs`)
  const tensors = stateDict(unpickle(await readMember(path, pickle)))
  if (tensors.length === 0) throw new Error('there is no dict of tensors in it')
  return tensors
}

/** The tensors of a checkpoint's state dict. Left: one sentence. Nothing of the file is executed, and no tensor is read. */
export const readPytorch = (path: string): TE.TaskEither<string, readonly PytorchTensor[]> => TE.tryCatch(() => read(path), error => `${path}: cannot be read: ${describeError(error)}`)
