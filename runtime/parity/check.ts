import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import type { PassOptions } from '../../compiler/language/index.ts'
import { judge, type Report } from './judge.ts'
import { isOfRanks, readRanks } from './ranks.ts'
import { readRecorded } from './recorded.ts'
import { replay } from './replay.ts'
import { loadParityTask } from './task.ts'
import type { Devices } from '../devices/devices.ts'
import { isRecordedTask, readRecordedTask } from './tasks/folder.ts'
import { judgeTask } from './tasks/judge.ts'
import { replayTask } from './tasks/replay.ts'
import { loadTaskParity } from './tasks/task.ts'

const checkRun = (folder: string, modelFile: string, devices: Devices | undefined, options: PassOptions): TE.TaskEither<string, Report> => pipe(
  isOfRanks(folder) ? readRanks(folder) : readRecorded(folder),
  TE.bindTo('run'),
  TE.bind('task', ({ run }) => loadParityTask(modelFile, run.config)),
  TE.bind('found', ({ run, task }) => replay(run, task, devices, options)),
  TE.map(({ run, task, found }) => judge(run, task, found)),
)

const checkTask = (folder: string, modelFile: string, options: PassOptions): TE.TaskEither<string, Report> => pipe(
  readRecordedTask(folder),
  TE.bindTo('recorded'),
  TE.bind('task', ({ recorded }) => loadTaskParity(modelFile, recorded)),
  TE.bind('found', ({ recorded, task }) => replayTask(recorded, task, options)),
  TE.map(({ recorded, task, found }) => judgeTask(recorded, task, found)),
)

/**
 * Replays what was recorded of the official code (a pre-training run, or a batch of one of the tasks) through the compiled programs of a
 * model file, on one device and with every pass unless said, and compares everything. Left: why the folder or the model file cannot be used, in one sentence.
 */
export const checkParity = (folder: string, modelFile: string, devices?: Devices, options: PassOptions = {}): TE.TaskEither<string, Report> => {
  if (!isRecordedTask(folder)) return checkRun(folder, modelFile, devices, options)
  return devices === undefined ? checkTask(folder, modelFile, options) : TE.left(`${folder}: --devices is for recorded training runs, and this is a batch of a task`)
}
