import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  formatBar, formatLine, progressBar, stepProgress, summariseTimings, type Output, type StepLine,
} from '../../../runtime/training/progress.ts'

const line: StepLine = {
  step: 1234, steps: 20_000,
  metrics: [{ name: 'loss', value: 7.1234, digits: 3 }, { name: 'contrastive', value: 3.2, digits: 1 }, { name: 'matching', value: NaN, digits: 3 }],
  learningRate: 1e-4, alpha: 0.4, imagesPerSecond: 812.3, waiting: 0.03, secondsLeft: 200,
}

const whole = 'step 1,234/20,000  loss 7.123  contrastive 3.2  matching NaN  learning rate 1.00e-4  alpha 0.40  812 images/s  waiting for data 3 %  3 m 20 s left'

test('shows every field where there is room, and only those that are given', () => {
  assert.is(formatLine(line, Infinity), whole)
  assert.is(formatLine(line, whole.length), whole)
  assert.is(formatLine({ step: 3, metrics: [], imagesPerSecond: 7.25 }, 80), 'step 3  7.3 images/s')
  assert.is(formatLine({ step: 3, metrics: [], learningRate: 0 }, 80), 'step 3  learning rate 0')
})

test('fits every width, and drops the least important fields first', () => {
  for (let width = 0; width <= whole.length + 1; width++) assert.ok(formatLine(line, width).length <= width, `width ${width}`)
  assert.is(formatLine(line, whole.length - 1).includes('alpha'), false)
  assert.is(formatLine(line, 50), 'step 1,234/20,000  loss 7.123  3 m 20 s left')
  assert.is(formatLine(line, 30), 'step 1,234/20,000  loss 7.123')
  assert.is(formatLine(line, 10), 'step 1,234')
})

test('the bar is empty, partly full and full, and fits', () => {
  assert.is(formatBar('data', 0, 10, undefined, 30), 'data [                  ] 0/10')
  assert.is(formatBar('data', 5, 10, 12, 40), 'data [========>        ] 5/10  12 s left')
  assert.match(formatBar('data', 10, 10, 0, 60), /^data \[=+\] 10\/10$/)
  assert.is(formatBar('data', 0, 0, undefined, 17), 'data [======] 0/0')
  assert.is(formatBar('a long label', 5, 10, 12, 18), 'a long label 5/10')
  for (let width = 0; width < 60; width++) assert.ok(formatBar('data', 7, 1000, 99, width).length <= width, `width ${width}`)
})

test('speed, waiting and time left from the latest steps', () => {
  const timings = [{ seconds: 1, waitingSeconds: 0, images: 64 }, { seconds: 3, waitingSeconds: 1, images: 64 }]
  assert.equal(summariseTimings(timings, 10), { imagesPerSecond: 32, waiting: 0.25, secondsLeft: 20 })
  assert.equal(summariseTimings([], 10), {})
})

/** An output that keeps what is written, and a clock that is set by hand. */
const recorder = (isTTY: boolean, columns = 60) => {
  const written: string[] = []
  const clock = { seconds: 0 }
  const output: Output = { isTTY, columns, write: text => written.push(text) }
  return { written, clock, output, seconds: () => clock.seconds }
}

test('on a terminal the line is rewritten, not more than ten times a second, and ends with the latest step', () => {
  const { written, clock, output, seconds } = recorder(true)
  const progress = stepProgress(output, seconds)
  for (const step of [1, 2, 3]) progress.update({ step, metrics: [] })
  assert.equal(written, ['\r\u001b[Kstep 1'])
  clock.seconds = 0.2
  progress.update({ step: 4, metrics: [] })
  progress.note('saved step-000004.safetensors')
  progress.update({ step: 5, metrics: [] })
  progress.finish()
  assert.equal(written.slice(1), [
    '\r\u001b[Kstep 4', '\r\u001b[Ksaved step-000004.safetensors\n', '\r\u001b[Kstep 4', '\r\u001b[Kstep 5', '\n',
  ])
})

test('the line leaves the last column of a terminal free', () => {
  const { written, output, seconds } = recorder(true, 12)
  stepProgress(output, seconds).update(line)
  assert.is(written.join(''), '\r\u001b[Kstep 1,234/')
})

test('elsewhere a full line comes every ten seconds and at the end, once', () => {
  const { written, clock, output, seconds } = recorder(false)
  const progress = stepProgress(output, seconds)
  for (let step = 1; step <= 25; step++) {
    clock.seconds = step
    progress.update({ ...line, step })
  }
  progress.finish()
  progress.finish()
  assert.equal(written.map(text => /^step (\d+)\/20,000 .* left\n$/.exec(text)?.[1]), ['1', '11', '21', '25'])
})

test('a bar estimates the time left by the speed so far', () => {
  const { written, clock, output, seconds } = recorder(false)
  const bar = progressBar(output, 'evaluation', 100, seconds)
  clock.seconds = 20
  bar.update(40)
  clock.seconds = 50
  bar.update(100)
  bar.finish()
  assert.match(written[0] ?? '', /^evaluation \[=+> +\] 40\/100 {2}30 s left\n$/)
  assert.match(written[1] ?? '', /^evaluation \[=+\] 100\/100\n$/)
  assert.is(written.length, 2)
})

test.run()
