import sharp from 'sharp'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cellAt, contactSheet, sheetSize, type Sheet } from '../../../runtime/training/sheet.ts'

const flat = (red: number, green: number, blue: number, correct: boolean) => {
  const size = 8
  return { pixels: Uint8Array.from({ length: size * size * 3 }, (_, i) => [red, green, blue][i % 3] ?? 0), size, correct }
}

const rows = (count: number): Sheet['rows'] => Array.from({ length: count }, (_, row) => ({
  caption: `caption ${row} <&> "quoted" \u0001`,
  pictures: [flat(200, 0, 0, false), flat(0, 0, 200, true), flat(row, 100, 0, row === 1)],
}))

const decoded = async (sheet: Sheet) => {
  const { data, info } = await sharp(await contactSheet(sheet)).raw().toBuffer({ resolveWithObject: true })
  const pixel = (x: number, y: number): readonly number[] => [...data.subarray((y * info.width + x) * info.channels).subarray(0, 3)]
  return { info, pixel }
}

const isGreen = ([red = 0, green = 0, blue = 0]: readonly number[]): boolean => green > red + 60 && green > blue + 60

test('pictures stand in rank order on white, correct ones in a green frame', async () => {
  const sheet: Sheet = { title: 'a <title> & more', rows: rows(10) }
  const { info, pixel } = await decoded(sheet)
  assert.equal({ width: info.width, height: info.height }, sheetSize(sheet))
  assert.is(info.format, 'raw')
  assert.is(info.channels, 3)
  for (const row of [0, 1, 9]) {
    const middles = [0, 1, 2].map(column => {
      const { x, y, side } = cellAt(row, column)
      return pixel(x + side / 2, y + side / 2)
    })
    assert.equal(middles, [[200, 0, 0], [0, 0, 200], [row, 100, 0]])
    const frames = [0, 1, 2].map(column => {
      const { x, y, side } = cellAt(row, column)
      return [[x - 3, y + side / 2], [x + side + 2, y + side / 2], [x + side / 2, y - 3], [x + side / 2, y + side + 2]]
        .every(([px = 0, py = 0]) => isGreen(pixel(px, py)))
    })
    assert.equal(frames, [false, true, row === 1])
  }
  const corners = [[0, 0], [info.width - 1, 0], [0, info.height - 1], [info.width - 1, info.height - 1]]
  for (const [x = 0, y = 0] of corners) assert.equal(pixel(x, y), [255, 255, 255])
  assert.equal(pixel(cellAt(0, 0).x - 8, cellAt(0, 0).y + 50), [255, 255, 255])
})

test('a picture is not hidden by its frame: its edge keeps its colour', async () => {
  const { pixel } = await decoded({ title: '', rows: rows(1) })
  const { x, y, side } = cellAt(0, 1)
  assert.equal(pixel(x + 2, y + side / 2), [0, 0, 200])
})

test('rows of different lengths, no rows, and wide titles fit', async () => {
  for (const sheet of [{ title: 'none', rows: [] }, { title: 't'.repeat(80), rows: [{ caption: '', pictures: [] }, ...rows(1)] }]) {
    const { info } = await decoded(sheet)
    assert.equal({ width: info.width, height: info.height }, sheetSize(sheet))
  }
})

test('a buffer of the wrong length is refused with its place', async () => {
  const broken = { pixels: new Uint8Array(10), size: 8, correct: false }
  const message = await contactSheet({ title: '', rows: [{ caption: '', pictures: [flat(0, 0, 0, true), broken] }] })
    .then(() => 'accepted', error => String(error))
  assert.match(message, /picture 2 of row 1 has 10 bytes, but 8 by 8 pixels need 192/)
})

test.run()
