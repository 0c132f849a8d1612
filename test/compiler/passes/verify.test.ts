import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { add, broadcast, input, stopGradient, tap, tanh } from '../../../compiler/primitives/index.ts'
import { verify } from '../../../compiler/passes/verify.ts'
import { argument, programOf } from './programs.ts'

const x = argument('x', { row: 3 })

test('a sound program passes and comes back', () => {
  const program = programOf(add([x, tanh([x], {})], {}))
  assert.is(verify('simplify', program), program)
})

test('an input of the batch that the program does not declare', () => {
  const given = input([], { path: 'batch/image', axes: { row: 3 }, dtype: 'f32', kind: 'input' })
  const program = programOf(tanh([given], {}))
  assert.throws(() => verify('simplify', program), /internal: after simplify, program: 'batch\/image' is no input of this program/)
  const declared = { ...program, inputs: [{ name: 'image', node: given }] }
  assert.is(verify('simplify', declared), declared)
})

test('a lifted axis that came out', () => {
  const lifted = broadcast([x], { sizes: { '^batch': 2 } })
  assert.throws(() => verify('trace', programOf(lifted)), /'out0' carries a lifted axis/)
  assert.throws(() => verify('trace', { ...programOf(), updates: [{ name: 'queue', node: lifted }] }), /'queue' carries a lifted axis/)
})

test('what only gradients need is left after a pass', () => {
  for (const node of [stopGradient([x], {}), tap([x], {})]) {
    assert.is(verify('trace', programOf(node)).outputs[0]?.node, node)
    assert.throws(() => verify('simplify', programOf(node)), new RegExp(`${node.op} is left`))
  }
})

test('a value used before it is made', () => {
  const late = { ...x, id: Number.MAX_SAFE_INTEGER }
  const node = { ...tanh([x], {}), inputs: [late] }
  assert.throws(() => verify('share', programOf(node)), /after share.*tanh uses a value made after it/)
})

test('a node without elements', () => {
  assert.throws(() => verify('share', programOf({ ...tanh([x], {}), axes: { row: 0 } })), /tanh has no elements/)
})

test.run()
