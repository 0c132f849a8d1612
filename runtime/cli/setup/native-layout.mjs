// Where the native TensorFlow library lies: in the user's cache, and how node_modules points to it.
//
//   <cache>/native/<versions>/tensorflow/*.so.2      the library
//   <cache>/native/<versions>/nvidia/*/lib           CUDA (gpu only; the library looks for `../nvidia` beside its own folder)
//   <cache>/native/<versions>/lib/napi-v8/*.node     tfjs-node-gpu's binding, which finds the library by `$ORIGIN/../../tensorflow`
//
// The same three folders appear in the package @tensorflow/tfjs-node-gpu, as links where links work, as copies elsewhere:
// both lead to the same relative places.
import { existsSync, readFileSync } from 'node:fs'
import { cp, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { cacheFolder } from './cache.mjs'

export const TENSORFLOW_VERSION = '2.21.0'
export const NAPI_VERSION = 8

/** The shared objects of TensorFlow. */
export const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']

/** The mark of a library that the package's own installer put there. */
export const OWN = 'own'

const FOLDERS = ['tensorflow', 'nvidia', 'lib']
const VERIFIED = 'verified'

/** The folder of the package @tensorflow/tfjs-node-gpu under the project `root`. */
export const tfjsPackage = root => join(root, 'node_modules', '@tensorflow', 'tfjs-node-gpu')

/** The binding that the package loads. */
export const bindingOf = folder => join(folder, 'lib', `napi-v${NAPI_VERSION}`, 'tfjs_binding.node')

/** The cache folder of one build; `kind` is 'cpu' or 'gpu'. */
export const nativeFolder = (root, kind) => {
  const { version } = JSON.parse(readFileSync(join(tfjsPackage(root), 'package.json'), 'utf8'))
  return cacheFolder('native', `${TENSORFLOW_VERSION}-${version}-napi${NAPI_VERSION}-${process.platform}-${process.arch}-${kind}`)
}

const readMark = folder => {
  const mark = join(folder, 'lib', VERIFIED)
  if (!existsSync(bindingOf(folder)) || !existsSync(mark)) return undefined
  const build = readFileSync(mark, 'utf8').trim()
  return build === OWN || LIBRARIES.every(library => existsSync(join(folder, 'tensorflow', library))) ? build : undefined
}

/** Whether a build, or a copy of one, has multiplied its matrix. */
export const isVerified = folder => readMark(folder) !== undefined

/** Records that it has; `build` is the name of its cache folder, or `OWN` for the library of the package's own installer. */
export const markVerified = (folder, build) => writeFile(join(folder, 'lib', VERIFIED), `${build}\n`)

/** The library that the package uses now: 'cpu', 'gpu', `OWN`, or undefined when it has none of this version that was verified. */
export const linkedKind = root => {
  const mark = readMark(tfjsPackage(root))
  if (mark === OWN) return OWN
  return ['cpu', 'gpu'].find(kind => mark === basename(nativeFolder(root, kind)))
}

/** Takes the library out of the package again (links are removed, not followed). */
export const unlink = async root => {
  for (const name of FOLDERS) await rm(join(tfjsPackage(root), name), { recursive: true, force: true })
}

/** Puts a build into the package: by links, or by copying where the file system has none. */
export const link = async (root, folder) => {
  await unlink(root)
  for (const name of FOLDERS) {
    const source = join(folder, name)
    if (!existsSync(source)) continue
    const target = join(tfjsPackage(root), name)
    await symlink(source, target, 'dir').catch(() => cp(source, target, { recursive: true }))
  }
}

/** Removes a build that does not work, so that the next set-up makes it anew. */
export const discard = (root, kind) => rm(nativeFolder(root, kind), { recursive: true, force: true })
