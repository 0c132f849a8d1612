import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import { judge, type Report } from './judge.ts'
import { readRecorded } from './recorded.ts'
import { replay } from './replay.ts'
import { loadParityTask } from './task.ts'

/**
 * Replays a recorded pre-training run through the compiled program of a model file and compares everything that was recorded.
 * Left: why the folder or the model file cannot be used, in one sentence.
 */
export const checkParity = (folder: string, modelFile: string): TE.TaskEither<string, Report> => pipe(
  readRecorded(folder),
  TE.bindTo('run'),
  TE.bind('task', ({ run }) => loadParityTask(modelFile, run.config)),
  TE.bind('found', ({ run, task }) => replay(run, task)),
  TE.map(({ run, task, found }) => judge(run, task, found)),
)
