// The per-user cache: what every clone on this machine shares.
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { removeIfInterrupted } from './process.mjs'

/** A path in the user's cache: `$XDG_CACHE_HOME/axle/...`, by default `~/.cache/axle/...`. The folder may not exist yet. */
export const cacheFolder = (...parts) => {
  const xdg = process.env.XDG_CACHE_HOME
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), '.cache'), 'axle', ...parts)
}

const day = 24 * 3600 * 1000

const removeAbandoned = async parent => {
  for (const name of await readdir(parent)) {
    if (!name.startsWith('.making-')) continue
    const age = Date.now() - (await stat(join(parent, name)).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs
    if (age > day) await rm(join(parent, name), { recursive: true, force: true })
  }
}

/**
 * The folder, made by `make(temporary folder)` when it does not exist. It appears whole or not at all: it is made beside its
 * place and renamed. When two processes make it at once, the first one to finish wins and the other's work is dropped.
 */
export const madeOnce = async (folder, make) => {
  if (existsSync(folder)) return folder
  const parent = dirname(folder)
  await mkdir(parent, { recursive: true })
  await removeAbandoned(parent)
  const temporary = await mkdtemp(join(parent, `.making-${basename(folder)}-`))
  const keep = removeIfInterrupted(temporary)
  try {
    await make(temporary)
    await rename(temporary, folder).catch(error => {
      if (!existsSync(folder)) throw error
    })
    return folder
  } finally {
    await rm(temporary, { recursive: true, force: true })
    keep()
  }
}
