// Run in its own process, since a library that does not fit can end it: multiplies two matrices through tfjs-node-gpu.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const util = require('node:util')
// Node 23 dropped these; tfjs-node-gpu 4.22 still calls them.
util.isNullOrUndefined ??= value => value == null
util.isArray ??= Array.isArray

const tf = require('@tensorflow/tfjs-node-gpu')
const product = tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5, 6], [7, 8]])).dataSync()
const right = [19, 22, 43, 50].every((value, i) => product[i] === value)
if (!right) console.log(`the product of two small matrices came out as ${Array.from(product).join(' ')}`)
else console.log(tf.backend().isUsingGpuDevice ? 'ready, on a GPU' : 'ready, on the CPU')
process.exit(right ? 0 : 1)
