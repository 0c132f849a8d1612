import * as E from 'fp-ts/Either'
import type { Changes, Job } from '../../compiler/language/index.ts'
import { readTensors } from '../checkpoints/safetensors.ts'
import { openLoader, type Loader } from '../data/loader.ts'
import { exampleFeeder } from '../data/tasks/feeds.ts'
import { loadJob } from '../tasks.ts'
import { parsePrecision } from '../compile/precision.ts'
import { parseWithout } from '../compile/without.ts'
import { writeState } from '../state.ts'
import { describeDevices, findDevices } from '../devices/devices.ts'
import { precisionWarning } from '../devices/matrix-units.ts'
import { augmentationOf, describeData, openData, type TrainingData } from './data.ts'
import { feeder } from './feeds.ts'
import { formatCount, formatDuration } from './format.ts'
import { trainingLoop, type Outcome } from './loop.ts'
import { checkOptions, type CheckedOptions, type TrainOptions } from './options.ts'
import { stepsWithin, timePhases } from './plan.ts'
import { progressBar, type Output } from './progress.ts'
import { createRun, findCheckpoint, openRun, type RunFolder } from './run-folder.ts'
import { initializeState, openJob, type Opened } from './session.ts'
import { keepFixed, restoreFixed, startFrom } from './start.ts'
import { anchored, parseChanges, readRunConfig, type RunConfig } from './run-config.ts'
import { openMeasured, type Measured } from './measured.ts'
import { need, refusable, Refusal } from './refusal.ts'
import { writeResults } from './results.ts'

/** Exit codes of a run. */
export const exitCode = { done: 0, diverged: 1, brokeOff: 1, badInput: 2, stopped: 130 } as const

const output: Output = process.stderr
const say = (line: string): void => void output.write(`${line}\n`)

const loaderFor = (job: Job, data: TrainingData, seed: number, from: number): Loader =>
  need(openLoader({ pairs: data.pairs, batch: job.data.batch, seed, distinct: job.data.distinct, augment: augmentationOf(job.data), from }))

const feederFor = (job: Job, opened: Opened, data: TrainingData): ReturnType<typeof feeder> => {
  if (data.kind === 'examples') {
    const { feed, couldDrop } = need(exampleFeeder(job.data, data.pairs))
    if (couldDrop > 0) say(`a batch may have up to ${couldDrop} answers more than there is room for; those are left out`)
    return batch => feed(batch).feeds
  }
  let bar: ReturnType<typeof progressBar> | undefined
  const feed = feeder(job, opened.session, data.pairs, (done, of) => {
    bar ??= progressBar(output, 'encoding the captions', of)
    bar.update(done)
  })
  bar?.finish()
  return feed
}

/** The number of steps of a run of so many minutes, from a few timed steps; the state must be made anew afterwards. */
const plannedSteps = async (job: Job, opened: Opened, data: TrainingData, seed: number, minutes: number, feed: ReturnType<typeof feeder>): Promise<number> => {
  const loader = loaderFor(job, data, seed, 0)
  const batch = await loader.next()
  await loader.close()
  const feeds = feed(batch)
  const seconds = timePhases(opened.session, job.phases, () => feeds)
  const steps = stepsWithin(minutes * 60, job.phases, seconds)
  say(`a step takes ${job.phases.map(({ program }, i) => `${Math.round(1000 * (seconds[i] ?? 0))} ms (${program})`).join(', ')}: ${steps} steps in ${minutes} minutes`)
  return steps
}

const restore = async (opened: Opened, run: RunFolder): Promise<number> => {
  need(await restoreFixed(run, opened.session)())
  const path = need(await findCheckpoint(run.path)())
  const { tensors, metadata } = need(await readTensors(path)())
  writeState(opened.session, new Map([...tensors].map(([name, { data }]) => [name, data])))
  return Number(metadata['step'])
}

interface Prepared {
  readonly run: RunFolder
  readonly config: RunConfig
  readonly from: number
}

