import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Artifact } from '../../compiler/targets/artifact.ts'

/**
 * Writes the files to a fresh folder and lets `use` read them. Fresh, since one path is never loaded twice; the folder is gone afterwards:
 * TensorFlow has read the graph, and state lives in memory.
 */
export const withFolder = <A>(files: Artifact['files'], use: (folder: string) => A): A => {
  const folder = mkdtempSync(join(tmpdir(), 'axle-'))
  try {
    for (const [path, bytes] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), bytes)
    }
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
