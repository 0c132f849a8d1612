import sharp from 'sharp'
import { wrapText } from '../training/wrap.ts'
import type { Square } from './overlay.ts'

/** A picture of a sheet with the lines under it. */
export interface Labelled extends Square {
  readonly lines: readonly string[]
}

const SIDE = 192
const GAP = 18
const FONT = 14
const LINE = 19
const MOST_LINES = 4
const COLUMNS = 5

const escape = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')

/** A PNG of pictures in rows, each with its lines below. Rejects if a picture's pixels are not `3 * size * size` bytes. */
export const labelledSheet = async (pictures: readonly Labelled[]): Promise<Buffer> => {
  const texts = pictures.map(({ lines }) => lines.flatMap((line) => wrapText(line, SIDE / FONT, 3)).slice(0, MOST_LINES))
  const below = LINE * Math.max(1, ...texts.map(({ length }) => length)) + 8
  const columns = Math.min(COLUMNS, pictures.length)
  const placed = pictures.map((picture, index) => ({ picture, left: GAP + (index % columns) * (SIDE + GAP), top: GAP + Math.floor(index / columns) * (SIDE + below + GAP) }))
  const width = GAP + columns * (SIDE + GAP)
  const height = GAP + Math.ceil(pictures.length / columns) * (SIDE + below + GAP)
  const images = await Promise.all(
    placed.map(async ({ picture: { pixels, size }, left, top }) => ({
      input: await sharp(pixels, { raw: { width: size, height: size, channels: 3 } }).resize(SIDE, SIDE, { kernel: 'cubic' }).png().toBuffer(),
      left,
      top,
    })),
  )
  const words = placed.flatMap(({ left, top }, index) =>
    (texts[index] ?? []).map((text, line) => `<text x="${left}" y="${top + SIDE + (line + 1) * LINE - 2}" font-size="${FONT}" fill="#1a1a1a" font-family="DejaVu Sans, Helvetica, Arial, sans-serif">${escape(text)}</text>`),
  )
  const svg = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${words.join('')}</svg>`)
  return sharp({ create: { width, height, channels: 3, background: 'white' } })
    .composite([...images, { input: svg, left: 0, top: 0 }])
    .removeAlpha()
    .png()
    .toBuffer()
}
