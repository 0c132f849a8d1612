import { writeFile } from 'node:fs/promises'
import { command, number, option, optional, positional, string } from 'cmd-ts'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import { describeError } from '../data/errors.ts'
import { floorTable, sceneFloors } from '../evaluation/scene-floors.ts'
import { sceneSheet } from '../evaluation/scene-sheet.ts'
import { builtScenes } from '../training/built-sets.ts'

/** `axle floors [DIR]`. Exit codes: 0 done, 2 the set cannot be built or read. */
export const floorsCommand = command({
  name: 'floors',
  description: 'What can be had on the scenes without looking at a picture: the figures that a model must be compared with.',
  args: {
    folder: positional({ type: optional(string), displayName: 'DIR', description: 'a built set of scenes; without it the set of the user cache, built if need be' }),
    sheet: option({ type: optional(string), long: 'sheet', description: 'writes some scenes with their boxes and annotations into this PNG, instead of figures' }),
    size: option({ type: number, long: 'size', description: 'height and width of the scenes to build', defaultValue: () => 128 }),
  },
  handler: async ({ folder, size, sheet }) =>
    pipe(
      folder === undefined ? builtScenes(size, process.stderr) : TE.right(folder),
      TE.flatMap((place) =>
        sheet === undefined
          ? pipe(
              sceneFloors(place),
              TE.map((floors) => `${place}\n${floorTable(floors)}\n`),
            )
          : pipe(
              sceneSheet(place, 'test_twemoji'),
              TE.flatMap((png) => TE.tryCatch(() => writeFile(sheet, png), (cause) => `${sheet}: ${describeError(cause)}`)),
              TE.map(() => `${sheet}\n`),
            ),
      ),
      TE.match(
        (sentence) => {
          process.stderr.write(`${sentence}\n`)
          process.exitCode = 2
        },
        (table) => {
          process.stdout.write(table)
        },
      ),
    )(),
})
