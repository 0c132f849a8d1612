import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeConfig } from '../../../runtime/backends/config-proto.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** gpu_options { allow_growth: true } graph_options { rewrite_options { disable_meta_optimizer: true } } */
const always = '32022001' + '52055203980101'

test('without any wish: GPU memory as it is needed, no rewriting of graphs', () => assert.is(hex(encodeConfig({})), always))

test('devices by their type, and threads of an operation and between operations', () => {
  assert.is(hex(encodeConfig({ virtualCpus: 4 })), '0a070a03435055' + '1004' + always)
  assert.is(hex(encodeConfig({ virtualCpus: 2, withoutGpus: true })), '0a070a03435055' + '1002' + '0a070a03475055' + '1000' + always)
  assert.is(hex(encodeConfig({ intraOpThreads: 2, interOpThreads: 1 })), '1002' + '2801' + always)
})

test.run()
