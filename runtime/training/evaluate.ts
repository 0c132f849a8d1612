import { basename } from 'node:path'
import { readTensors } from '../checkpoints/safetensors.ts'
import type { Job } from '../../compiler/language/index.ts'
import type { Session } from '../backends/backend.ts'
import { writeState } from '../state.ts'
import { loadJob } from '../tasks.ts'
import { describeData, openData } from './data.ts'
import { openMeasured, type Named } from './measured.ts'
import type { Output } from './progress.ts'
import { need, refusable, Refusal } from './refusal.ts'
import { writeMeasured } from './results.ts'
import { readRunConfig, type RunConfig } from './run-config.ts'
import { findCheckpoint, openRun, type RunFolder } from './run-folder.ts'
import { initializeState, openJob } from './session.ts'
import { restoreFixed } from './start.ts'

const output: Output = process.stderr
const say = (line: string): void => void output.write(`${line}\n`)

/** A finished run and its task. */
export interface OpenedRun {
  readonly run: RunFolder
  readonly config: RunConfig
  readonly job: Job
}

/** The run of a folder. Refuses one that is none. */
export const openedRun = async (path: string): Promise<OpenedRun> => {
  const run = need(await openRun(path)())
  const config = need(readRunConfig(run))
  return { run, config, job: need(await loadJob(config.file, config.config, config.changes)()) }
}

/** The model of a run, compiled and loaded, with the weights of its last good checkpoint; `more` are further programs. */
export const trainedModel = async ({ run, config, job }: OpenedRun, more: Job['definition']['evaluate'] = {}): Promise<Session> => {
  const file = need(await findCheckpoint(run.path, 'good')())
  const { tensors, metadata } = need(await readTensors(file)())
  const { definition } = job
  const { session } = need(await openJob({ ...job, definition: { ...definition, evaluate: { ...definition.evaluate, ...more } } }, undefined, config.precision === undefined ? {} : { precision: config.precision })())
  need(await initializeState(job, session, config.seed, config.steps)())
  need(await restoreFixed(run, session)())
  writeState(session, new Map([...tensors].map(([name, { data }]) => [name, data])))
  say(`${job.name}: ${file}, step ${metadata['step'] ?? '?'} of ${config.steps}`)
  return session
}

/** Measures a finished run as at the end of its training, on the data of its set or on named files. Returns the exit code. */
export const evaluateRun = (path: string, named: Named): Promise<number> =>
  refusable(async () => {
    const opened = await openedRun(path)
    const { run, config, job } = opened
    const data = need(await openData(job, config.data ?? undefined, output)())
    say(describeData(data))
    const own = named.test.length === 0
    const files = own && named.answers === undefined && named.proposals === undefined && named.references === undefined ? { test: config.test ?? [], answers: config.answers, proposals: config.proposals, references: config.references } : named
    const measured = need(await openMeasured(job, data, files, output)())
    if (measured.kind === 'nothing') throw new Refusal(`${path}: there is nothing to measure '${job.name}' on: name a file with --data`)
    const session = await trainedModel(opened)
    const suffix = own ? {} : { suffix: `-${named.test.map(file => basename(file, '.json')).join('-')}` }
    need(await writeMeasured({ job, session, data, measured, run, output, ...suffix })())
    session.close()
    return 0
  })
