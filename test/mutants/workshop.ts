import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** A copy of the models, beside the compiler as it is, in which one file at a time is changed. */
export interface Workshop {
  /** With a slash at its end. */
  readonly folder: string
  /** Writes a file, and gives the file changed before its own text again. Returns what has changed. */
  readonly change: (file: string, text: string) => readonly string[]
  readonly close: () => void
}

/** `from`: where the models are copied from. */
export const openWorkshop = (from = root): Workshop => {
  const folder = `${realpathSync(mkdtempSync(join(tmpdir(), 'axle-mutants-')))}/`
  cpSync(`${from}models`, `${folder}models`, { recursive: true })
  for (const name of ['compiler', 'node_modules']) symlinkSync(root + name, folder + name)
  for (const name of ['package.json', 'tsconfig.json']) cpSync(root + name, folder + name)
  let changed: string | undefined
  return {
    folder,
    change: (file, text) => {
      const before = changed !== undefined && changed !== file ? [changed] : []
      for (const each of before) writeFileSync(folder + each, readFileSync(from + each, 'utf8'))
      writeFileSync(folder + file, text)
      changed = file
      return [...before, file].map(each => folder + each)
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}
