import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as TE from 'fp-ts/TaskEither'
import { describeError } from '../data/errors.ts'

const run = promisify(execFile)

/** An earlier revision of a repository, in a folder of its own. */
export interface Revision {
  readonly root: string
  readonly copy: string
  readonly revision: string
  readonly remove: () => void
}

/** The last thing that git said, which is its reason. */
const reason = (error: unknown): string => {
  const said = typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr).trim().split('\n')[0] : ''
  return said === undefined || said === '' ? describeError(error) : said.replace(/^fatal: /, '')
}

/** Unpacks what a revision tracks into a temporary folder, beside the packages that are installed now. The repository is only read. */
export const unpackRevision = (cwd: string, revision: string): TE.TaskEither<string, Revision> => TE.tryCatch(async () => {
  const { stdout } = await run('git', ['rev-parse', '--show-toplevel'], { cwd })
  const root = stdout.trim()
  // A revision that begins with a dash would be an option.
  const { stdout: commit } = await run('git', ['rev-parse', '--verify', '--end-of-options', `${revision}^{commit}`], { cwd: root })
  const copy = mkdtempSync(join(tmpdir(), 'axle-revision-'))
  const remove = (): void => rmSync(copy, { recursive: true, force: true })
  process.once('exit', remove)
  const archive = join(copy, 'revision.tar')
  await run('git', ['archive', '--format=tar', '-o', archive, commit.trim()], { cwd: root })
  await run('tar', ['-xf', archive, '-C', copy])
  rmSync(archive)
  const packages = join(root, 'node_modules')
  if (existsSync(packages) && !existsSync(join(copy, 'node_modules'))) symlinkSync(packages, join(copy, 'node_modules'), 'junction')
  return { root, copy, revision, remove }
}, error => `--diff ${revision}: ${reason(error)}`)
