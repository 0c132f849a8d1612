import { type HeatMap, resizeMap } from './heat-map.ts'

/** Pictures with maps over them, as pixels. */

/** A square picture: `size` x `size` pixels of red, green and blue, row by row. */
export interface Square {
  readonly pixels: Uint8Array
  readonly size: number
}

/** Stops of the colours from nothing to most: dark blue, violet, orange, light yellow; their lightness rises evenly. */
const STOPS = [[10, 10, 60], [110, 20, 120], [230, 90, 30], [255, 235, 120]] as const

const between = (one: number, other: number, share: number): number => one + (other - one) * share

/** The colour of a value from 0 to 1. */
export const colourOf = (value: number): readonly [number, number, number] => {
  const place = Math.max(0, Math.min(1, value)) * (STOPS.length - 1)
  const [low = STOPS[0], high = low] = STOPS.slice(Math.min(STOPS.length - 2, Math.floor(place)))
  const share = place - Math.min(STOPS.length - 2, Math.floor(place))
  return [between(low[0], high[0], share), between(low[1], high[1], share), between(low[2], high[2], share)]
}

/** The largest value of maps: what their colours are relative to. */
export const peakOf = (maps: readonly HeatMap[]): number => maps.reduce((most, { data }) => data.reduce((own, value) => Math.max(own, value), most), 0)

const [DIMMED, COVER] = [0.35, 0.45]

/** A picture under a map: dark and blue where the map is nothing, in its own brightness and yellow where it is `peak`, so that what is looked at is seen best. */
export const overlay = ({ pixels, size }: Square, map: HeatMap, peak: number = peakOf([map])): Uint8Array => {
  const { data } = resizeMap(map, size, size)
  const out = new Uint8Array(pixels)
  data.forEach((value, at) => {
    const height = peak > 0 ? Math.max(0, Math.min(1, value / peak)) : 0
    colourOf(height).forEach((part, channel) => {
      out[at * 3 + channel] = Math.round(between((pixels[at * 3 + channel] ?? 0) * between(DIMMED, 1, height), part, COVER))
    })
  })
  return out
}
