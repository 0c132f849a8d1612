/** A map over a picture, row by row. */
export interface HeatMap {
  readonly data: Float32Array
  readonly height: number
  readonly width: number
}

/** PyTorch's cubic kernel: Keys with a = -0.75. */
const A = -0.75
const kernel = (distance: number): number => {
  const x = Math.abs(distance)
  if (x <= 1) return ((A + 2) * x - (A + 3)) * x * x + 1
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0
}

/** For each place of `to` along a line of `from`: the first of the four places that it is made from, and their weights. */
const weightsOf = (from: number, to: number) =>
  Array.from({ length: to }, (_, place) => {
    const centre = ((place + 0.5) * from) / to - 0.5
    const first = Math.floor(centre) - 1
    return { first, weights: [0, 1, 2, 3].map((step) => kernel(centre - first - step)) }
  })

const clamp = (value: number, below: number): number => Math.max(0, Math.min(below - 1, value))

/** The map at another size, bicubic with half-pixel centres and repeated borders, as torch's `interpolate(mode='bicubic')`. */
export const resizeMap = (map: HeatMap, height: number, width: number): HeatMap => {
  const wide = new Float64Array(map.height * width)
  weightsOf(map.width, width).forEach(({ first, weights }, column) => {
    for (let row = 0; row < map.height; row++)
      wide[row * width + column] = weights.reduce((sum, weight, step) => sum + weight * (map.data[row * map.width + clamp(first + step, map.width)] ?? 0), 0)
  })
  const data = new Float32Array(height * width)
  weightsOf(map.height, height).forEach(({ first, weights }, row) => {
    for (let column = 0; column < width; column++)
      data[row * width + column] = weights.reduce((sum, weight, step) => sum + weight * (wide[clamp(first + step, map.height) * width + column] ?? 0), 0)
  })
  return { data, height, width }
}
