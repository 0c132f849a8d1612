// A contact sheet: each caption with the pictures retrieved for it, best first. Pictures are laid on a white canvas, text and
// frames are drawn over them as one SVG.
import sharp, { type OverlayOptions } from 'sharp'
import { textWidth, wrapText } from './wrap.ts'

/** A retrieved picture: `size` by `size` pixels of red, green and blue, row by row. */
export type SheetPicture = { readonly pixels: Uint8Array, readonly size: number, readonly correct: boolean }

export type SheetRow = { readonly caption: string, readonly pictures: readonly SheetPicture[] }

/** Frames and their legend are left out where nobody knows which pictures are right. */
export type Sheet = { readonly title: string, readonly rows: readonly SheetRow[], readonly judged?: false }

const MARGIN = 28
const TITLE = 24
const HEAD = 100 // title, legend and rank numbers
const CAPTION = 250
const CELL = 108 // side of a picture on the sheet
const GAP = 14
const ROW = CELL + 18
const FRAME = 5
const FONT = 16
const MOST_LINES = 5
const GREEN = '#149447'
const INK = '#1a1a1a'
const QUIET = '#6b6b6b'
const LINE = '#d5d5d5'
const FACE = 'font-family="DejaVu Sans, Helvetica, Arial, sans-serif"'

/** Where the picture of rank `column` (from 0) of row `row` lies: its upper left corner, and its side in pixels. */
export const cellAt = (row: number, column: number): { readonly x: number, readonly y: number, readonly side: number } =>
  ({ x: MARGIN + CAPTION + GAP + column * (CELL + GAP), y: HEAD + MARGIN + row * ROW, side: CELL })

/** The size of a sheet in pixels. */
export const sheetSize = (sheet: Sheet): { readonly width: number, readonly height: number } => {
  const columns = Math.max(1, ...sheet.rows.map(row => row.pictures.length))
  const legend = MARGIN * 2 + Math.ceil(textWidth(LEGEND) * 14) + 30
  const title = MARGIN * 2 + Math.ceil(textWidth(sheet.title) * TITLE * 1.1) // bold
  return {
    width: Math.max(cellAt(0, columns).x - GAP + MARGIN, legend, title),
    height: cellAt(Math.max(1, sheet.rows.length), 0).y - (ROW - CELL) + MARGIN,
  }
}

const LEGEND = 'belongs to the caption; the number is the rank by score'

// Control characters are not allowed in XML at all.
const escape = (text: string): string => text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, ' ')
  .replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')

const text = (x: number, y: number, size: number, fill: string, content: string, more = ''): string =>
  `<text x="${x}" y="${y}" font-size="${size}" fill="${fill}" ${FACE} ${more}>${escape(content)}</text>`

const frame = (x: number, y: number, side: number): string => {
  const out = FRAME / 2 // drawn around the picture, so that nothing of it is hidden
  const place = `x="${x - out}" y="${y - out}" width="${side + FRAME}" height="${side + FRAME}"`
  return `<rect ${place} rx="3" fill="none" stroke="${GREEN}" stroke-width="${FRAME}"/>`
}

const edge = (x: number, y: number, side: number): string =>
  `<rect x="${x - 0.5}" y="${y - 0.5}" width="${side + 1}" height="${side + 1}" fill="none" stroke="${LINE}"/>`

const captionText = (caption: string, row: number): string => {
  const lines = wrapText(caption, CAPTION / FONT, MOST_LINES)
  const lineHeight = FONT * 1.3
  const first = cellAt(row, 0).y + CELL / 2 - (lines.length - 1) * lineHeight / 2 + FONT * 0.35
  return lines.map((line, i) => text(MARGIN, first + i * lineHeight, FONT, INK, line)).join('')
}

const rowMarks = (row: SheetRow, index: number): string => [
  captionText(row.caption, index),
  ...row.pictures.map(({ correct }, column) => {
    const { x, y, side } = cellAt(index, column)
    return correct ? frame(x, y, side) : edge(x, y, side)
  }),
].join('')

const head = (sheet: Sheet): string => {
  const columns = Math.max(0, ...sheet.rows.map(row => row.pictures.length))
  const ranks = Array.from({ length: columns }, (_, column) =>
    text(cellAt(0, column).x + CELL / 2, HEAD + MARGIN - 12, 14, QUIET, String(column + 1), 'text-anchor="middle"'))
  return [
    text(MARGIN, MARGIN + TITLE - 4, TITLE, INK, sheet.title, 'font-weight="bold"'),
    ...sheet.judged === false ? [] : [frame(MARGIN + 3, MARGIN + 42, 12), text(MARGIN + 28, MARGIN + 53, 14, QUIET, LEGEND)],
    text(MARGIN, HEAD + MARGIN - 12, 14, QUIET, 'caption'),
    ...ranks,
  ].join('')
}

const overlay = (sheet: Sheet): Buffer => {
  const { width, height } = sheetSize(sheet)
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${head(sheet)}${
    sheet.rows.map(rowMarks).join('')}</svg>`)
}

// Small pictures are enlarged smoothly; nearest neighbour would show blocks of uneven size.
const placed = async (picture: SheetPicture, row: number, column: number): Promise<OverlayOptions> => {
  const { pixels, size } = picture
  if (pixels.length !== size * size * 3) {
    throw new RangeError(`picture ${column + 1} of row ${row + 1} has ${pixels.length} bytes, but ${size} by ${size} pixels need ${size * size * 3}`)
  }
  const { x, y, side } = cellAt(row, column)
  const input = await sharp(pixels, { raw: { width: size, height: size, channels: 3 } })
    .resize(side, side, { kernel: 'cubic' }).removeAlpha().raw().toBuffer()
  return { input, raw: { width: side, height: side, channels: 3 }, left: x, top: y }
}

/**
 * A contact sheet as a PNG on white: one row a caption, its pictures in the order of their rank, a green frame around the
 * correct ones. Rejects if a picture's pixels are not `3 * size * size` bytes.
 */
export const contactSheet = async (sheet: Sheet): Promise<Buffer> => {
  const { width, height } = sheetSize(sheet)
  const pictures = await Promise.all(sheet.rows.flatMap((row, y) => row.pictures.map((picture, x) => placed(picture, y, x))))
  return sharp({ create: { width, height, channels: 3, background: 'white' } })
    .composite([...pictures, { input: overlay(sheet), left: 0, top: 0 }]).removeAlpha().png().toBuffer()
}
