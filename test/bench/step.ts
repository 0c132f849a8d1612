import * as E from 'fp-ts/Either'
import { attempt, evaluation, scalar, trace, type Job } from '../../compiler/language/index.ts'
import { nodesOf } from '../../compiler/program/program.ts'
import { tensorflowWith } from '../../compiler/targets/tensorflow/emit.ts'
import { tensorflow } from '../../runtime/backends/tensorflow.ts'
import { writeState } from '../../runtime/state.ts'
import { randomBatch } from '../../runtime/training/random-batch.ts'
import { arithmeticOf, jobOf, numberAt, programOf, type Arithmetic, type StepOptions } from './job.ts'
import { median, peakResidentBytes, rounded, seconds } from './measure.ts'
import { matrixProductRate } from './product.ts'

/** One step of a program that is ready to run. */
export interface StepTaken {
  readonly seconds: number
  /** Processor seconds over all threads: steadier than the clock where others use the machine too. */
  readonly cpuSeconds: number
  readonly loss: number
}

/** A training program, compiled, loaded and initialised, with a random batch. */
export interface OpenStep {
  readonly program: string
  readonly batch: number
  readonly parameters: number
  readonly nodes: number
  readonly startSeconds: { readonly trace: number; readonly emit: number; readonly load: number; readonly initialize: number }
  readonly take: () => StepTaken
  /** Seconds of a call that is given the same batch, returns as many numbers, and computes nothing. */
  readonly feed: () => number
  readonly close: () => void
  /** Counted when asked for: it takes memory. */
  readonly arithmetic: () => Arithmetic
}

const fed = 'fed'

/** As many numbers as a step returns, give or take a few. */
const numbers = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`n${i}`, i]))

/** The same definition with one more program, which is fed and read like a step. */
const withFed = (definition: Job['definition']): Job['definition'] =>
  ({ ...definition, evaluate: { ...definition.evaluate, [fed]: evaluation(definition.state, definition.batch, () => Object.fromEntries(Object.entries(numbers).map(([name, n]) => [name, scalar(n)]))) } })

/** Compiles and loads a training program. Left: one sentence about wrong input. */
export const openStep = async (options: StepOptions): Promise<E.Either<string, OpenStep>> => {
  const found = await jobOf(options)
  if (E.isLeft(found)) return found
  const job = found.right
  const program = programOf(job, options.program)
  if (E.isLeft(program)) return program
  const target = tensorflowWith({ xla: options.xla })
  const [traced, traceSeconds] = seconds(() => attempt(() => trace(withFed(job.definition), { without: options.without })))
  if (E.isLeft(traced)) return E.left(traced.left.message)
  const [artifact, emitSeconds] = seconds(() => target.emit(traced.right))
  const { state, programs } = traced.right
  const loading = performance.now()
  const loaded = await tensorflow.load(artifact)()
  if (E.isLeft(loaded)) return E.left(loaded.left.message)
  const session = loaded.right
  const loadSeconds = (performance.now() - loading) / 1000
  const [, initializeSeconds] = seconds(() => session.run('initialize', { seed: Int32Array.of(options.seed) }))
  writeState(session, new Map([[job.horizon, Int32Array.of(options.steps + 1)]]))
  const feeds = randomBatch(job, session, program.right, options.seed)
  const take = (): StepTaken => {
    const before = process.cpuUsage()
    const [outputs, taken] = seconds(() => session.run(program.right, feeds))
    const { user, system } = process.cpuUsage(before)
    return { seconds: taken, cpuSeconds: (user + system) / 1e6, loss: outputs['loss']?.[0] ?? Number.NaN }
  }
  const inputs = session.signatures[fed]?.inputs ?? []
  const feed = (): number => seconds(() => session.run(fed, Object.fromEntries(Object.entries(feeds).filter(([name]) => inputs.some(input => input.name === name)))))[1]
  const nodes = programs.filter(({ name }) => name === program.right).reduce((count, each) => count + nodesOf(each).length, 0)
  const parameters = state.filter(({ kind, path }) => kind === 'param' && path.startsWith('student/')).reduce((total, { axes }) => total + Object.values(axes).reduce((product, size) => product * size, 1), 0)
  return E.right({
    program: program.right, batch: numberAt(job.config, 'batch'), parameters, nodes, take, feed, close: session.close,
    startSeconds: { trace: traceSeconds, emit: emitSeconds, load: loadSeconds, initialize: initializeSeconds },
    arithmetic: () => arithmeticOf(job, traced.right, program.right),
  })
}

