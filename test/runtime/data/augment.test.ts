import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ALBEF_AUGMENTATION, createAugmenter, dropColour, flipRows, NO_AUGMENTATION, randomBox } from '../../../runtime/data/augment.ts'
import { draws, keyOf } from '../../../runtime/data/random.ts'

const crop = { scale: [0.2, 1], ratio: [3 / 4, 4 / 3] } as const
const noise = (seed: number, length: number): Uint8Array => {
  const random = draws(keyOf(seed))
  return Uint8Array.from({ length }, () => Math.floor(random() * 256))
}

test('random boxes lie inside the picture, with area and aspect ratio in their ranges, and reach every corner', () => {
  const seed = 21
  const random = draws(keyOf(seed))
  const boxes = Array.from({ length: 2000 }, () => randomBox(64, 96, crop, random))
  for (const { top, left, height, width } of boxes) {
    const message = `seed ${seed}: ${JSON.stringify({ top, left, height, width })}`
    assert.ok(top >= 0 && left >= 0 && top + height <= 64 && left + width <= 96, message)
    // Sides are rounded to whole pixels: half a pixel each way.
    assert.ok((height + 0.5) * (width + 0.5) >= 0.2 * 64 * 96 && (height - 0.5) * (width - 0.5) <= 64 * 96, message)
    assert.ok((width + 0.5) / (height - 0.5) >= 3 / 4 && (width - 0.5) / (height + 0.5) <= 4 / 3, message)
  }
  assert.ok(boxes.some(({ top, left }) => top === 0 && left === 0))
  assert.ok(boxes.some(({ top, left, height, width }) => top + height === 64 && left + width === 96))
  const mean = boxes.reduce((sum, { height, width }) => sum + height * width, 0) / boxes.length / (64 * 96)
  assert.ok(mean > 0.4 && mean < 0.6, `seed ${seed}: mean share ${mean}`)
})

test('a picture too narrow for any box gives its centre', () => {
  const box = randomBox(100, 4, { scale: [0.9, 1], ratio: [3 / 4, 4 / 3] }, draws(keyOf(1)))
  assert.equal(box, { top: 47, left: 0, height: 5, width: 4 })
})

test('flipping twice gives the picture back, flipping once mirrors each row', () => {
  const image = noise(2, 5 * 4 * 3)
  const flipped = image.slice()
  flipRows(flipped, 5, 4)
  assert.equal([...flipped.subarray(0, 3)], [...image.subarray(9, 12)])
  flipRows(flipped, 5, 4)
  assert.equal(flipped, image)
})

test('colour is dropped to the luma', () => {
  const image = Uint8Array.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 7, 7, 7])
  dropColour(image)
  assert.equal([...image], [76, 76, 76, 150, 150, 150, 29, 29, 29, 255, 255, 255, 7, 7, 7])
})

test('no augmentation leaves the picture as it is', () => {
  const data = noise(3, 2 * 16 * 16 * 3)
  const target = new Uint8Array(16 * 16 * 3)
  createAugmenter(16, 16, NO_AUGMENTATION)({ data, offset: 768, height: 16, width: 16 }, target, draws(keyOf(0)))
  assert.equal(target, data.slice(768))
})

test('the same random numbers give the same picture, whatever was made before, in another size than stored', () => {
  const source = { data: noise(4, 24 * 24 * 3), offset: 0, height: 24, width: 24 }
  const options = { ...ALBEF_AUGMENTATION, grayscale: 0.2 }
  const augment = createAugmenter(24, 32, options)
  const make = (seed: number) => {
    const target = new Uint8Array(32 * 32 * 3)
    augment(source, target, draws(keyOf(seed)))
    return target
  }
  const first = Array.from({ length: 40 }, (_, seed) => make(seed))
  for (const seed of [39, 7, 0]) assert.equal(make(seed), first[seed])
  assert.is(new Set(first.map((image) => image.join())).size, 40)
  const grey = first.filter((image) => image.every((value, at) => value === image[at - (at % 3)]))
  assert.ok(grey.length > 0 && grey.length < 20, `${grey.length} of 40 are grey`)
})

test('half of the pictures are mirrored', () => {
  const source = { data: noise(6, 8 * 8 * 3), offset: 0, height: 8, width: 8 }
  const mirrored = source.data.slice()
  flipRows(mirrored, 8, 8)
  const augment = createAugmenter(8, 8, { ...NO_AUGMENTATION, flip: true })
  let count = 0
  for (let seed = 0; seed < 400; seed++) {
    const target = new Uint8Array(8 * 8 * 3)
    augment(source, target, draws(keyOf(seed)))
    const flipped = target.join() === mirrored.join()
    assert.ok(flipped || target.join() === source.data.join())
    if (flipped) count++
  }
  assert.ok(count > 150 && count < 250, `${count} of 400`)
})

test.run()
