/**
 * A writer for the protocol-buffer wire format. Fields are written in the order of the calls, so equal calls give equal bytes.
 * A nested message is written in place and its length put before it afterwards: every byte is moved at most once a nesting level.
 */
export interface Writer {
  bytes: Uint8Array
  length: number
}

const VARINT = 0
const LENGTH_DELIMITED = 2
const FIXED32 = 5

const utf8 = new TextEncoder()

const reserve = (out: Writer, count: number): void => {
  if (out.length + count <= out.bytes.length) return
  const grown = new Uint8Array(Math.max(out.bytes.length * 2, out.length + count))
  grown.set(out.bytes.subarray(0, out.length))
  out.bytes = grown
}

const varintSize = (value: number): number => {
  let size = 1
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++
  return size
}

/** Writes a whole number of 0 to 2^53 - 1 at `at`, where there is room for it. */
const putVarint = (bytes: Uint8Array, at: number, value: number): void => {
  let rest = value
  let position = at
  while (rest > 127) {
    bytes[position++] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  bytes[position] = rest
}

/** Negative numbers take ten bytes: their 64-bit two's complement. */
const appendVarint = (out: Writer, value: number): void => {
  if (!Number.isSafeInteger(value)) throw new RangeError(`A protobuf integer must be a whole number below 2^53, found ${value}.`)
  reserve(out, 10)
  if (value >= 0) {
    putVarint(out.bytes, out.length, value)
    out.length += varintSize(value)
    return
  }
  for (let rest = BigInt.asUintN(64, BigInt(value)); rest > 0n; rest >>= 7n) {
    out.bytes[out.length++] = Number(rest & 127n) | (rest > 127n ? 128 : 0)
  }
}

const appendTag = (out: Writer, field: number, wireType: number): void => appendVarint(out, field * 8 + wireType)

const appendBytes = (out: Writer, bytes: Uint8Array): void => {
  reserve(out, bytes.length)
  out.bytes.set(bytes, out.length)
  out.length += bytes.length
}

/** Writes an int32, int64 or enum field. */
export const writeInt = (out: Writer, field: number, value: number): void => {
  appendTag(out, field, VARINT)
  appendVarint(out, value)
}

export const writeBool = (out: Writer, field: number, value: boolean): void => writeInt(out, field, value ? 1 : 0)

/** Writes a 32-bit float field. */
export const writeFloat = (out: Writer, field: number, value: number): void => {
  appendTag(out, field, FIXED32)
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setFloat32(0, value, true)
  appendBytes(out, bytes)
}

export const writeBytes = (out: Writer, field: number, bytes: Uint8Array): void => {
  appendTag(out, field, LENGTH_DELIMITED)
  appendVarint(out, bytes.length)
  appendBytes(out, bytes)
}

/** Writes a string field in UTF-8. */
export const writeString = (out: Writer, field: number, text: string): void =>
  writeMessage(out, field, () => {
    reserve(out, text.length * 3)
    out.length += utf8.encodeInto(text, out.bytes.subarray(out.length)).written
  })

/** Writes a nested message, whose fields are those that `body` writes. */
export const writeMessage = (out: Writer, field: number, body: () => void): void => {
  appendTag(out, field, LENGTH_DELIMITED)
  reserve(out, 1)
  const lengthAt = out.length++
  body()
  const size = out.length - lengthAt - 1
  const extra = varintSize(size) - 1
  if (extra > 0) {
    reserve(out, extra)
    out.bytes.copyWithin(lengthAt + 1 + extra, lengthAt + 1, out.length)
    out.length += extra
  }
  putVarint(out.bytes, lengthAt, size)
}

/** Writes one entry of a map field: key 1, value 2. */
export const writeEntry = (out: Writer, field: number, key: string, value: () => void): void =>
  writeMessage(out, field, () => {
    writeString(out, 1, key)
    writeMessage(out, 2, value)
  })

/** Writes a map field in the code-unit order of its keys, whatever order they were added in. */
export const writeMap = <V>(out: Writer, field: number, map: Readonly<Record<string, V>>, value: (item: V) => void): void => {
  const entries = Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1))
  for (const [key, item] of entries) writeEntry(out, field, key, () => value(item))
}

/** The bytes of the message that `body` writes. */
export const encodeMessage = (body: (out: Writer) => void): Uint8Array => {
  const out: Writer = { bytes: new Uint8Array(4096), length: 0 }
  body(out)
  return out.bytes.slice(0, out.length)
}
