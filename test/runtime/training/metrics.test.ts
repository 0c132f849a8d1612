import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatMetrics, openMetrics, parseMetrics, readMetrics, withoutRepeated } from '../../../runtime/training/metrics.ts'
import { inTemporaryFolder } from '../checkpoints/temporary.ts'

const right = <A>(either: E.Either<string, A>): A => {
  if (E.isLeft(either)) throw new Error(either.left)
  return either.right
}

test('numbers that JSON lacks survive', () => {
  const text = formatMetrics({ step: 3, loss: NaN, norm: Infinity, low: -Infinity, kind: 'train', finite: false })
  assert.is(text, '{"step":3,"loss":"NaN","norm":"Infinity","low":"-Infinity","kind":"train","finite":false}')
  const [line] = parseMetrics(text).lines
  assert.ok(Number.isNaN(line?.['loss']))
  assert.equal([line?.['norm'], line?.['low'], line?.['kind'], line?.['finite']], [Infinity, -Infinity, 'train', false])
})

test('a record can be read as soon as it is appended, and appending goes on after a reopening', () => inTemporaryFolder(folder => {
  const path = join(folder, 'metrics.jsonl')
  const first = right(openMetrics(path))
  right(first.append({ step: 1, loss: 2.5 }))
  assert.is(readFileSync(path, 'utf8'), '{"step":1,"loss":2.5}\n')
  right(first.close())
  const second = right(openMetrics(path))
  right(second.append({ step: 2, loss: 2 }))
  right(second.close())
  assert.equal(right(readMetrics(path)), [{ step: 1, loss: 2.5 }, { step: 2, loss: 2 }])
  assert.ok(E.isLeft(second.append({ step: 3 })))
}))

test('a line that a crash cut off harms no other', () => inTemporaryFolder(folder => {
  const path = join(folder, 'metrics.jsonl')
  right(right(openMetrics(path)).append({ step: 1 }))
  appendFileSync(path, '{"step":2,"lo')
  assert.equal(parseMetrics(readFileSync(path, 'utf8')), { lines: [{ step: 1 }], broken: 1 })
  right(right(openMetrics(path)).append({ step: 2 }))
  assert.equal(parseMetrics(readFileSync(path, 'utf8')), { lines: [{ step: 1 }, { step: 2 }], broken: 1 })
}))

test('lines without a step, and values that are none, are left out', () => {
  assert.equal(parseMetrics('{"loss":1}\n[1]\nnull\n{"step":1,"a":null,"b":[1],"c":2}\n'), { lines: [{ step: 1, c: 2 }], broken: 3 })
})

test('of steps done twice the second attempt counts', () => {
  const at = (step: number, loss: number) => ({ step, loss })
  const lines = [at(1, 9), at(2, 8), at(3, 7), at(2, 6), { step: 2, split: 'val' }, at(3, 5)]
  assert.equal(withoutRepeated(lines), [at(1, 9), at(2, 6), { step: 2, split: 'val' }, at(3, 5)])
})

test('a missing file is one sentence with its path', () => inTemporaryFolder(folder => {
  const path = join(folder, 'none', 'metrics.jsonl')
  assert.equal(readMetrics(path), E.left(`${path}: cannot be read: no such file`))
  assert.equal(openMetrics(path), E.left(`${path}: cannot be written: no such file`))
}))

test.run()
