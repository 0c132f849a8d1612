import { readFileSync } from 'node:fs'
import * as E from 'fp-ts/Either'
import { compile, type Job } from '../../compiler/language/index.ts'
import { nodesOf } from '../../compiler/program/program.ts'
import { tensorflowWith } from '../../compiler/targets/tensorflow/emit.ts'
import type { HostArray, Session } from '../../runtime/backends/backend.ts'
import { tensorflow } from '../../runtime/backends/tensorflow.ts'
import { writeState } from '../../runtime/state.ts'
import { loadJob } from '../../runtime/tasks.ts'
import { randomBatch } from '../../runtime/training/random-batch.ts'

export interface StepOptions {
  readonly config: string
  /** The program to time; without it, the last phase's. */
  readonly program: string | undefined
  /** Examples a step; without it, the configuration's own. */
  readonly batch: number | undefined
  readonly steps: number
  readonly seed: number
  /** Whether XLA compiles clusters of element-wise operations. */
  readonly xla: boolean
  /** Passes that are switched off. */
  readonly without: readonly string[]
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
  readonly compileSeconds: number
  readonly loadSeconds: number
  readonly initializeSeconds: number
  readonly firstStepSeconds: number
  readonly medianStepSeconds: number
  readonly minStepSeconds: number
  /** Processor seconds of the median step, over all threads: steadier than the clock where others use the machine too. */
  readonly medianStepCpuSeconds: number
  readonly steps: number
  readonly loss: number
  readonly peakResidentBytes: number
  readonly parameters: number
  readonly nodes: number
}

const modelFile = 'models/albef/pretrain.ts'

const seconds = <R>(body: () => R): readonly [R, number] => {
  const start = performance.now()
  const result = body()
  return [result, (performance.now() - start) / 1000]
}

/** The most memory that the process ever had resident: VmHWM on Linux, the system's own account elsewhere. */
const peakResidentBytes = (): number => {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) * 1024
  } catch {
    return process.resourceUsage().maxRSS * 1024
  }
}

const numberAt = (config: unknown, name: string): number => {
  const value: unknown = typeof config === 'object' && config !== null ? Reflect.get(config, name) : undefined
  return typeof value === 'number' ? value : 0
}

/** The job at another batch: in groups as large as its own where those divide the batch, else in one; where every example is an anchor, it stays so. */
const jobOf = async ({ config, batch }: StepOptions): Promise<E.Either<string, Job>> => {
  const own = await loadJob(modelFile, config)()
  if (E.isLeft(own) || batch === undefined) return own
  const [whole, groups, anchors] = [numberAt(own.right.config, 'batch'), numberAt(own.right.config, 'groups'), numberAt(own.right.config, 'anchors')]
  const group = batch % (whole / groups) === 0 ? whole / groups : batch
  return loadJob(modelFile, config, { batch, groups: batch / group, anchors: anchors === whole / groups ? group : Math.min(anchors, group) })()
}

const rounded = (value: number): number => Number(value.toFixed(4))
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

interface Loop {
  readonly first: number
  readonly times: readonly number[]
  readonly cpu: readonly number[]
  readonly loss: number
}

/** The first step, which pays for TensorFlow's own preparations, and then `steps` more. */
const timed = (session: Session, program: string, feeds: Readonly<Record<string, HostArray>>, steps: number, say: (text: string) => void): Loop => {
  const all: number[] = []
  const cpu: number[] = []
  let loss = Number.NaN
  for (let i = 0; i <= steps; i++) {
    const before = process.cpuUsage()
    const [outputs, taken] = seconds(() => session.run(program, feeds))
    const { user, system } = process.cpuUsage(before)
    cpu.push((user + system) / 1e6)
    loss = outputs['loss']?.[0] ?? Number.NaN
    all.push(taken)
    say(`step ${i}: ${taken.toFixed(3)} s, cpu ${((user + system) / 1e6).toFixed(2)} s, loss ${loss.toFixed(4)}`)
  }
  return { first: all[0] ?? Number.NaN, times: all.slice(1), cpu: cpu.slice(1), loss }
}

/** Compiles, loads and runs one training program on random data in this process. Left: one sentence about wrong input. */
export const benchStep = async (options: StepOptions, say: (text: string) => void): Promise<E.Either<string, StepFigures>> => {
  const job = await jobOf(options)
  if (E.isLeft(job)) return job
  const program = options.program ?? job.right.phases[job.right.phases.length - 1]?.program ?? 'step'
  const [compiled, compileSeconds] = seconds(() => compile(job.right.definition, tensorflowWith({ xla: options.xla }), { without: options.without }))
  if (E.isLeft(compiled)) return E.left(compiled.left.message)
  const { artifact, state, programs } = compiled.right
  const compiledProgram = programs.find(({ name }) => name === program)
  if (compiledProgram === undefined || !job.right.phases.some(phase => phase.program === program)) return E.left(`There is no training program '${program}'; there is ${job.right.phases.map(phase => phase.program).join(', ')}.`)
  say(`compiled in ${compileSeconds.toFixed(1)} s; seed ${options.seed}`)
  const loading = performance.now()
  const loaded = await tensorflow.load(artifact)()
  if (E.isLeft(loaded)) return E.left(loaded.left.message)
  const session = loaded.right
  const loadSeconds = (performance.now() - loading) / 1000
  const [, initializeSeconds] = seconds(() => session.run('initialize', { seed: Int32Array.of(options.seed) }))
  writeState(session, new Map([[job.right.horizon, Int32Array.of(options.steps + 1)]]))
  say(`loaded in ${loadSeconds.toFixed(1)} s, initialised in ${initializeSeconds.toFixed(1)} s`)
  const { first, times, cpu, loss } = timed(session, program, randomBatch(job.right, session, program, options.seed), options.steps, say)
  session.close()
  const parameters = state.filter(({ kind, path }) => kind === 'param' && path.startsWith('student/')).reduce((total, { axes }) => total + Object.values(axes).reduce((product, size) => product * size, 1), 0)
  return E.right({
    bench: 'step', config: options.config, program, batch: numberAt(job.right.config, 'batch'), seed: options.seed, xla: options.xla, without: options.without,
    compileSeconds: rounded(compileSeconds), loadSeconds: rounded(loadSeconds), initializeSeconds: rounded(initializeSeconds), firstStepSeconds: rounded(first),
    medianStepSeconds: rounded(median(times)), minStepSeconds: rounded(Math.min(...times)), medianStepCpuSeconds: rounded(median(cpu)), steps: times.length, loss,
    peakResidentBytes: peakResidentBytes(), parameters, nodes: nodesOf(compiledProgram).length,
  })
}
