// The header of a safetensors file: eight bytes of length (little-endian), that many bytes of JSON, then the tensors' bytes.
// Format: https://github.com/huggingface/safetensors#format. The rules checked here are its own: tensors cover the data without
// overlap, hole or remainder, so nothing can hide in a file and no two tensors share bytes.
import * as E from 'fp-ts/Either'
import { isStoredType, STORED_WIDTH, type StoredType } from './element-types.ts'

/** Where one tensor lies: bytes [begin, end) counted from the start of the file. */
export type Entry = { readonly stored: StoredType, readonly shape: readonly number[], readonly begin: number, readonly end: number }

/** A checked header. `entries` is in the order of the bytes. */
export type Header = {
  readonly file: string
  readonly metadata: Readonly<Record<string, string>>
  readonly entries: ReadonlyMap<string, Entry>
}

export const LENGTH_BYTES = 8
const MAX_HEADER = 100_000_000 // the format's own limit

/** The header's length from the first eight bytes, or why it cannot be one in a file of `fileBytes` bytes. */
export const headerLength = (file: string, first: Uint8Array, fileBytes: number): E.Either<string, number> => {
  if (first.byteLength < LENGTH_BYTES) return E.left(`${file}: not a safetensors file: only ${fileBytes} bytes long`)
  const length = new DataView(first.buffer, first.byteOffset, LENGTH_BYTES).getBigUint64(0, true)
  if (length > MAX_HEADER) return E.left(`${file}: not a safetensors file: its header would be ${length} bytes long`)
  return LENGTH_BYTES + Number(length) > fileBytes
    ? E.left(`${file}: truncated: its header is ${length} bytes long, the whole file ${fileBytes} bytes`)
    : E.right(Number(length))
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

const entryOf = (file: string, name: string, value: unknown, dataStart: number): E.Either<string, Entry> => {
  const wrong = (what: string): E.Either<string, Entry> => E.left(`${file}: tensor '${name}' ${what}`)
  if (!isRecord(value)) return wrong('has no description in the header')
  const { dtype, shape, data_offsets: offsets } = value
  if (typeof dtype !== 'string' || !isStoredType(dtype)) return wrong(`has the unknown element type ${JSON.stringify(dtype)}`)
  if (!Array.isArray(shape) || !shape.every(isSize)) return wrong(`has the impossible shape ${JSON.stringify(shape)}`)
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    return wrong(`has the impossible offsets ${JSON.stringify(offsets)}`)
  }
  const [begin = 0, end = 0] = offsets
  if (end < begin) return wrong(`ends at byte ${end} of the data, before it begins at ${begin}`)
  const bytes = shape.reduce((product, size) => product * size, STORED_WIDTH[dtype])
  return end - begin !== bytes
    ? wrong(`takes ${end - begin} bytes, but ${dtype} of shape [${shape.join(', ')}] needs ${bytes}`)
    : E.right({ stored: dtype, shape, begin: dataStart + begin, end: dataStart + end })
}

const metadataOf = (file: string, value: unknown): E.Either<string, Readonly<Record<string, string>>> => {
  if (value === undefined) return E.right({})
  if (!isRecord(value)) return E.left(`${file}: __metadata__ is not an object of strings`)
  const pairs: [string, string][] = []
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') return E.left(`${file}: __metadata__ entry '${key}' is not a string`)
    pairs.push([key, text])
  }
  return E.right(Object.fromEntries(pairs))
}

// Empty tensors take no bytes, so two entries may begin at one place: the empty one comes first.
const byPlace = (a: readonly [string, Entry], b: readonly [string, Entry]): number =>
  a[1].begin - b[1].begin || a[1].end - b[1].end

const covers = (file: string, entries: readonly (readonly [string, Entry])[], start: number, end: number): E.Either<string, void> => {
  let at = start
  let before = 'the header'
  for (const [name, entry] of entries) {
    if (entry.begin < at) return E.left(`${file}: tensor '${name}' overlaps ${before} by ${at - entry.begin} bytes`)
    if (entry.begin > at) return E.left(`${file}: ${entry.begin - at} bytes before tensor '${name}' belong to no tensor`)
    if (entry.end > end) return E.left(`${file}: truncated: tensor '${name}' ends at byte ${entry.end}, the file at ${end}`)
    at = entry.end
    before = `tensor '${name}'`
  }
  return at < end ? E.left(`${file}: ${end - at} bytes at its end belong to no tensor`) : E.right(undefined)
}

const parseJson = (file: string, json: Uint8Array): E.Either<string, unknown> =>
  E.tryCatch((): unknown => JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json)),
    () => `${file}: not a safetensors file: its header is not JSON`)

/** Reads and checks the header's JSON for a file of `fileBytes` bytes in all. */
export const parseHeader = (file: string, json: Uint8Array, fileBytes: number): E.Either<string, Header> => {
  const parsed = parseJson(file, json)
  if (E.isLeft(parsed)) return parsed
  if (!isRecord(parsed.right)) return E.left(`${file}: not a safetensors file: its header is not a JSON object`)
  const metadata = metadataOf(file, parsed.right['__metadata__'])
  if (E.isLeft(metadata)) return metadata
  const start = LENGTH_BYTES + json.byteLength
  const found: (readonly [string, Entry])[] = []
  for (const [name, value] of Object.entries(parsed.right)) {
    if (name === '__metadata__') continue
    const entry = entryOf(file, name, value, start)
    if (E.isLeft(entry)) return entry
    found.push([name, entry.right])
  }
  const sorted = found.sort(byPlace)
  const covered = covers(file, sorted, start, fileBytes)
  return E.isLeft(covered) ? covered : E.right({ file, metadata: metadata.right, entries: new Map(sorted) })
}

/** What is written about one tensor. */
export type Layout = { readonly name: string, readonly stored: StoredType, readonly shape: readonly number[] }

export const layoutBytes = (layout: Layout): number =>
  layout.shape.reduce((product, size) => product * size, STORED_WIDTH[layout.stored])

const inCodeUnits = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0

/** The order of tensors in a file: wider elements first, so that every tensor is aligned, then by name. */
export const inFileOrder = (a: Layout, b: Layout): number =>
  STORED_WIDTH[b.stored] - STORED_WIDTH[a.stored] || inCodeUnits(a.name, b.name)

/**
 * The file's bytes up to the first tensor, for tensors written in the given order. JSON is put together by hand because an object
 * would list names such as "0" first. Spaces fill it up so that the data begins at a multiple of eight.
 */
export const headerBytes = (metadata: Readonly<Record<string, string>>, layouts: readonly Layout[]): Uint8Array => {
  let at = 0
  const fields = layouts.map(layout => {
    const begin = at
    at += layoutBytes(layout)
    return `${JSON.stringify(layout.name)}:${JSON.stringify({ dtype: layout.stored, shape: layout.shape, data_offsets: [begin, at] })}`
  })
  const notes = Object.entries(metadata).sort(([a], [b]) => inCodeUnits(a, b))
    .map(([key, text]) => `${JSON.stringify(key)}:${JSON.stringify(text)}`)
  const json = `{${[...notes.length > 0 ? [`"__metadata__":{${notes.join(',')}}`] : [], ...fields].join(',')}}`
  const length = Math.ceil(Buffer.byteLength(json) / 8) * 8
  const bytes = Buffer.alloc(LENGTH_BYTES + length, ' ')
  bytes.writeBigUInt64LE(BigInt(length), 0)
  bytes.write(json, LENGTH_BYTES)
  return bytes
}
