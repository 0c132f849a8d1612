import { dataType } from '../../compiler/targets/tensorflow/graphdef.ts'
import { placeholder } from '../../compiler/targets/tensorflow/savedmodel.ts'
import type { OutputSpec } from '../../compiler/targets/artifact.ts'
import type { HostArray } from './backend.ts'
import type { CApi, Pointer } from './c-api.ts'
import { declared } from './errors.ts'
import type { Feed } from './feeds.ts'

/** Tensors of the library: every one that is made or received here must be deleted here. */
export interface Tensors {
  readonly fed: (feed: Feed) => Pointer
  /** Takes over a tensor that a run returned. */
  readonly received: (tensor: Pointer) => Pointer
  /** A fresh copy of the values of an output: its memory may be a variable's. */
  readonly read: (signature: string, output: OutputSpec, tensor: Pointer) => HostArray
  readonly delete: (tensor: Pointer) => void
  readonly alive: () => number
}

const arrays = { f32: Float32Array, i32: Int32Array, u8: Uint8Array, bool: Uint8Array } as const

export const tensorsOf = (api: CApi): Tensors => {
  const alive = new Set<Pointer>()
  const received = (tensor: Pointer): Pointer => {
    alive.add(tensor)
    return tensor
  }
  return {
    received,
    fed: ({ input, values }) => {
      const { type, shape } = placeholder(input)
      // TensorFlow may keep the memory for a variable: it gets its own, filled once.
      const tensor = received(api.allocateTensor(dataType(type), BigInt64Array.from(shape, BigInt), shape.length, values.byteLength))
      if (values.byteLength > 0) new Uint8Array(api.memory(tensor, values.byteLength)).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
      return tensor
    },
    read: (signature, output, tensor) => {
      const dtype = api.tensorType(tensor)
      const shape = Array.from({ length: api.dimensions(tensor) }, (_, i) => Number(api.dimension(tensor, i)))
      const bytes = Number(api.tensorBytes(tensor))
      const values = dtype !== dataType(output.dtype) ? undefined : new arrays[output.dtype](bytes === 0 ? new ArrayBuffer(0) : api.memory(tensor, bytes)).slice()
      return declared(signature, output, values, { shape, dtype })
    },
    delete: tensor => {
      if (alive.delete(tensor)) api.deleteTensor(tensor)
    },
    alive: () => alive.size,
  }
}
