import { readFileSync, watch } from 'node:fs'
import { dirname, join } from 'node:path'

const quiet = 30

const textOf = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/**
 * Calls `changed` with the files that have another content than before, once nothing has happened for a moment; never twice at a time.
 * `watched` is asked anew after each call. Runs until the process ends.
 */
export const watchFiles = (watched: () => readonly string[], changed: (files: readonly string[]) => Promise<void>): void => {
  const texts = new Map<string, string | undefined>()
  const folders = new Set<string>()
  const touched = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let busy = false

  const look = (): void => {
    for (const file of watched()) {
      if (!texts.has(file)) texts.set(file, textOf(file))
      const folder = dirname(file)
      if (folders.has(folder)) continue
      folders.add(folder)
      watch(folder, (_event, name) => {
        if (name === null || !name.endsWith('.ts')) return
        touched.add(join(folder, name))
        clearTimeout(timer)
        timer = setTimeout(() => void settle(), quiet)
      }).on('error', () => folders.delete(folder))
    }
  }
  const settle = async (): Promise<void> => {
    if (busy) return
    busy = true
    while (touched.size > 0) {
      const files = [...touched].filter(file => texts.get(file) !== textOf(file))
      touched.clear()
      for (const file of files) texts.set(file, textOf(file))
      if (files.length > 0) await changed(files)
      look()
    }
    busy = false
  }
  look()
}
