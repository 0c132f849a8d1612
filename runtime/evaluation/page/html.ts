import sharp from 'sharp'
import type { Box } from '../../data/boxes.ts'

/** A report as one file of HTML that needs nothing else: its pictures are in it. */

export interface Section {
  readonly title: string
  readonly html: string
}

export const escapeHtml = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')

const STYLE = `
body { font: 15px/1.45 "DejaVu Sans", Helvetica, Arial, sans-serif; color: #1a1a1a; max-width: 1180px; margin: 2em auto; padding: 0 1em }
pre { font: 13px/1.4 "DejaVu Sans Mono", monospace; overflow-x: auto; background: #f6f6f6; padding: 1em }
h2 { margin-top: 2em; border-bottom: 1px solid #d5d5d5 }
figure { display: inline-block; vertical-align: top; width: 150px; margin: 0 14px 14px 0; font-size: 13px }
figure.two { width: 310px }
.picture { position: relative; display: inline-block; width: 150px; height: 150px; margin-right: 4px }
.picture img, .picture svg { position: absolute; inset: 0; width: 100%; height: 100% }
.small .picture { width: 84px; height: 84px }
.right { outline: 4px solid #149447 }
table { border-collapse: collapse; margin: 1em 0 } td, th { padding: .3em .8em; text-align: right; border: 1px solid #d5d5d5; font-weight: normal }
td.name { text-align: left } .quiet { color: #6b6b6b }
`

/** The whole file. */
export const page = (title: string, sections: readonly Section[]): string =>
  [
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body><h1>${escapeHtml(title)}</h1>`,
    ...sections.map((section) => `<h2>${escapeHtml(section.title)}</h2>\n${section.html}`),
    '</body></html>\n',
  ].join('\n')

/** A box to draw over a picture, in its own pixels. */
export interface Drawn {
  readonly box: Box
  readonly stroke: string
  readonly dashed?: boolean
}

/** A square picture with boxes over it; `height` and `width` are those of the file that the boxes are measured in. */
export const pictureHtml = async (pixels: Uint8Array, size: number, options: { readonly boxes?: readonly Drawn[]; readonly height?: number; readonly width?: number; readonly right?: boolean } = {}): Promise<string> => {
  const png = await sharp(pixels, { raw: { width: size, height: size, channels: 3 } }).png().toBuffer()
  const { boxes = [], height = size, width = size, right = false } = options
  const rects = boxes.map(({ box: [left, top, wide, high], stroke, dashed }) => `<rect x="${left}" y="${top}" width="${wide}" height="${high}" fill="none" stroke="${stroke}" vector-effect="non-scaling-stroke" ${dashed === true ? 'stroke-width="1.5" stroke-dasharray="4 3"' : 'stroke-width="3"'}/>`)
  const svg = rects.length === 0 ? '' : `<svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none">${rects.join('')}</svg>`
  return `<span class="picture${right ? ' right' : ''}"><img alt="" src="data:image/png;base64,${png.toString('base64')}">${svg}</span>`
}

/** How often what is (rows) was taken for what (columns), shaded by the share of the row. */
export const confusionHtml = (names: readonly string[], counts: readonly (readonly number[])[]): string => {
  const cells = (row: readonly number[]): string => {
    const total = row.reduce((sum, count) => sum + count, 0)
    return row.map((count) => `<td style="background: rgba(31, 95, 168, ${((0.6 * count) / Math.max(1, total)).toFixed(3)})">${count}</td>`).join('')
  }
  const head = `<tr><td class="quiet">is \\ said</td>${names.map((name) => `<th>${escapeHtml(name)}</th>`).join('')}</tr>`
  return `<table>${head}${names.map((name, row) => `<tr><td class="name">${escapeHtml(name)}</td>${cells(counts[row] ?? [])}</tr>`).join('')}</table>`
}
