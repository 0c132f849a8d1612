// The TensorFlow backend: from the cache, else built, else by the package's own installer.
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { madeOnce } from './cache.mjs'
import { buildNative } from './native-build.mjs'
import { discard, isVerified, link, linkedKind, markVerified, nativeFolder, OWN, tfjsPackage, unlink } from './native-layout.mjs'
import { say, step } from './progress.mjs'
import { exitCodeOf, lastLine, run } from './process.mjs'

const verifyScript = fileURLToPath(new URL('./verify-tensorflow.mjs', import.meta.url))

const verify = async root => {
  const { code, output } = await run(process.execPath, [verifyScript], { cwd: root, env: { TF_CPP_MIN_LOG_LEVEL: '3' } })
  if (code === 0) return say(`  ${lastLine(output)}`)
  const reason = code > exitCodeOf() ? `it was ended by signal ${code - exitCodeOf()}` : output.split('\n').find(line => /error/i.test(line))?.trim() ?? lastLine(output)
  throw new Error(`the library does not work here: ${reason}`)
}

const linkAndVerify = async (root, kind, folder) => {
  await link(root, folder)
  if (isVerified(folder)) return
  try {
    await step('multiplying two matrices with it', () => verify(root))
  } catch (error) {
    await unlink(root)
    await discard(root, kind)
    throw error
  }
  await markVerified(folder, basename(folder))
  // Where links do not work the package holds a copy, which was made before the mark.
  await markVerified(tfjsPackage(root), basename(folder))
}

const fromCache = async (root, kind) => {
  const folder = nativeFolder(root, kind)
  const build = () => madeOnce(folder, temporary => buildNative(root, temporary, kind))
  const found = existsSync(folder)
  await build()
  await linkAndVerify(root, kind, folder).catch(async error => {
    if (!found) throw error
    say(`${error.message}; making it anew`)
    await build()
    await linkAndVerify(root, kind, folder)
  })
}

const byOwnInstaller = async (root, kind) => {
  await unlink(root)
  const bin = join(root, 'node_modules', '.bin')
  const { code, output } = await step("trying the package's own installer", () =>
    run(process.execPath, [join('scripts', 'install.js'), kind, 'download'], { cwd: tfjsPackage(root), env: { PATH: `${bin}:${process.env.PATH}` } }))
  if (code !== 0) {
    await unlink(root)
    throw new Error(output.split('\n').find(line => /^(\w*Error|.*errno|.*failed)/i.test(line.trim()))?.trim() ?? lastLine(output))
  }
  await step('multiplying two matrices with it', () => verify(root))
  await markVerified(tfjsPackage(root), OWN)
}

const inPlace = (root, kind) => {
  const linked = linkedKind(root)
  return linked !== undefined && (kind === undefined || kind === linked)
}

/**
 * Makes sure that @tensorflow/tfjs-node-gpu has a library that works. Without a `kind` ('cpu' or 'gpu') the one it has is kept.
 * Throws one sentence that says why TensorFlow is unavailable.
 */
export const ensureTensorflow = async (root, kind) => {
  if (inPlace(root, kind)) return
  const wanted = kind ?? 'cpu'
  try {
    await fromCache(root, wanted)
  } catch (error) {
    say(error.message)
    await byOwnInstaller(root, wanted).catch(own => {
      throw new Error(`the TensorFlow backend is unavailable: ${error.message}; the package's own installer failed too: ${own.message}`)
    })
  }
}
