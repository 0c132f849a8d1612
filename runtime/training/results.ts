import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import type { Job } from '../../compiler/language/index.ts'
import type { Session } from '../backends/backend.ts'
import type { TrainingData } from './data.ts'
import { readMetrics, withoutRepeated } from './metrics.ts'
import { writeLossPlot } from './plot.ts'
import type { Output } from './progress.ts'
import type { RunFolder } from './run-folder.ts'

export interface Results {
  readonly job: Job
  readonly session: Session
  readonly data: TrainingData
  readonly run: RunFolder
  readonly evaluate: boolean
  readonly output: Output
}

/** What a finished run leaves beside its checkpoint: the loss plot, and where there is a retrieval, its table and pictures. */
export const writeResults = async ({ run, output }: Results): Promise<E.Either<string, void>> => {
  const metrics = readMetrics(run.metrics)
  if (E.isLeft(metrics)) return metrics
  const plot = join(run.path, 'losses.png')
  const drawn = await writeLossPlot(withoutRepeated(metrics.right), plot)()
  if (E.isLeft(drawn)) return drawn
  output.write(`${plot}\n`)
  return E.right(undefined)
}
