import { open, type FileHandle } from 'node:fs/promises'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import { describeError } from '../data/errors.ts'
import { writeAtomically, writeBytes } from './atomic.ts'
import { decode, STORED_AS, type HostTensor, type HostType } from './element-types.ts'
import {
  headerBytes, headerLength, inFileOrder, layoutBytes, LENGTH_BYTES, parseHeader, type Entry, type Header, type Layout,
} from './header.ts'

/** The content of a safetensors file: free strings, and tensors by name. */
export type TensorFile = {
  readonly metadata: Readonly<Record<string, string>>
  readonly tensors: ReadonlyMap<string, HostTensor>
}

/** A tensor to write whose data is asked for when its turn comes, so that a large state is never in memory as a whole. */
export type LazyTensor = {
  readonly dtype: HostType
  readonly shape: readonly number[]
  readonly read: () => HostTensor['data'] | Promise<HostTensor['data']>
}

const decodeEntry = (file: string, name: string, entry: Entry, bytes: Uint8Array): E.Either<string, HostTensor> => {
  const decoded = decode(entry.stored, entry.shape, bytes)
  return 'data' in decoded
    ? E.right(decoded)
    : E.left(`${file}: tensor '${name}' holds ${decoded.value} at element ${decoded.index}, which no 32-bit integer can`)
}

const decodeAll = (header: Header, bytesOf: (entry: Entry) => Uint8Array): E.Either<string, TensorFile> => {
  const tensors = new Map<string, HostTensor>()
  for (const [name, entry] of header.entries) {
    const tensor = decodeEntry(header.file, name, entry, bytesOf(entry))
    if (E.isLeft(tensor)) return tensor
    tensors.set(name, tensor.right)
  }
  return E.right({ metadata: header.metadata, tensors })
}

/** A whole file that is in memory already. Tensors are views of `bytes` where stored type and alignment allow; `file` names it in errors. */
export const parseTensors = (file: string, bytes: Uint8Array): E.Either<string, TensorFile> => pipe(
  headerLength(file, bytes.subarray(0, LENGTH_BYTES), bytes.byteLength),
  E.chain(length => parseHeader(file, bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length), bytes.byteLength)),
  E.chain(header => decodeAll(header, entry => bytes.subarray(entry.begin, entry.end))),
)

const READ_CHUNK = 256 * 2 ** 20 // the system reads at most 2 GiB at once

const readAt = async (handle: FileHandle, begin: number, end: number): Promise<Uint8Array> => {
  const bytes = new Uint8Array(end - begin) // its own buffer, so every element type is aligned
  for (let done = 0; done < bytes.byteLength;) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(READ_CHUNK, bytes.byteLength - done), begin + done)
    if (bytesRead === 0) throw new Error(`the file ended at byte ${begin + done} while it was read`)
    done += bytesRead
  }
  return bytes
}

const withFile = <A>(path: string, use: (handle: FileHandle, header: Header) => Promise<E.Either<string, A>>): TE.TaskEither<string, A> =>
  pipe(
    TE.tryCatch(async () => {
      const handle = await open(path, 'r')
      try {
        const { size } = await handle.stat()
        const length = headerLength(path, await readAt(handle, 0, Math.min(LENGTH_BYTES, size)), size)
        if (E.isLeft(length)) return length
        const header = parseHeader(path, await readAt(handle, LENGTH_BYTES, LENGTH_BYTES + length.right), size)
        return E.isLeft(header) ? header : await use(handle, header.right)
      } finally {
        await handle.close()
      }
    }, error => `${path}: cannot be read: ${describeError(error)}`),
    TE.chainEitherK(result => result),
  )

/** The checked header of a file: metadata, and name, stored type, shape and place of every tensor. Reads no tensor. */
export const readHeader = (path: string): TE.TaskEither<string, Header> => withFile(path, async (_, header) => E.right(header))

/** One tensor of a file, or why not: no such name, or a broken file. */
export const readTensor = (path: string, name: string): TE.TaskEither<string, HostTensor> => withFile(path, async (handle, header) => {
  const entry = header.entries.get(name)
  return entry === undefined
    ? E.left(`${path}: has no tensor '${name}'`)
    : decodeEntry(path, name, entry, await readAt(handle, entry.begin, entry.end))
})

/** Calls `use` with each tensor in the order of the file, one in memory at a time. Stops at the first `Left`. */
export const forEachTensor = (
  path: string, use: (name: string, tensor: HostTensor) => E.Either<string, void> | Promise<E.Either<string, void>>,
): TE.TaskEither<string, Header> => withFile(path, async (handle, header) => {
  for (const [name, entry] of header.entries) {
    const tensor = decodeEntry(path, name, entry, await readAt(handle, entry.begin, entry.end))
    const used = E.isLeft(tensor) ? tensor : await use(name, tensor.right)
    if (E.isLeft(used)) return used
  }
  return E.right(header)
})

/** All tensors of a file. F32, I32, U8 and BOOL as stored; F16, BF16, F64 as f32; other integers as i32 if they fit. */
export const readTensors = (path: string): TE.TaskEither<string, TensorFile> => {
  const tensors = new Map<string, HostTensor>()
  return pipe(
    forEachTensor(path, (name, tensor) => E.right(void tensors.set(name, tensor))),
    TE.map(header => ({ metadata: header.metadata, tensors })),
  )
}

const ARRAY = { f32: Float32Array, i32: Int32Array, u8: Uint8Array, bool: Uint8Array } as const

type Writable = { readonly dtype: HostType, readonly layout: Layout, readonly read: LazyTensor['read'] }

const writables = (tensors: ReadonlyMap<string, LazyTensor>): readonly Writable[] => [...tensors]
  .map(([name, tensor]) => ({ layout: { name, stored: STORED_AS[tensor.dtype], shape: tensor.shape }, ...tensor }))
  .sort((a, b) => inFileOrder(a.layout, b.layout))

/**
 * Writes a safetensors file from tensors that are read one by one, atomically (see `writeAtomically`). The same content gives the
 * same bytes: tensors lie by element width and name, metadata by key. Refuses data
 * that is not of the declared type, or whose length is not that of its shape.
 */
export const writeLazyTensors = (
  path: string, metadata: Readonly<Record<string, string>>, tensors: ReadonlyMap<string, LazyTensor>,
): TE.TaskEither<string, void> => tensors.has('__metadata__')
  ? TE.left(`${path}: no tensor can be called '__metadata__'`)
  : writeAtomically(path, async handle => {
    const parts = writables(tensors)
    await writeBytes(handle, headerBytes(metadata, parts.map(part => part.layout)))
    for (const { layout, dtype, read } of parts) {
      const data = await read()
      if (!(data instanceof ARRAY[dtype])) throw new Error(`tensor '${layout.name}' is declared ${dtype}, but its data is a ${data.constructor.name}`)
      const expected = layoutBytes(layout)
      if (data.byteLength !== expected) {
        throw new Error(`tensor '${layout.name}' of shape [${layout.shape.join(', ')}] has ${data.byteLength} bytes instead of ${expected}`)
      }
      await writeBytes(handle, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    }
  })

/** Writes a safetensors file (see `writeLazyTensors`) from tensors in memory. */
export const writeTensors = (path: string, content: TensorFile): TE.TaskEither<string, void> => {
  const lazily = (tensor: HostTensor): LazyTensor => ({ dtype: tensor.dtype, shape: tensor.shape, read: () => tensor.data })
  return writeLazyTensors(path, content.metadata, new Map([...content.tensors].map(([name, tensor]) => [name, lazily(tensor)])))
}
