import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import { judge, type Report } from './judge.ts'
import { readRecorded } from './recorded.ts'
import { replay } from './replay.ts'
import { loadParityTask } from './task.ts'
import { isRecordedTask, readRecordedTask } from './tasks/folder.ts'
import { judgeTask } from './tasks/judge.ts'
import { replayTask } from './tasks/replay.ts'
import { loadTaskParity } from './tasks/task.ts'

const checkRun = (folder: string, modelFile: string): TE.TaskEither<string, Report> => pipe(
  readRecorded(folder),
  TE.bindTo('run'),
  TE.bind('task', ({ run }) => loadParityTask(modelFile, run.config)),
  TE.bind('found', ({ run, task }) => replay(run, task)),
  TE.map(({ run, task, found }) => judge(run, task, found)),
)

const checkTask = (folder: string, modelFile: string): TE.TaskEither<string, Report> => pipe(
  readRecordedTask(folder),
  TE.bindTo('recorded'),
  TE.bind('task', ({ recorded }) => loadTaskParity(modelFile, recorded)),
  TE.bind('found', ({ recorded, task }) => replayTask(recorded, task)),
  TE.map(({ recorded, task, found }) => judgeTask(recorded, task, found)),
)

/**
 * Replays what was recorded of the official code (a pre-training run, or a batch of one of the tasks) through the compiled programs of a
 * model file and compares everything. Left: why the folder or the model file cannot be used, in one sentence.
 */
export const checkParity = (folder: string, modelFile: string): TE.TaskEither<string, Report> => (isRecordedTask(folder) ? checkTask(folder, modelFile) : checkRun(folder, modelFile))
