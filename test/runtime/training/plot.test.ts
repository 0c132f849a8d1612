import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import sharp from 'sharp'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { defaultPanels, pointsOf, smooth, thin, writeLossPlot } from '../../../runtime/training/plot.ts'
import { inTemporaryFolder } from '../checkpoints/temporary.ts'

const line = (values: readonly number[]) => values.map((value, step) => ({ step, value }))

const near = (actual: readonly { value: number }[], expected: readonly number[]): void => {
  assert.is(actual.length, expected.length)
  actual.forEach(({ value }, i) => assert.ok(Math.abs(value - (expected[i] ?? NaN)) < 1e-9, `point ${i}: ${value} instead of ${expected[i]}`))
}

test('smoothing leaves a straight line as it is, ends included', () => {
  const straight = Array.from({ length: 50 }, (_, i) => 3 - 0.2 * i)
  near(smooth(line(straight), 7), straight)
  near(smooth(line([4]), 3), [4])
  near(smooth([], 3), [])
})

test('smoothing fits a straight line around each point', () => {
  near(smooth(line([0, 3, 0]), 2), [1, 1, 1])
  near(smooth(line([0, 1, 5]), 2), [-0.5, 2, 4.5])
  near(smooth(line([0, 0, 9, 0, 0]), 1), [0, 3, 3, 3, 0])
})

test('thinning keeps the last point and at most as many as asked for', () => {
  const numbers = Array.from({ length: 101 }, (_, i) => i)
  assert.equal(thin(numbers, 200), numbers)
  assert.ok(thin(numbers, 10).length <= 10)
  assert.is(thin(numbers, 10).at(-1), 100)
})

test('panels: every loss in the order of the metrics, then the learning rate', () => {
  const panels = defaultPanels([{ step: 1, loss: 1, alpha: 0, rate: 1e-4 }, { step: 2, loss_itm: 1, lossWords: 2 }])
  assert.equal(panels.map(panel => [panel.key, panel.title, panel.unit]), [
    ['loss', 'total loss', 'nats'], ['loss_itm', 'loss: itm', 'nats'], ['lossWords', 'loss: words', 'nats'], ['rate', 'learning rate', ''],
  ])
})

test('points are the finite values', () => {
  assert.equal(pointsOf([{ step: 1, loss: 2 }, { step: 2, loss: NaN }, { step: 3 }, { step: 4, loss: 'x' }], 'loss'), [{ step: 1, value: 2 }])
})

const count = async (file: string, is: (red: number, green: number, blue: number) => boolean): Promise<number> => {
  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true })
  let found = 0
  for (let i = 0; i < data.length; i += info.channels) if (is(data[i] ?? 0, data[i + 1] ?? 0, data[i + 2] ?? 0)) found += 1
  return found
}

test('the plot is a PNG on white with two columns of panels and both curves', () => inTemporaryFolder(async folder => {
  const lines = Array.from({ length: 200 }, (_, step) => ({ step, loss: 5 - step / 50 + Math.sin(step * 12.9898) / 2, lossMatching: 0.6, learningRate: 1e-4 }))
  const file = join(folder, 'loss.png')
  assert.equal(await writeLossPlot(lines, file, { title: 'a run' })(), E.right(undefined))
  const { width = 0, height = 0, format, hasAlpha } = await sharp(file).metadata()
  assert.equal([format, hasAlpha], ['png', false])
  assert.ok(width > 1600 && width < 2600, `width ${width}`)
  assert.ok(height > 1000 && height < 1800, `height ${height}`)
  const white = await count(file, (red, green, blue) => red === 255 && green === 255 && blue === 255)
  assert.ok(white > 0.8 * width * height, `${white} white pixels`)
  assert.ok(await count(file, (red, green, blue) => red === 0x1f && green === 0x5f && blue === 0xa8) > 500, 'smoothed curve')
  assert.ok(await count(file, (red, green, blue) => red === 0x9d && green === 0xbf && blue === 0xe3) > 200, 'raw curve')
}))

test('one value can be drawn; none is an error that names what was looked for', () => inTemporaryFolder(async folder => {
  const file = join(folder, 'loss.png')
  assert.equal(await writeLossPlot([{ step: 1, loss: NaN }], file)(), E.left(`${file}: nothing to draw: the metrics hold no finite value of loss`))
  assert.not(existsSync(file))
  assert.equal(await writeLossPlot([{ step: 1, loss: 2 }], file)(), E.right(undefined))
  assert.equal(await writeLossPlot([{ step: 1, loss: 2 }], join(folder, 'none', 'x.png'))(),
    E.left(`${join(folder, 'none', 'x.png')}: cannot be drawn: no such file`))
}))

test.run()
