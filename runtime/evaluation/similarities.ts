// Two rows by four columns at once: each number read is used several times, and all sums stay in registers.
const TILE_ROWS = 2
const TILE_COLUMNS = 4

/** Dot products of rows `row` and the next of `left` with `column` and the next three of `right`, summed in double precision. */
const tile = (left: Float32Array, row: number, right: Float32Array, column: number, width: number, sums: Float64Array): void => {
  let [a0, a1, a2, a3, b0, b1, b2, b3] = [0, 0, 0, 0, 0, 0, 0, 0]
  let from = row * width
  let to = column * width
  for (const end = from + width; from < end; from++, to++) {
    const a = left[from] ?? 0
    const b = left[from + width] ?? 0
    const r0 = right[to] ?? 0
    const r1 = right[to + width] ?? 0
    const r2 = right[to + 2 * width] ?? 0
    const r3 = right[to + 3 * width] ?? 0
    a0 += a * r0
    a1 += a * r1
    a2 += a * r2
    a3 += a * r3
    b0 += b * r0
    b1 += b * r1
    b2 += b * r2
    b3 += b * r3
  }
  sums[0] = a0
  sums[1] = a1
  sums[2] = a2
  sums[3] = a3
  sums[4] = b0
  sums[5] = b1
  sums[6] = b2
  sums[7] = b3
}

/** The table with rows of zeros after it, up to a whole number of tiles. */
const padded = (table: Float32Array, rows: number, width: number, tileRows: number): Float32Array => {
  const out = new Float32Array(Math.ceil(rows / tileRows) * tileRows * width)
  out.set(table)
  return out
}

/** Dot products of every row of `left` with every row of `right`, [left, right]; rows are `width` numbers long. */
export const similarities = (left: Float32Array, right: Float32Array, width: number): Float32Array => {
  const rows = left.length / width
  const columns = right.length / width
  const upper = padded(left, rows, width, TILE_ROWS)
  const across = padded(right, columns, width, TILE_COLUMNS)
  const all = new Float32Array(rows * columns)
  const sums = new Float64Array(TILE_ROWS * TILE_COLUMNS)
  for (let row = 0; row < rows; row += TILE_ROWS)
    for (let column = 0; column < columns; column += TILE_COLUMNS) {
      tile(upper, row, across, column, width, sums)
      const wide = Math.min(TILE_COLUMNS, columns - column)
      for (let i = 0; i < Math.min(TILE_ROWS, rows - row); i++)
        for (let j = 0; j < wide; j++) all[(row + i) * columns + column + j] = sums[i * TILE_COLUMNS + j] ?? 0
    }
  return all
}
