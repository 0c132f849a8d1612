import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import type { ExampleForm } from '../../compiler/language/index.ts'
import { buildEmoji } from '../data/emoji/build.ts'
import type { TaskName } from '../data/scenes/annotate.ts'
import { buildScenes } from '../data/scenes/build.ts'
import type { Progress } from '../data/work.ts'
import { progressBar, type Output } from './progress.ts'

/** A bar that shows itself with the first progress: what is there already needs none. */
const lateBar = (output: Output, label: string) => {
  let bar: ReturnType<typeof progressBar> | undefined
  return {
    onProgress: ({ done, total }: Progress): void => {
      bar ??= progressBar(output, label, total)
      bar.update(done)
    },
    finish: (): void => bar?.finish(),
  }
}

/** The folder of the emoji set, drawn with a progress bar unless it is there. */
export const builtEmoji = (size: number, output: Output): TE.TaskEither<string, string> => {
  const { onProgress, finish } = lateBar(output, 'drawing the emoji set')
  return pipe(
    buildEmoji({ size, onProgress, onWarning: line => void output.write(`${line}\n`) }),
    TE.map(({ folder }) => (finish(), folder)),
  )
}

/** The folder of the scenes, drawn with a progress bar unless it is there. */
export const builtScenes = (size: number, output: Output): TE.TaskEither<string, string> => {
  const { onProgress, finish } = lateBar(output, 'drawing the scenes')
  return pipe(
    buildScenes({ size, onProgress }),
    TE.map(({ folder }) => (finish(), folder)),
  )
}

/** Which annotations of the scenes have the form of a task's examples. */
export const scenesFor = (form: ExampleForm | undefined): TaskName => {
  switch (form?.kind) {
    case 'labelled':
      return form.pictures === 1 ? 'entailment' : 'neither' in form.labels ? 'assignment' : 'nlvr'
    case 'questions':
      return 'vqa'
    case 'references':
      return 'grounding'
    case 'captions':
    case undefined:
      return 'caption'
  }
}
