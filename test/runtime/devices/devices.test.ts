import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { erase, type AnyDefinition } from '../../../compiler/language/index.ts'
import { chosenDevices, describeDevices, onDevices, parseDevices, type Devices } from '../../../runtime/devices/devices.ts'

const chosen = (text: string, gpus: number): E.Either<string, Devices | undefined> => E.chain((wanted: Parameters<typeof chosenDevices>[0]) => chosenDevices(wanted, gpus))(parseDevices(text))

const cases: readonly (readonly [text: string, gpus: number, devices: Devices | undefined])[] = [
  ['1', 0, undefined], ['1', 8, undefined], ['4', 0, { kind: 'cpu', count: 4 }], ['4', 8, { kind: 'gpu', count: 4 }], ['8', 8, { kind: 'gpu', count: 8 }],
  ['cpu:4', 0, { kind: 'cpu', count: 4 }], ['cpu:4', 8, { kind: 'cpu', count: 4 }], ['cpu:1', 0, { kind: 'cpu', count: 1 }], ['gpu:1', 1, { kind: 'gpu', count: 1 }],
]
for (const [text, gpus, devices] of cases) test(`--devices ${text} where ${gpus} graphics processors are seen`, () => assert.equal(chosen(text, gpus), E.right(devices)))

const wrong: readonly (readonly [text: string, gpus: number, sentence: string])[] = [
  ['4', 1, '--devices 4: TensorFlow sees one graphics processor here; --devices cpu:4 makes so many devices of the processor'],
  ['4', 2, '--devices 4: TensorFlow sees 2 graphics processors here; --devices cpu:4 makes so many devices of the processor'],
  ['gpu:1', 0, '--devices gpu:1: TensorFlow sees no graphics processor here; --devices cpu:1 makes so many devices of the processor'],
  ...['', '0', '-1', '2.5', 'four', 'cpu', 'cpu:', 'cpu:0', 'tpu:4', '4 ', '12345'].map(text => [text, 0, `--devices ${text}: wanted a number of devices, such as 4, cpu:4 or gpu:4`] as const),
]
for (const [text, gpus, sentence] of wrong) test(`is refused: ${sentence}`, () => assert.equal(chosen(text, gpus), E.left(sentence)))

const definition = (shard?: Readonly<Record<string, string>>): AnyDefinition =>
  erase({ state: {}, batch: {}, step: () => [{}, {}], ...(shard === undefined ? {} : { shard }) })

test('the devices stand along the mesh axis that the model names; one device needs none', () => {
  const four: Devices = { kind: 'cpu', count: 4 }
  const meshOf = (made: E.Either<string, AnyDefinition>): unknown => E.isLeft(made) ? made.left : made.right.mesh
  assert.equal(meshOf(onDevices(definition({ example: 'data', group: 'data' }), four)), { data: 4 })
  assert.is(meshOf(onDevices(definition({ example: 'data' }), undefined)), undefined)
  assert.is(meshOf(onDevices(definition(), { kind: 'cpu', count: 1 })), undefined)
  assert.is(meshOf(onDevices(definition(), four)), '--devices 4: the model runs on one device; its definition says in no `shard` what lies along several')
  assert.is(meshOf(onDevices(definition({ example: 'data', hidden: 'model' }), four)), '--devices 4: the model lies along several mesh axes (data, model), and a number does not say how many devices stand along each')
})

test('devices in words', () => {
  assert.equal([{ kind: 'cpu', count: 4 } as const, { kind: 'gpu', count: 8 } as const].map(describeDevices), ['4 devices of the processor', '8 graphics processors'])
})

test.run()
