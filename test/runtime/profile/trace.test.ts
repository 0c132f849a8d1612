// What a trace is made of, without TensorFlow: its encoding, its sums and its lanes.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { mul, tanh } from '../../../compiler/primitives/index.ts'
import { within } from '../../../compiler/program/node.ts'
import { encodeMessage, writeInt, writeMessage, writeString, type Writer } from '../../../compiler/targets/tensorflow/protobuf.ts'
import { readFields } from '../../../compiler/targets/tensorflow/protobuf-read.ts'
import { accountOf, busyTime, eventsOf, nobody, spanOf } from '../../../runtime/profile/attribute.ts'
import { chromeTrace } from '../../../runtime/profile/chrome.ts'
import { devicesOf, type Execution } from '../../../runtime/profile/step-stats.ts'
import { argument, number, programOf } from '../../compiler/passes/programs.ts'

test('what the writer writes the reader reads', () => {
  const numbers = [0, 1, 127, 128, 300, 2 ** 31, 2 ** 52 + 1, Number.MAX_SAFE_INTEGER, -1, -300, -(2 ** 40)]
  const bytes = encodeMessage(out => {
    numbers.forEach((value, i) => writeInt(out, i + 1, value))
    writeString(out, 100, 'Zeile äöü')
  })
  const found = [...readFields(bytes)]
  assert.equal(found.slice(0, -1), numbers.map((value, i) => ({ field: i + 1, value })))
  assert.equal(found.at(-1), { field: 100, value: new TextEncoder().encode('Zeile äöü') })
})

test('a message that ends too early is an error', () => {
  const bytes = encodeMessage(out => writeString(out, 2, 'something'))
  for (let length = 1; length < bytes.length; length++) assert.throws(() => [...readFields(bytes.subarray(0, length))], /ends in the middle of a field/)
})

const micros = 1_795_472_082_104_779

const written = (out: Writer, { name, label, start, end }: Execution): void => writeMessage(out, 2, () => {
  writeString(out, 1, name)
  writeInt(out, 2, micros)
  writeString(out, 8, label)
  writeInt(out, 3, start - micros)
  writeInt(out, 4, end - micros)
})

const at = (name: string, label: string, start: number, end: number): Execution => ({ name, label, start: micros + start, end: micros + end, thread: 0 })

const executions = [
  at('call', 'call = StatefulPartitionedCall(x)', 0, 100),
  at('layer/Mul', 'layer/Mul = Mul(x, c)', 10, 40),
  at('layer/Tanh', 'layer/Tanh = _MklTanh(layer/Mul)', 30, 50),
  at('other/_3', 'other/_3 = _Send(x)', 70, 80),
]

test('devices, names and times are read from RunMetadata', () => {
  const device = '/job:localhost/replica:0/task:0/device:CPU:0'
  const metadata = encodeMessage(out => writeMessage(out, 1, () => writeMessage(out, 1, () => {
    writeString(out, 1, device)
    for (const each of executions) written(out, each)
    writeMessage(out, 3, () => {
      writeInt(out, 1, 7)
      writeString(out, 2, 'pool')
    })
  })))
  assert.equal(devicesOf(metadata), [{ device, executions, threads: new Map([[7, 'pool']]) }])
  assert.equal(devicesOf(new Uint8Array()), [])
})

const x = argument('x', { row: 4 })
const scaled = within({ scopes: ['layer'] }, () => mul([x, number(2)], {}))
const squashed = within({ scopes: ['layer'], backward: true }, () => tanh([scaled], {}))
const program = programOf(squashed)
const events = eventsOf([{ device: '/device:CPU:0', executions, threads: new Map() }], new Map([['layer/Mul', scaled], ['layer/Tanh', squashed]]))

test('operations are followed back to nodes; a call is not counted twice', () => {
  const { total, attributed, scopes, lines, kinds, work } = accountOf(events, program, 1)
  assert.is(total, 60)
  assert.is(attributed, 50)
  assert.equal(scopes.map(({ name, time, backward, count }) => [name, time, backward, count]), [['layer', 50, 20, 2], [nobody, 10, 0, 1], ['(no scope)', 0, 0, 0]])
  assert.is(lines.filter(({ name }) => name.startsWith('test/runtime/profile/trace.test.ts:')).reduce((sum, { time }) => sum + time, 0), 50)
  assert.equal(kinds.map(({ name, time }) => [name, time]), [['Mul', 30], ['Tanh', 20], ['_Send', 10]])
  assert.is(work.flops, scaled.rules.cost(scaled) + squashed.rules.cost(squashed))
  assert.is(accountOf(events, program, 6).work.flops, 6 * work.flops)
})

test('what runs at once is busy once', () => {
  assert.is(busyTime(events), 50)
  assert.is(spanOf(events), 100)
  assert.is(spanOf([]), 0)
})

test('the trace is JSON in which operations that overlap lie in different lanes', () => {
  const trace: unknown = JSON.parse(chromeTrace('tiny', [events, events]))
  const all: unknown = typeof trace === 'object' && trace !== null && 'traceEvents' in trace ? trace.traceEvents : undefined
  if (!Array.isArray(all)) throw new Error('there are no events')
  const complete = all.filter(event => event.ph === 'X')
  assert.is(complete.length, 8)
  assert.equal(complete.slice(0, 8).filter(({ cat }) => cat === 'Mul' || cat === 'Tanh').map(({ ts, dur, name }) => [ts, dur, name]).slice(0, 1), [[10, 30, 'mul (Mul)']])
  for (const one of complete) for (const other of complete) {
    if (one !== other && one.tid === other.tid && one.tid !== 0) assert.ok(one.ts + one.dur <= other.ts || other.ts + other.dur <= one.ts, `${one.name} and ${other.name}`)
  }
})

test.run()
