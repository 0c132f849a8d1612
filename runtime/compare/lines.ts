import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as TE from 'fp-ts/TaskEither'
import { build } from 'esbuild'
import { describeError } from '../data/errors.ts'

const models = fileURLToPath(new URL('../../models/', import.meta.url))

/** Lines that are not blank: of a model's own folder, and of all under models/ that it is made of, layers and transforms included. */
export interface Lines {
  readonly own: number
  readonly all: number
}

const linesIn = (files: readonly string[]): number => files.reduce((sum, file) => sum + readFileSync(file, 'utf8').split('\n').filter(line => line.trim() !== '').length, 0)

const within = (folder: string, file: string): boolean => !relative(folder, file).startsWith('..')

/** Counts the files that a model file imports, directly or not; what is imported as a type alone is not counted. */
export const linesOf = (file: string): TE.TaskEither<string, Lines> =>
  TE.tryCatch(
    async () => {
      const { metafile } = await build({ entryPoints: [resolve(file)], bundle: true, write: false, metafile: true, packages: 'external', platform: 'node', format: 'esm', logLevel: 'silent', absWorkingDir: dirname(resolve(file)), outdir: 'unwritten' })
      const all = Object.keys(metafile.inputs).map(path => join(dirname(resolve(file)), path)).filter(path => within(models, path))
      return { own: linesIn(all.filter(path => within(dirname(resolve(file)), path))), all: linesIn(all) }
    },
    error => `${file}: its lines cannot be counted: ${describeError(error)}`,
  )
