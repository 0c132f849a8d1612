// All passes together on programs drawn at random: the same axes and the same numbers before and after.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { add, tanh } from '../../../compiler/primitives/index.ts'
import { optimize, passes } from '../../../compiler/passes/index.ts'
import { agree } from './gradients.ts'
import { argument, count, drawProgram, number, programOf } from './programs.ts'

const draws = 600

for (const { name, run } of passes) {
  test(`${name} changes no axes and no numbers`, () => {
    for (let seed = 0; seed < draws; seed++) {
      const program = drawProgram(seed, 14)
      agree(program, run(program), seed)
    }
  })
}

test('all passes in their order change no axes and no numbers, and never make a program longer', () => {
  for (let seed = 0; seed < draws; seed++) {
    const program = drawProgram(seed, 14)
    const after = optimize(program)
    agree(program, after, seed)
    assert.ok(count(after) <= count(program), `seed ${seed}`)
  }
})

test('what one pass uncovers the next one uses', () => {
  const x = argument('x', { row: 3 })
  const program = programOf(add([tanh([add([x, number(0)], {})], {}), tanh([x], {})], {}))
  assert.is(count(program, 'tanh'), 2)
  assert.is(count(optimize(program), 'tanh'), 1)
})

test('a broken program does not come through', () => {
  const x = argument('x', { row: 3, '^batch': 2 })
  assert.throws(() => optimize(programOf(tanh([x], {}))), /internal: after trace.*lifted axis/)
})

test.run()
