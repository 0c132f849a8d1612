import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as TE from 'fp-ts/TaskEither'
import { describeError } from '../data/errors.ts'

const CHUNK = 64 * 2 ** 20 // a single write of more than 2 GiB is refused by the system

/** Writes all bytes at the handle's position, in bounded chunks; a short write is continued. */
export const writeBytes = async (handle: FileHandle, bytes: Uint8Array): Promise<void> => {
  for (let done = 0; done < bytes.byteLength;) {
    const { bytesWritten } = await handle.write(bytes, done, Math.min(CHUNK, bytes.byteLength - done))
    done += bytesWritten
  }
}

// Without this a crash can forget the rename although the file itself is safe. Some systems cannot open a folder: nothing to sync there.
const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r').catch(() => undefined)
  if (handle === undefined) return
  await handle.sync().catch(() => undefined)
  await handle.close()
}

/**
 * Writes a file so that at any moment `path` holds either its old or its whole new content: writes `path.tmp`, syncs it to
 * disk, renames it, syncs the folder. On failure `path` is untouched and `path.tmp` is removed.
 */
export const writeAtomically = (path: string, write: (handle: FileHandle) => Promise<void>): TE.TaskEither<string, void> =>
  TE.tryCatch(async () => {
    const temporary = `${path}.tmp`
    try {
      const handle = await open(temporary, 'w')
      try {
        await write(handle)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined)
      throw error
    }
    await syncFolder(dirname(path))
  }, error => `${path}: cannot be written: ${describeError(error)}`)

/** `writeAtomically` for a text. */
export const writeTextAtomically = (path: string, text: string): TE.TaskEither<string, void> =>
  writeAtomically(path, handle => writeBytes(handle, Buffer.from(text)))
