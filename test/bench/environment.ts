// The Python environments of the peers: made when one is asked for, kept in the user's cache, pinned. `npm test` never makes one.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as E from 'fp-ts/Either'
import { cacheFolder, madeOnce } from '../../runtime/cli/setup/cache.mjs'

const execute = promisify(execFile)

/** Requirements of each peer; where the first cannot be had, the second. PyTorch's build for processors alone is not on every index, the one with CUDA is. */
const requirements = {
  torch: [['torch==2.15.0+cpu', 'numpy==2.4.6', 'safetensors==0.8.0'], ['torch==2.15.0', 'numpy==2.4.6', 'safetensors==0.8.0']],
  jax: [['jax==0.10.2', 'jaxlib==0.10.2', 'numpy==2.4.6', 'safetensors==0.8.0']],
} as const satisfies Readonly<Record<string, readonly (readonly string[])[]>>

export type Peer = keyof typeof requirements
export const isPeer = (name: string): name is Peer => Object.hasOwn(requirements, name)
export const peers = Object.keys(requirements)

const python = (folder: string): string => join(folder, 'bin', 'python')
const largest = 2 ** 26

const reasonOf = (error: unknown): string => {
  const text = typeof error === 'object' && error !== null && 'stderr' in error && typeof error.stderr === 'string' && error.stderr.trim() !== '' ? error.stderr : error instanceof Error ? error.message : String(error)
  const lines = text.split('\n').map(line => line.trim()).filter(Boolean)
  return lines.findLast(line => /error/i.test(line)) ?? lines.at(-1) ?? 'it said nothing'
}

/** Python 3 with venv and pip, or one sentence. */
const systemPython = async (): Promise<E.Either<string, string>> => {
  for (const program of ['python3', 'python']) {
    try {
      await execute(program, ['-c', 'import sys, venv, ensurepip; assert sys.version_info >= (3, 10)'])
      return E.right(program)
    } catch {
      continue
    }
  }
  return E.left('The peers need Python 3.10 or later with its modules venv and pip, and there is none here.')
}

const install = async (program: string, folder: string, peer: Peer): Promise<void> => {
  await execute(program, ['-m', 'venv', folder])
  const tries: readonly (readonly string[])[] = requirements[peer]
  for (const [i, wanted] of tries.entries()) {
    try {
      await execute(python(folder), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:', ...wanted], { maxBuffer: largest })
      return
    } catch (error) {
      if (i === tries.length - 1) throw error
    }
  }
}

/** The Python that runs a peer; its environment is made first where there is none. Left: one sentence why it cannot be made. */
export const pythonOf = async (peer: Peer, say: (text: string) => void): Promise<E.Either<string, string>> => {
  const folder = cacheFolder('peers', requirements[peer][requirements[peer].length - 1]?.[0] ?? peer)
  if (existsSync(folder)) return E.right(python(folder))
  const system = await systemPython()
  if (E.isLeft(system)) return system
  say(`installing ${peer} into ${folder}, once${peer === 'torch' ? ' (where pip finds no build for processors alone, CUDA comes with it: 5 GB)' : ''}`)
  try {
    return E.right(python(await madeOnce(folder, temporary => install(system.right, temporary, peer))))
  } catch (error) {
    return E.left(`pip could not install ${peer}: ${reasonOf(error)}`)
  }
}
