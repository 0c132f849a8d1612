// Reading single members out of a zip archive (a Python wheel is one), streamed: no member is ever whole in memory.
// Layout after PKWARE's APPNOTE.TXT, sections 4.3.7 (local header), 4.3.12 (central directory) and 4.3.16 (its end).
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw, inflateRawSync } from 'node:zlib'

const END_SIZE = 22
const MAX_COMMENT = 0xffff
const LOCAL_HEADER_SIZE = 30
const STORED = 0
const DEFLATED = 8

const readAt = async (file, position, length) => {
  const bytes = Buffer.alloc(length)
  const { bytesRead } = await file.read(bytes, 0, length, position)
  if (bytesRead !== length) throw new Error('the archive is cut off')
  return bytes
}

const findEnd = tail => {
  for (let at = tail.length - END_SIZE; at >= 0; at--) {
    if (tail.readUInt32LE(at) === 0x06054b50) return tail.subarray(at)
  }
  throw new Error('this is not a zip archive')
}

const parseDirectory = (bytes, count) => {
  const members = []
  let at = 0
  for (let i = 0; i < count; i++) {
    const nameLength = bytes.readUInt16LE(at + 28)
    members.push({
      name: bytes.toString('utf8', at + 46, at + 46 + nameLength),
      method: bytes.readUInt16LE(at + 10),
      compressed: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
      header: bytes.readUInt32LE(at + 42),
    })
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
  }
  return members
}

/** The members of a zip archive (not zip64): name, size in bytes, and where they lie. Throws when it is not one. */
export const listZip = async path => {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const tailLength = Math.min(size, END_SIZE + MAX_COMMENT)
    const end = findEnd(await readAt(file, size - tailLength, tailLength))
    const start = end.readUInt32LE(16)
    if (start === 0xffffffff) throw new Error('zip64 archives are not supported')
    return parseDirectory(await readAt(file, start, end.readUInt32LE(12)), end.readUInt16LE(10))
  } finally {
    await file.close()
  }
}

const dataOffset = async (path, member) => {
  const file = await open(path)
  try {
    const header = await readAt(file, member.header, LOCAL_HEADER_SIZE)
    return member.header + LOCAL_HEADER_SIZE + header.readUInt16LE(26) + header.readUInt16LE(28)
  } finally {
    await file.close()
  }
}

/** Writes one member of the archive to `target`, making its folders. Throws when the result has another size than promised. */
export const extractMember = async (path, member, target, mode = 0o644) => {
  if (member.method !== STORED && member.method !== DEFLATED) throw new Error(`${member.name} is packed by method ${member.method}, which is not supported`)
  await mkdir(dirname(target), { recursive: true })
  const start = await dataOffset(path, member)
  const source = member.compressed === 0
    ? []
    : createReadStream(path, { start, end: start + member.compressed - 1, highWaterMark: 1 << 20 })
  const unpack = member.method === DEFLATED ? [createInflateRaw({ chunkSize: 1 << 20 })] : []
  await pipeline(source, ...unpack, createWriteStream(target, { mode }))
  const { size } = await stat(target)
  if (size !== member.size) throw new Error(`${member.name} has ${size} bytes instead of ${member.size}`)
}

/** One member, whole, in memory. Throws when it is cut off or has another size than promised. */
export const readMember = async (path, member) => {
  if (member.method !== STORED && member.method !== DEFLATED) throw new Error(`${member.name} is packed by method ${member.method}, which is not supported`)
  const start = await dataOffset(path, member)
  const file = await open(path)
  try {
    const packed = await readAt(file, start, member.compressed)
    const bytes = member.method === DEFLATED ? inflateRawSync(packed, { maxOutputLength: member.size + 1 }) : packed
    if (bytes.length !== member.size) throw new Error(`${member.name} has ${bytes.length} bytes instead of ${member.size}`)
    return bytes
  } finally {
    await file.close()
  }
}
