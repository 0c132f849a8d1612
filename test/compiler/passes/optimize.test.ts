// All passes together on programs drawn at random: the same axes and the same numbers before and after.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { add, stopGradient, tanh } from '../../../compiler/primitives/index.ts'
import { optimize, passes, passNames } from '../../../compiler/passes/index.ts'
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

for (const name of passNames) {
  test(`all passes but ${name} change no axes and no numbers, and what is switched off does not run`, () => {
    for (let seed = 0; seed < draws / 6; seed++) {
      const program = drawProgram(seed, 14)
      const ran: string[] = []
      agree(program, optimize(program, undefined, { without: [name], look: (pass, before, after) => void (before === after || ran.push(pass)) }), seed)
      assert.equal(ran.filter(pass => pass.startsWith(name) && pass !== 'simplify'), [], `seed ${seed}`)
    }
  })
}

test('one run of a pass may be switched off by its own name', () => {
  const ran: string[] = []
  optimize(programOf(tanh([argument('x', { row: 3 })], {})), undefined, { without: ['share again', 'narrow'], look: pass => void ran.push(pass) })
  assert.equal(ran, [...passes.map(({ name }) => name).filter(name => name !== 'share again' && name !== 'narrow'), 'order'])
})

test('remarks are taken out whatever is switched off', () => {
  const x = argument('x', { row: 3 })
  const after = optimize(programOf(stopGradient([tanh([x], {})], {})), undefined, { without: passNames })
  assert.is(count(after, 'stopGradient'), 0)
  assert.is(count(after, 'tanh'), 1)
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
