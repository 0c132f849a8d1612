import { join, resolve } from 'node:path'
import { sequenceS } from 'fp-ts/Apply'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import sharp from 'sharp'
import type { Box } from '../data/boxes.ts'
import { describeError } from '../data/errors.ts'
import { proposalFile, sceneFile } from '../data/scenes/build.ts'
import type { SceneSplit } from '../data/scenes/splits.ts'
import { readProposals, readQuestions, readReferences, readStatements } from '../data/tasks/forms.ts'
import { readPairs } from '../data/schema.ts'
import { wrapText } from '../training/wrap.ts'
import { ENTAILMENT_LABELS } from './scene-floors.ts'

/** One scene with what is said of it. */
interface Panel {
  readonly image: string
  readonly proposals: readonly Box[]
  readonly meant: Box | undefined
  readonly lines: readonly string[]
}

const PICTURE = 192
const TEXT = 250
const GAP = 16
const FONT = 13
const LINE = 17
const COLUMNS = 2

const escape = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;')

const frame = ([left, top, width, height]: Box, style: string): string => `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="none" ${style}/>`

const overlay = ({ proposals, meant, lines }: Panel, scale: number): string => {
  const scaled = ([left, top, width, height]: Box): Box => [left * scale, top * scale, width * scale, height * scale]
  const texts = lines
    .flatMap((line) => wrapText(line, TEXT / FONT, 3).map((text, index) => (index === 0 ? text : `  ${text}`)))
    .map((text, index) => `<text xml:space="preserve" x="${PICTURE + 10}" y="${14 + index * LINE}" font-size="${FONT}" fill="#1a1a1a" font-family="DejaVu Sans, Helvetica, Arial, sans-serif">${escape(text)}</text>`)
  return [...proposals.map((box) => frame(scaled(box), 'stroke="#b0413e" stroke-dasharray="4 3"')), ...(meant === undefined ? [] : [frame(scaled(meant), 'stroke="#149447" stroke-width="3"')]), ...texts].join('')
}

const panels = (folder: string, split: SceneSplit): TE.TaskEither<string, readonly Panel[]> =>
  pipe(
    sequenceS(TE.ApplySeq)({
      captions: readPairs(sceneFile(folder, 'caption', split)),
      references: readReferences(sceneFile(folder, 'grounding', split)),
      questions: readQuestions(sceneFile(folder, 'vqa', split)),
      statements: readStatements(sceneFile(folder, 'entailment', split), 1, ENTAILMENT_LABELS),
      proposals: readProposals(proposalFile(folder)),
    }),
    TE.map(({ captions, references, questions, statements, proposals }) => {
      const said = (image: string) => statements.filter(({ images }) => images[0] === image).slice(0, 2).map(({ sentence, label }) => `“${sentence}”: ${label}`)
      const open = captions.map(({ image, caption }): Panel => {
        const reference = references.filter((one) => one.image === image).at(-1)
        return {
          image,
          proposals: proposals.get(reference?.imageId ?? '') ?? [],
          meant: reference?.box,
          lines: [
            typeof caption === 'string' ? caption : (caption.at(-1) ?? ''),
            ...(reference === undefined ? [] : [`green: ${reference.text}`]),
            ...questions.filter((one) => one.image === image).slice(0, 3).map(({ question, given }) => `${question} ${given.join(', ')}`),
            ...said(image).slice(0, 1),
          ],
        }
      })
      const known = new Set(captions.map(({ image }) => image))
      const covered = [...new Set(statements.flatMap(({ images }) => images))].filter((image) => !known.has(image)).map((image): Panel => ({ image, proposals: [], meant: undefined, lines: said(image) }))
      return [...everyNth(open, 4), ...everyNth(covered, 2)]
    }),
  )

/** So many items, evenly from all of a list. */
const everyNth = <A>(items: readonly A[], count: number): readonly A[] => items.filter((_, index) => index % Math.max(1, Math.floor(items.length / count)) === 0).slice(0, count)

const draw = async (folder: string, all: readonly Panel[]): Promise<Buffer> => {
  const placed = all.map((panel, index) => ({ panel, left: GAP + (index % COLUMNS) * (PICTURE + TEXT + GAP), top: GAP + Math.floor(index / COLUMNS) * (PICTURE + GAP) }))
  const width = GAP + COLUMNS * (PICTURE + TEXT + GAP)
  const height = GAP + Math.ceil(all.length / COLUMNS) * (PICTURE + GAP)
  const pictures = await Promise.all(
    placed.map(async ({ panel, left, top }) => ({ input: await sharp(resolve(folder, panel.image)).resize(PICTURE, PICTURE, { kernel: 'cubic' }).png().toBuffer(), left, top })),
  )
  const sizes = await Promise.all(placed.map(({ panel }) => sharp(join(folder, panel.image)).metadata()))
  const marks = placed.map(({ panel, left, top }, index) => `<g transform="translate(${left} ${top})">${overlay(panel, PICTURE / (sizes[index]?.width ?? PICTURE))}</g>`)
  const svg = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${marks.join('')}</svg>`)
  return sharp({ create: { width, height, channels: 3, background: 'white' } })
    .composite([...pictures, { input: svg, left: 0, top: 0 }])
    .png({ palette: true })
    .toBuffer()
}

/** Some scenes of a part as one PNG: their proposals, the box that an expression means, and what is said and asked of them. */
export const sceneSheet = (folder: string, split: SceneSplit): TE.TaskEither<string, Buffer> =>
  pipe(
    panels(folder, split),
    TE.flatMap((all) =>
      TE.tryCatch(
        () => draw(folder, all),
        (cause) => `${folder}: the sheet cannot be drawn: ${describeError(cause)}`,
      ),
    ),
  )
