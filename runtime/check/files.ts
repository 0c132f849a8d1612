import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Finding } from '../../compiler/check/finding.ts'

/** What is checked where nothing is named. */
export const defaultFolders = ['models', 'examples'] as const

export interface Selected {
  /** Absolute paths, each once. */
  readonly files: readonly string[]
  /** Names that stand for no file. */
  readonly missing: readonly Finding[]
}

const isSource = (name: string): boolean => name.endsWith('.ts') && !name.endsWith('.d.ts')

const sourcesIn = (folder: string): readonly string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter(name => isSource(name) && !name.split(/[\\/]/).includes('node_modules')).sort().map(name => join(folder, name))
  // A link that leads nowhere is no file, nor is a folder with a file's name.
  .filter(path => statSync(path, { throwIfNoEntry: false })?.isFile() === true)

const missing = (file: string, sentence: string): Finding => ({ kind: 'failure', code: 'AX070', span: { file, line: 1, column: 1 }, sentence, related: [] })

/** The TypeScript files that names (of files and folders) stand for; without names, all of models/ and examples/. */
export const selectFiles = (names: readonly string[], cwd: string): Selected => {
  const wanted = names.length > 0 ? names : defaultFolders.filter(folder => existsSync(join(cwd, folder)))
  if (wanted.length === 0) return { files: [], missing: [missing(cwd, `there is nothing to check: no file is named, and there is neither ${defaultFolders.join('/ nor ')}/`)] }
  const found = wanted.map(name => {
    const path = resolve(cwd, name)
    if (!existsSync(path)) return missing(path, 'there is no such file')
    if (!statSync(path).isDirectory()) return isSource(path) ? [path] : missing(path, 'it is no TypeScript file')
    const files = sourcesIn(path)
    return files.length > 0 ? files : missing(path, 'there is no TypeScript file in it')
  })
  return { files: [...new Set(found.flatMap(each => ('code' in each ? [] : each)))], missing: found.flatMap(each => ('code' in each ? [each] : [])) }
}