const prepareNew = async (options: CheckedOptions, changes: Changes, job: Job, opened: Opened, data: TrainingData, feed: ReturnType<typeof feeder>): Promise<Prepared> => {
  const steps = options.steps ?? (await plannedSteps(job, opened, data, options.seed, options.minutes, feed))
  need(await initializeState(job, opened.session, options.seed, steps)())
  const started = options.from === undefined ? undefined : need(await startFrom(job, opened.session, options.from)())
  if (started !== undefined) say(`starts from ${started.file}`)
  const { test, answers, proposals, references } = options
  const precision = need(parsePrecision(options.precision))
  const measured = { ...(test === undefined || test.length === 0 ? {} : { test: [...test] }), ...(answers === undefined ? {} : { answers }), ...(proposals === undefined ? {} : { proposals }), ...(references === undefined ? {} : { references }) }
  const config = anchored({ file: options.file, config: options.config, changes, seed: options.seed, steps, data: options.data ?? null, ...measured, ...(precision === 'f32' ? {} : { precision }) })
  const run = need(await createRun(options.out, job.name, { ...config, from: options.from ?? null, values: job.config }, new Date())())
  if (started !== undefined) need(await keepFixed(run, opened, started)())
  return { run, config, from: 0 }
}

const train = async (given: TrainOptions): Promise<number> => {
  const options = need(checkOptions(given))
  const resumed = options.resume === undefined ? undefined : need(await openRun(options.resume)())
  const before = resumed === undefined ? undefined : need(readRunConfig(resumed))
  const changes = before?.changes ?? need(parseChanges(options.set))
  const job = need(await loadJob(before?.file ?? options.file, before?.config ?? options.config, changes)())
  if (job.start?.needed !== undefined && before === undefined && options.from === undefined) throw new Refusal(`'${job.name}' starts from a trained run, ${job.start.needed}: name its folder with --from`)
  const devices = need(await findDevices(options.devices)())
  const without = need(parseWithout(options.without))
  const precision = before?.precision ?? need(parsePrecision(options.precision))
  const warning = await precisionWarning(precision, devices)()
  if (warning !== undefined) say(warning)
  const data = need(await openData(job, before?.data ?? options.data, output)())
  say(describeData(data))
  const named = before ?? options
  const measured: Measured = options.evaluate ? need(await openMeasured(job, data, { test: named.test ?? [], answers: named.answers, proposals: named.proposals, references: named.references }, output)()) : { kind: 'nothing' }
  const opened = need(await openJob(job, devices, { without, precision })())
  say(`${job.name}: ${formatCount(opened.parameters)} parameters, compiled in ${opened.seconds.compile.toFixed(1)} s, loaded in ${opened.seconds.load.toFixed(1)} s${devices === undefined ? '' : `, on ${describeDevices(devices)}`}`)
  const seed = before?.seed ?? options.seed
  need(await initializeState(job, opened.session, seed, before?.steps ?? 1)())
  const feed = feederFor(job, opened, data)
  const { run, config, from } = resumed !== undefined && before !== undefined ? { run: resumed, config: before, from: await restore(opened, resumed) } : await prepareNew(options, changes, job, opened, data, feed)
  say(`${run.path}: step ${from} of ${config.steps}`)
  const loader = loaderFor(job, data, seed, from)
  const outcome = need(await trainingLoop({ job, session: opened.session, trained: opened.trained, loader, feed, run, from, steps: config.steps, secondsBetweenCheckpoints: 120, output }))
  await loader.close()
  const code = await report(outcome, run, options)
  if (outcome.kind === 'done') need(await writeResults({ job, session: opened.session, data, measured, run, output }))
  opened.session.close()
  return code
}

const report = async (outcome: Outcome, run: RunFolder, { file, devices }: TrainOptions): Promise<number> => {
  if (outcome.kind === 'diverged') {
    const good = await findCheckpoint(run.path, 'good')()
    say(`step ${outcome.step}: ${outcome.loss} is ${outcome.value}; stopped, ${E.isRight(good) ? `and the last good checkpoint is kept: ${good.right}` : 'before there was a checkpoint'}`)
  } else if (outcome.kind === 'stopped') say(`stopped after step ${outcome.step}; go on with: npx axle train ${file} --resume ${run.path}${devices === undefined ? '' : ` --devices ${devices}`}`)
  else say(`trained ${outcome.step} steps in ${formatDuration(outcome.seconds)}; checkpoint ${outcome.checkpoint}`)
  return exitCode[outcome.kind]
}

/** A whole training run: data, compiling, training, evaluation, results. Returns the exit code; every refusal, and every failure of the backend, is one line. */
export const trainRun = (options: TrainOptions): Promise<number> => refusable(() => train(options))
