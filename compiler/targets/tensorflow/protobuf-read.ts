/** One field of a message: a whole number, or the bytes of a string or of a message within. Fixed numbers are their bytes. */
export interface Field {
  readonly field: number
  readonly value: number | Uint8Array
}

interface At {
  position: number
}

const broken = (): never => {
  throw new RangeError('A protobuf message ends in the middle of a field.')
}

/** A whole number; those beyond 2^53 lose their last digits, and negative ones, which take ten bytes, come out as such. */
const readVarint = (bytes: Uint8Array, at: At): number => {
  let [value, scale] = [0, 1]
  for (let count = 1; count <= 10; count++) {
    const byte = bytes[at.position++] ?? broken()
    value += (byte & 127) * scale
    if (byte < 128) return count === 10 ? Number(BigInt.asIntN(64, readLong(bytes, at.position - count))) : value
    scale *= 128
  }
  return broken()
}

const readLong = (bytes: Uint8Array, from: number): bigint => {
  let value = 0n
  for (let i = 0; i < 10; i++) value |= BigInt((bytes[from + i] ?? 0) & 127) << BigInt(7 * i)
  return value
}

const widths: Readonly<Record<number, number>> = { 1: 8, 5: 4 }

/** The fields of a message in the order in which they were written. */
export function* readFields(bytes: Uint8Array): Generator<Field> {
  const at: At = { position: 0 }
  while (at.position < bytes.length) {
    const tag = readVarint(bytes, at)
    const [field, wire] = [Math.floor(tag / 8), tag % 8]
    if (wire === 0) {
      yield { field, value: readVarint(bytes, at) }
      continue
    }
    const length = wire === 2 ? readVarint(bytes, at) : (widths[wire] ?? broken())
    if (at.position + length > bytes.length) broken()
    yield { field, value: bytes.subarray(at.position, at.position + length) }
    at.position += length
  }
}

const utf8 = new TextDecoder()

export const textOf = ({ value }: Field): string => (typeof value === 'number' ? String(value) : utf8.decode(value))
export const numberOf = ({ value }: Field): number => (typeof value === 'number' ? value : Number.NaN)
/** The message within a field. */
export const messageOf = ({ value }: Field): Uint8Array => (typeof value === 'number' ? new Uint8Array() : value)
