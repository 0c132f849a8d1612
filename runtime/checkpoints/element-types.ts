// The element types a safetensors file can hold, and how each becomes one of the four types a host array has here.

/** Types of host arrays. `bool` is one byte per element, 0 or 1. */
export type HostType = 'f32' | 'i32' | 'u8' | 'bool'

/** A host array with its sizes, first axis slowest. `data.length` is the product of `shape` (1 for a scalar's empty shape). */
export type HostTensor =
  | { readonly dtype: 'f32', readonly shape: readonly number[], readonly data: Float32Array }
  | { readonly dtype: 'i32', readonly shape: readonly number[], readonly data: Int32Array }
  | { readonly dtype: 'u8' | 'bool', readonly shape: readonly number[], readonly data: Uint8Array }

/** Bytes per element of every stored type that can be read. */
export const STORED_WIDTH = {
  F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, U64: 8, I32: 4, U32: 4, I16: 2, U16: 2, I8: 1, U8: 1, BOOL: 1,
} as const

/** A stored type that can be read. */
export type StoredType = keyof typeof STORED_WIDTH

export const isStoredType = (name: string): name is StoredType => Object.hasOwn(STORED_WIDTH, name)

/** The stored type each host type is written as. */
export const STORED_AS = { f32: 'F32', i32: 'I32', u8: 'U8', bool: 'BOOL' } as const satisfies Record<HostType, StoredType>

// Typed arrays need an offset divisible by their element size: a view where it is, a copy where it is not.
const aligned = (bytes: Uint8Array, width: number): Uint8Array => bytes.byteOffset % width === 0 ? bytes : bytes.slice()

const view = <A>(
  make: { new(buffer: ArrayBufferLike, offset: number, length: number): A, readonly BYTES_PER_ELEMENT: number }, bytes: Uint8Array,
): A => {
  const at = aligned(bytes, make.BYTES_PER_ELEMENT)
  return new make(at.buffer, at.byteOffset, at.byteLength / make.BYTES_PER_ELEMENT)
}

// IEEE 754 binary16 to the bits of binary32: 5 exponent bits (bias 15) and 10 fraction bits become 8 (bias 127) and 23.
const halfBits = (half: number): number => {
  const sign = (half & 0x8000) << 16
  const exponent = (half >> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13)
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13)
  if (fraction === 0) return sign
  const shift = Math.clz32(fraction) - 21 // a subnormal half is a normal float: bring its leading one to bit 10
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13)
}

const floatsFromHalf = (bytes: Uint8Array): Float32Array => {
  const half = view(Uint16Array, bytes)
  const bits = new Int32Array(half.length)
  for (let i = 0; i < half.length; i++) bits[i] = halfBits(half[i] ?? 0)
  return new Float32Array(bits.buffer)
}

const floatsFromBfloat = (bytes: Uint8Array): Float32Array => {
  const upper = view(Uint16Array, bytes)
  const bits = new Uint32Array(upper.length)
  for (let i = 0; i < upper.length; i++) bits[i] = (upper[i] ?? 0) << 16
  return new Float32Array(bits.buffer)
}

/** Numbers that do not fit the host type: where, and what stands there. */
export type Misfit = { readonly index: number, readonly value: string }

// Little-endian 64-bit integers, lower word first. Signed: the upper word repeats the lower word's sign. Unsigned: it is zero.
const integersFrom64 = (bytes: Uint8Array, signed: boolean): Int32Array | Misfit => {
  const words = view(Int32Array, aligned(bytes, 4))
  const result = new Int32Array(words.length / 2)
  for (let i = 0; i < result.length; i++) {
    const lower = words[2 * i] ?? 0
    const upper = words[2 * i + 1] ?? 0
    if (upper !== (signed ? lower >> 31 : 0) || (!signed && lower < 0)) {
      const value = (BigInt(upper) << 32n) | BigInt(lower >>> 0)
      return { index: i, value: String(signed ? value : BigInt.asUintN(64, value)) }
    }
    result[i] = lower
  }
  return result
}

const integersFromU32 = (bytes: Uint8Array): Int32Array | Misfit => {
  const words = view(Int32Array, bytes)
  const index = words.findIndex(word => word < 0)
  return index < 0 ? words : { index, value: String((words[index] ?? 0) >>> 0) }
}

const integers = (shape: readonly number[], data: Int32Array | Misfit): HostTensor | Misfit =>
  data instanceof Int32Array ? { dtype: 'i32', shape, data } : data

/**
 * The host array of one tensor's stored bytes. F32, I32, U8 and BOOL are views of `bytes` where these are aligned; F16, BF16 and
 * F64 become f32 (F64 is rounded); all other integers become i32, or a `Misfit` if one does not fit.
 */
export const decode = (stored: StoredType, shape: readonly number[], bytes: Uint8Array): HostTensor | Misfit => {
  switch (stored) {
    case 'F32': return { dtype: 'f32', shape, data: view(Float32Array, bytes) }
    case 'F64': return { dtype: 'f32', shape, data: Float32Array.from(view(Float64Array, bytes)) }
    case 'F16': return { dtype: 'f32', shape, data: floatsFromHalf(bytes) }
    case 'BF16': return { dtype: 'f32', shape, data: floatsFromBfloat(bytes) }
    case 'I32': return integers(shape, view(Int32Array, bytes))
    case 'I64': return integers(shape, integersFrom64(bytes, true))
    case 'U64': return integers(shape, integersFrom64(bytes, false))
    case 'U32': return integers(shape, integersFromU32(bytes))
    case 'I16': return integers(shape, Int32Array.from(view(Int16Array, bytes)))
    case 'U16': return integers(shape, Int32Array.from(view(Uint16Array, bytes)))
    case 'I8': return integers(shape, Int32Array.from(view(Int8Array, bytes)))
    case 'U8': return { dtype: 'u8', shape, data: bytes }
    case 'BOOL': return { dtype: 'bool', shape, data: bytes }
  }
}
