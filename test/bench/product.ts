// How fast this machine multiplies matrices, in the same TensorFlow: the physical limit that steps are compared with.
import * as E from 'fp-ts/Either'
import { compile, dot, input, normal, param, rename, scalar, type Definition, type Of } from '../../compiler/language/index.ts'
import { tensorflowWith } from '../../compiler/targets/tensorflow/emit.ts'
import { tensorflow } from '../../runtime/backends/tensorflow.ts'
import { seconds } from './measure.ts'

const size = 2048
const products = 4
const runs = 6

const state = { x: param({ row: size, column: size }, normal(1)), by: param({ column: size, other: size }, normal(size ** -0.5)) }
const batch = { given: input({}) }
type State = Of<typeof state>

const multiplied = ({ x, by }: State): State => ({ x: rename(dot('column', x, by), { other: 'column' }), by })

const definition: Definition<typeof state, typeof batch, Record<string, never>> = {
  state, batch,
  step: now => [Array.from({ length: products }).reduce<State>(multiplied, now), {}],
}

/** Floating-point operations a second of the fastest of some runs of large matrix products in this process. Left: why they cannot be run. */
export const matrixProductRate = async (): Promise<E.Either<string, number>> => {
  const compiled = compile(definition, tensorflowWith({ xla: false }))
  if (E.isLeft(compiled)) return E.left(compiled.left.message)
  const loaded = await tensorflow.load(compiled.right.artifact)()
  if (E.isLeft(loaded)) return E.left(loaded.left.message)
  const session = loaded.right
  session.run('initialize', { seed: Int32Array.of(1) })
  const times = Array.from({ length: runs }, () => seconds(() => session.run('step', { given: Float32Array.of(0) }))[1])
  session.close()
  return E.right(products * 2 * size ** 3 / Math.min(...times))
}
