import sharp from 'sharp'
import type { Box } from '../boxes.ts'
import type { Plan } from './plan.ts'
import type { Thing } from './scene.ts'

/** The picture of a noun in a style as SVG text of `size` x `size` pixels. */
export type Drawing = (thing: Plan['things'][number], size: number) => string

/** From this opacity on a pixel belongs to the thing (anti-aliased edges and soft shadows do not). */
const OPAQUE = 64

interface Layer {
  readonly pixels: Buffer
  readonly box: Box
}

/** The smallest box around the opaque pixels of an RGBA picture; undefined where there are none. */
export const boxOf = (pixels: Uint8Array, height: number, width: number): Box | undefined => {
  let [left, top, right, bottom] = [width, height, -1, -1]
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      if ((pixels[(row * width + column) * 4 + 3] ?? 0) < OPAQUE) continue
      left = Math.min(left, column)
      right = Math.max(right, column)
      top = Math.min(top, row)
      bottom = row
    }
  return right < 0 ? undefined : [left, top, right - left + 1, bottom - top + 1]
}

const layerOf = async (thing: Plan['things'][number], drawing: Drawing): Promise<Layer> => {
  const [left, top, side] = thing.square
  const { data, info } = await sharp(Buffer.from(drawing(thing, side)))
    .resize(side, side, { fit: 'contain', background: '#0000' })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const box = boxOf(data, info.height, info.width)
  if (box === undefined) throw new Error(`the ${thing.style} picture of '${thing.noun.concept}' is empty`)
  return { pixels: data, box: [left + box[0], top + box[1], box[2], box[3]] }
}

const CARD = (side: number): Buffer =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}" viewBox="0 0 20 20">
      <rect x="1" y="1" width="18" height="18" rx="3" fill="#4a5568" stroke="#2d3748" stroke-width="1.5"/>
      <path d="M4 4 16 16 M10 4 16 10 M4 10 10 16" stroke="#718096" stroke-width="1.2"/></svg>`,
  )

/** Draws a scene into a file; gives back where its things and its card lie. */
export const drawScene = async (plan: Plan, size: number, drawing: Drawing, file: string): Promise<{ things: Thing[]; card: Box | undefined }> => {
  const seen = plan.things.filter(({ covered }) => !covered)
  const layers = await Promise.all(seen.map((thing) => layerOf(thing, drawing)))
  const card = plan.things.find(({ covered }) => covered)?.square
  const [r, g, b] = plan.background
  const pictures = layers.map(({ pixels }, index) => {
    const [left, top, side] = seen[index]?.square ?? [0, 0, 0]
    return { input: pixels, raw: { width: side, height: side, channels: 4 as const }, left, top }
  })
  const cards = card === undefined ? [] : [{ input: CARD(card[2]), left: card[0], top: card[1] }]
  await sharp({ create: { width: size, height: size, channels: 3, background: { r, g, b } } })
    .composite([...pictures, ...cards])
    .png()
    .toFile(file)
  const things = seen.flatMap(({ noun, style }, index): Thing[] => {
    const box = layers[index]?.box
    return box === undefined ? [] : [{ noun, style, box }]
  })
  return { things, card }
}
