// Building the native library: TensorFlow's shared objects and C headers out of its pip wheel, and tfjs-node-gpu's binding
// compiled against them by one call of the C++ compiler. tfjs-node-gpu's own installer offers only TensorFlow 2.9.
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { bindingOf, LIBRARIES, NAPI_VERSION, TENSORFLOW_VERSION, tfjsPackage } from './native-layout.mjs'
import { step } from './progress.mjs'
import { lastLine, run } from './process.mjs'
import { downloadWheels, extractWheel, findPip } from './wheel.mjs'

// The C API's headers and what they include; the wheel holds thousands more.
const HEADERS = new Set([
  'tensorflow/c/c_api.h', 'tensorflow/c/c_api_macros.h', 'tensorflow/c/tf_attrtype.h', 'tensorflow/c/tf_buffer.h',
  'tensorflow/c/tf_datatype.h', 'tensorflow/c/tf_status.h', 'tensorflow/c/tf_tensor.h', 'tensorflow/c/tf_tstring.h',
  'tensorflow/c/eager/c_api.h', 'tensorflow/core/platform/ctstring.h', 'tensorflow/core/platform/ctstring_internal.h',
  'tsl/platform/ctstring.h', 'tsl/platform/ctstring_internal.h', 'xla/tsl/c/tsl_status.h',
])

const includePrefix = 'tensorflow/include/'

const placeTensorflow = name => {
  if (LIBRARIES.some(library => name === `tensorflow/${library}`) || name === 'tensorflow/THIRD_PARTY_NOTICES.txt') return { path: name }
  if (name.endsWith('.dist-info/METADATA')) return { path: 'METADATA' }
  if (name.startsWith(includePrefix) && HEADERS.has(name.slice(includePrefix.length))) return { path: join('include', name.slice(includePrefix.length)) }
  return undefined
}

// XLA calls ptxas and reads libdevice; everything else it needs of CUDA are the libraries.
const placeCuda = name => {
  const [top, , kind] = name.split('/')
  if (top !== 'nvidia') return undefined
  if (kind === 'lib' || kind === 'nvvm') return { path: name }
  return kind === 'bin' ? { path: name, executable: true } : undefined
}

const compilers = () => [process.env.CXX, 'g++', 'c++', 'clang++'].filter(Boolean)

const findCompiler = async () => {
  for (const compiler of compilers()) {
    if ((await run(compiler, ['--version'])).code === 0) return compiler
  }
  throw new Error(`no C++ compiler was found (tried ${compilers().join(', ')})`)
}

const fetchTensorflow = async (folder, kind) => {
  const downloads = join(folder, 'downloads')
  const name = kind === 'gpu' ? 'tensorflow' : 'tensorflow-cpu'
  const [wheel] = await step(`downloading ${name} ${TENSORFLOW_VERSION} (about ${kind === 'gpu' ? 570 : 270} MB)`, () =>
    downloadWheels([`${name}==${TENSORFLOW_VERSION}`], downloads))
  const extracted = await step('unpacking the library and its C headers', () => extractWheel(wheel, folder, placeTensorflow))
  const missing = LIBRARIES.filter(library => !extracted.includes(`tensorflow/${library}`))
  if (missing.length > 0) throw new Error(`the wheel ${name} ${TENSORFLOW_VERSION} has no ${missing.join(' and no ')}`)
  await rm(downloads, { recursive: true })
}

// The wheel itself says which CUDA packages it was built for.
const cudaRequirements = metadata => metadata.split('\n').flatMap(line => {
  const match = /^Requires-Dist: (nvidia-[^;]+);.*extra == ['"]and-cuda['"]/.exec(line)
  return match ? [match[1].trim()] : []
})

const fetchCuda = async folder => {
  const downloads = join(folder, 'downloads')
  const requirements = cudaRequirements(await readFile(join(folder, 'METADATA'), 'utf8'))
  await step(`downloading ${requirements.length} CUDA packages (several GB)`, () => downloadWheels(requirements, downloads))
  await step('unpacking the CUDA libraries', async () => {
    for (const name of await readdir(downloads)) await extractWheel(join(downloads, name), folder, placeCuda)
  })
  await rm(downloads, { recursive: true })
}

const compileBinding = async (root, folder, compiler) => {
  const source = join(tfjsPackage(root), 'binding')
  const target = bindingOf(folder)
  await mkdir(dirname(target), { recursive: true })
  const { code, output } = await run(compiler, [
    '-O2', '-std=c++17', '-shared', '-fPIC', `-DNAPI_VERSION=${NAPI_VERSION}`, '-DNODE_GYP_MODULE_NAME=tfjs_binding', '-DBUILDING_NODE_EXTENSION',
    `-I${join(folder, 'include')}`, `-I${dirname(source)}`, `-I${join(root, 'node_modules', 'node-api-headers', 'include')}`,
    join(source, 'tfjs_backend.cc'), join(source, 'tfjs_binding.cc'), '-o', target,
    `-L${join(folder, 'tensorflow')}`, ...LIBRARIES.map(library => `-l:${library}`), '-Wl,-rpath,$ORIGIN/../../tensorflow',
  ])
  if (code !== 0) throw new Error(`${compiler} could not compile the binding: ${output.split('\n').find(line => line.includes('error')) ?? lastLine(output)}`)
}

/** Makes the library of this kind ('cpu' or 'gpu') in an empty folder. Throws one sentence when pip or a compiler is missing or fails. */
export const buildNative = async (root, folder, kind) => {
  if (process.platform !== 'linux') throw new Error(`TensorFlow's wheel is used on Linux only, this is ${process.platform}`)
  const compiler = await findCompiler()
  await findPip()
  await fetchTensorflow(folder, kind)
  if (kind === 'gpu') await fetchCuda(folder)
  await step(`compiling the binding with ${compiler}`, () => compileBinding(root, folder, compiler))
}