/** Seconds, bytes and counts of one run. */
export interface StepFigures {
  readonly bench: 'step'
  readonly config: string
  readonly program: string
  readonly batch: number
  readonly seed: number
  readonly xla: boolean
  readonly without: readonly string[]
  /** From the model's functions to a program after the passes; from there to a graph. */
  readonly traceSeconds: number
  readonly emitSeconds: number
  readonly loadSeconds: number
  readonly initializeSeconds: number
  /** With what TensorFlow prepares in it: its own graph optimisation, and XLA where it is on. */
  readonly firstStepSeconds: number
  /** Feeding the batch and reading the numbers, within each step. */
  readonly feedAndReadSeconds: number
  readonly medianStepSeconds: number
  readonly minStepSeconds: number
  readonly medianStepCpuSeconds: number
  readonly steps: number
  readonly loss: number
  readonly peakResidentBytes: number
  readonly expectedPeakBytes: number
  readonly parameters: number
  readonly nodes: number
  /** Floating-point operations of a step: as written, and after the passes. */
  readonly flops: { readonly written: number; readonly compiled: number }
  /** Of the compiled step, and of a large matrix product in the same process. */
  readonly flopsPerSecond: { readonly step: number; readonly product: number }
  /** What the compiled operations take at that rate, and what the fastest step takes beyond it. */
  readonly arithmeticSeconds: number
  readonly overheadSeconds: number
}

/** Compiles, loads and runs one training program on random data in this process. Left: one sentence about wrong input. */
export const benchStep = async (options: StepOptions, say: (text: string) => void): Promise<E.Either<string, StepFigures>> => {
  const opened = await openStep(options)
  if (E.isLeft(opened)) return opened
  const { program, batch, parameters, nodes, startSeconds, take, feed, close, arithmetic } = opened.right
  say(`traced in ${startSeconds.trace.toFixed(1)} s, emitted in ${startSeconds.emit.toFixed(1)} s, loaded in ${startSeconds.load.toFixed(1)} s, initialised in ${startSeconds.initialize.toFixed(1)} s; seed ${options.seed}`)
  // The first step pays for TensorFlow's own preparations.
  const taken = Array.from({ length: options.steps + 1 }, (_, i) => {
    const step = take()
    say(`step ${i}: ${step.seconds.toFixed(3)} s, cpu ${step.cpuSeconds.toFixed(2)} s, loss ${step.loss.toFixed(4)}`)
    return step
  })
  const feeding = Array.from({ length: 12 }, feed)
  close()
  const peak = peakResidentBytes()
  const product = await matrixProductRate()
  if (E.isLeft(product)) return product
  const [times, { written, compiled, expectedPeakBytes }] = [taken.slice(1).map(step => step.seconds), arithmetic()]
  const least = Math.min(...times)
  return E.right({
    bench: 'step', config: options.config, program, batch, seed: options.seed, xla: options.xla, without: options.without,
    traceSeconds: rounded(startSeconds.trace), emitSeconds: rounded(startSeconds.emit), loadSeconds: rounded(startSeconds.load), initializeSeconds: rounded(startSeconds.initialize), firstStepSeconds: rounded(taken[0]?.seconds ?? Number.NaN), feedAndReadSeconds: rounded(median(feeding.slice(2))),
    medianStepSeconds: rounded(median(times)), minStepSeconds: rounded(least), medianStepCpuSeconds: rounded(median(taken.slice(1).map(step => step.cpuSeconds))), steps: times.length,
    loss: taken[taken.length - 1]?.loss ?? Number.NaN, peakResidentBytes: peak, expectedPeakBytes, parameters, nodes,
    flops: { written, compiled },
    flopsPerSecond: { step: Math.round(compiled / least), product: Math.round(product.right) },
    arithmeticSeconds: rounded(compiled / product.right), overheadSeconds: rounded(least - compiled / product.right),
  })
}
