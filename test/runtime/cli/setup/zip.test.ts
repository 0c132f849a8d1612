import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { extractMember, listZip } from '../../../../runtime/cli/setup/zip.mjs'

type Entry = { readonly name: string, readonly data: Buffer, readonly packed: boolean }

const numbers = (...fields: readonly (readonly [bytes: 2 | 4, value: number])[]): Buffer =>
  Buffer.concat(fields.map(([bytes, value]) => {
    const field = Buffer.alloc(bytes)
    field.writeUIntLE(value, 0, bytes)
    return field
  }))

// The fields that the local header and the central directory have in common (the check sum, which is not read, is 0).
const common = (entry: Entry, stored: Buffer): Buffer =>
  numbers([2, 0], [2, entry.packed ? 8 : 0], [4, 0], [4, 0], [4, stored.length], [4, entry.data.length], [2, entry.name.length])

const EXTRA = Buffer.from('extra')

const zip = (entries: readonly Entry[], comment: string): Buffer => {
  const local: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const entry of entries) {
    const stored = entry.packed ? deflateRawSync(entry.data) : entry.data
    const record = Buffer.concat([numbers([4, 0x04034b50], [2, 20]), common(entry, stored), numbers([2, EXTRA.length]), Buffer.from(entry.name), EXTRA, stored])
    local.push(record)
    directory.push(numbers([4, 0x02014b50], [2, 20], [2, 20]), common(entry, stored), numbers([2, 0], [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), Buffer.from(entry.name))
    offset += record.length
  }
  const central = Buffer.concat(directory)
  const end = numbers([4, 0x06054b50], [2, 0], [2, 0], [2, entries.length], [2, entries.length], [4, central.length], [4, offset], [2, comment.length])
  return Buffer.concat([...local, central, end, Buffer.from(comment)])
}

const rejection = async (action: Promise<unknown>): Promise<string> =>
  action.then(() => 'no error', (error: unknown) => (error instanceof Error ? error.message : String(error)))

const test = suite<{ folder: string }>('zip', { folder: '' })
test.before.each(context => {
  context.folder = mkdtempSync(join(tmpdir(), 'axle-zip-'))
})
test.after.each(context => rmSync(context.folder, { recursive: true }))

const entries: readonly Entry[] = [
  { name: 'a/stored.bin', data: Buffer.from([0, 1, 254, 255]), packed: false },
  { name: 'a/packed.txt', data: Buffer.from('abc '.repeat(100_000)), packed: true },
  { name: 'empty', data: Buffer.alloc(0), packed: false },
]

test('every member comes out as it went in', async ({ folder }) => {
  const path = join(folder, 'x.zip')
  writeFileSync(path, zip(entries, 'a comment'))
  const members = await listZip(path)
  assert.equal(members.map(member => [member.name, member.size]), entries.map(entry => [entry.name, entry.data.length]))
  for (const [i, member] of members.entries()) {
    const target = join(folder, 'deep', member.name)
    await extractMember(path, member, target)
    assert.ok(readFileSync(target).equals(entries[i]?.data ?? Buffer.from('none')), member.name)
  }
})

test('a file that is no archive, or a part of one, is refused', async ({ folder }) => {
  const path = join(folder, 'x.zip')
  writeFileSync(path, 'no archive at all, but longer than an end record')
  assert.is(await rejection(listZip(path)), 'this is not a zip archive')
  writeFileSync(path, zip(entries, '').subarray(100))
  assert.is(await rejection(listZip(path)), 'the archive is cut off')
})

test('a member of another size than promised is refused', async ({ folder }) => {
  const path = join(folder, 'x.zip')
  writeFileSync(path, zip(entries, ''))
  const [member] = await listZip(path)
  assert.ok(member)
  assert.is(await rejection(extractMember(path, { ...member, size: 5 }, join(folder, 'out'))), 'a/stored.bin has 4 bytes instead of 5')
})

test.run()
