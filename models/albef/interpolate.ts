import { concat, constant, dot, flatten, sizeAlong, slice, unflatten, type Tensor } from '../../compiler/language/index.ts'

/** Keys' cubic with a = −0.75, which PyTorch uses for tensors (pictures are resized with a = −0.5). */
const cubic = (distance: number): number => {
  const [a, x] = [-0.75, Math.abs(distance)]
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
}

/** Weights of one side's old places in each new one, row by row: half-pixel centres, four taps, the border repeated, no antialiasing. */
const weights = (from: number, to: number): readonly number[] =>
  Array.from({ length: to }, (_, place) => {
    const centre = ((place + 0.5) * from) / to - 0.5
    const row = Array.from({ length: from }, () => 0)
    for (let tap = Math.floor(centre) - 1; tap <= Math.floor(centre) + 2; tap++) {
      const at = Math.min(Math.max(tap, 0), from - 1)
      row[at] = (row[at] ?? 0) + cubic(centre - tap)
    }
    return row
  }).flat()

/**
 * Position embeddings of another picture size: the class token's row stays, the others are a square grid of side `from` and are resized to
 * side `to` by bicubic interpolation, as two constant matrices. The same sides give the same tensor.
 */
export const interpolatePositions = (positions: Tensor<'token' | 'hidden'>, from: number, to: number): Tensor<'token' | 'hidden'> => {
  if (from === to) return positions
  const table = weights(from, to)
  const grid = unflatten(slice('token', 1, sizeAlong('token', positions) - 1, positions), 'token', { row: from, column: from })
  const rows = dot('row', constant({ newRow: to, row: from }, table), grid)
  const resized = dot('column', constant({ newColumn: to, column: from }, table), rows)
  return concat('token', [slice('token', 0, 1, positions), flatten(resized, ['newRow', 'newColumn'], 'token')])
}
