import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import * as t from 'io-ts'

/** A picture that could not be decoded: its number among the pictures asked for, and why. */
export interface Failure {
  readonly index: number
  readonly reason: string
}

/** The pixels of the pictures that could be decoded, one after the other, and the ones that could not. */
export interface DecodedPictures {
  readonly pixels: Uint8Array
  readonly failures: readonly Failure[]
}

const indexFile = t.type({ bytes: t.number, failures: t.array(t.type({ index: t.number, reason: t.string })) })

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)

/** Names the content of picture files without reading them: paths, lengths and times of change. */
export const contentKey = async (files: readonly string[], size: number): Promise<string> => {
  const lines: string[] = [`1 ${size}`]
  for (let start = 0; start < files.length; start += 64)
    lines.push(
      ...(await Promise.all(
        files.slice(start, start + 64).map(async (file) => {
          const found = await stat(file).catch(() => undefined)
          return found === undefined ? `${file} missing` : `${file} ${found.size} ${found.mtimeMs}`
        }),
      )),
    )
  return hash(lines.join('\n'))
}

/** The folder that keeps the pixels of one annotation file at one size. */
export const pixelFolder = (cache: string, annotations: string, size: number): string =>
  join(cache, 'pixels', `${hash(resolve(annotations))}-${size}`)

/** Pixels in memory that worker threads can share. Throws a RangeError where there is not enough. */
export const sharedPixels = (bytes: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(bytes))

const readInto = async (file: string, pixels: Uint8Array): Promise<void> => {
  const handle = await open(file, 'r')
  try {
    for (let done = 0; done < pixels.length; ) {
      const { bytesRead } = await handle.read(pixels, done, Math.min(2 ** 30, pixels.length - done), done)
      if (bytesRead === 0) throw new Error('the file is too short')
      done += bytesRead
    }
  } finally {
    await handle.close()
  }
}

/** What was kept under `key`, or undefined where there is nothing or it is damaged. */
export const readPixels = async (folder: string, key: string): Promise<DecodedPictures | undefined> => {
  try {
    const index = indexFile.decode(JSON.parse(await readFile(join(folder, `${key}.json`), 'utf8')))
    if (index._tag === 'Left') return undefined
    const { bytes, failures } = index.right
    const file = join(folder, `${key}.u8`)
    if ((await stat(file)).size !== bytes) return undefined
    const pixels = sharedPixels(bytes)
    await readInto(file, pixels)
    return { pixels, failures }
  } catch {
    return undefined
  }
}

/** Keeps decoded pictures under `key` and removes what was kept for earlier versions of the files. */
export const writePixels = async (folder: string, key: string, { pixels, failures }: DecodedPictures): Promise<void> => {
  await mkdir(folder, { recursive: true })
  const written = async (name: string, content: Uint8Array | string) => {
    const temporary = join(folder, `${name}.${process.pid}.tmp`)
    await writeFile(temporary, content)
    await rename(temporary, join(folder, name))
  }
  await written(`${key}.u8`, pixels)
  await written(`${key}.json`, JSON.stringify({ bytes: pixels.length, failures }))
  const others = (await readdir(folder)).filter((name) => !name.startsWith(`${key}.`))
  await Promise.all(others.map((name) => rm(join(folder, name), { force: true })))
}
