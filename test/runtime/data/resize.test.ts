import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { flipRows } from '../../../runtime/data/augment.ts'
import { type Box, resize } from '../../../runtime/data/resize.ts'
import { goldenTensors } from './golden.ts'

const golden = goldenTensors('image_ops.safetensors')
const input = { data: Uint8Array.from(golden('input_u8').data), offset: 0, height: 32, width: 40 }
const whole: Box = { top: 0, left: 0, height: 32, width: 40 }

const resized = (box: Box, height: number, width: number): Uint8Array => {
  const data = new Uint8Array(height * width * 3)
  resize(input, box, { data, offset: 0, height, width })
  return data
}

for (const [name, height, width] of [['resize_anis', 24, 24], ['resize_down16', 16, 16], ['resize_up48', 48, 48]] as const)
  test(`${name} is Pillow's, bit for bit`, () => assert.equal([...resized(whole, height, width)], [...Array.from(golden(`${name}_u8`).data)]))

const MEAN = [0.48145466, 0.4578275, 0.40821073]
const DEVIATION = [0.26862954, 0.26130258, 0.27577711]

/** The value at channel-first index `index` after the official normalisation. */
const normalised = (image: Uint8Array, index: number, pixels: number): number => {
  const channel = Math.floor(index / pixels)
  return ((image[(index % pixels) * 3 + channel] ?? 0) / 255 - (MEAN[channel] ?? 0)) / (DEVIATION[channel] ?? 1)
}

for (const number of [0, 1, 2])
  test(`crop ${number}, resized, is Pillow's bit for bit, and mirrored it is the official training picture`, () => {
    const [top = 0, left = 0, height = 0, width = 0] = Array.from(golden(`crop${number}_box_ijhw`).data)
    const image = resized({ top, left, height, width }, 32, 32)
    assert.equal([...image], Array.from(golden(`crop${number}_u8`).data))
    flipRows(image, 32, 32)
    const expected = golden(`crop${number}_flip_norm`).data
    assert.is(expected.length, image.length)
    Array.from(expected).forEach((value, index) => assert.ok(Math.abs(normalised(image, index, 1024) - value) < 1e-5))
  })

test('a box of the target size is copied, from and to an offset', () => {
  const source = { ...input, data: Uint8Array.from([9, 9, 9, ...input.data]), offset: 3 }
  const data = new Uint8Array(5 + 2 * 3 * 3)
  resize(source, { top: 4, left: 6, height: 2, width: 3 }, { data, offset: 5, height: 2, width: 3 })
  const row = (y: number) => [...input.data.subarray((y * 40 + 6) * 3, (y * 40 + 9) * 3)]
  assert.equal([...data], [0, 0, 0, 0, 0, ...row(4), ...row(5)])
})

test.run()
