// What `axle print --pass` shows: on programs written by hand, and on drawn ones that every line of both versions is accounted for.
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { optimize, passes } from '../../../compiler/passes/index.ts'
import { narrowWith } from '../../../compiler/passes/narrow.ts'
import { rewrite } from '../../../compiler/passes/rewrite.ts'
import { add, dot, exp, mul, neg, slice, tanh } from '../../../compiler/primitives/index.ts'
import { within, type Node } from '../../../compiler/program/node.ts'
import { nodesOf, type Program } from '../../../compiler/program/program.ts'
import { printedText } from '../../../runtime/cli/print.ts'
import { differenceText } from '../../../runtime/print/difference.ts'
import { entriesOf, isSame } from '../../../runtime/print/entries.ts'
import { match } from '../../../runtime/print/match.ts'
import { isInline } from '../../../runtime/print/names.ts'
import { argument, drawProgram, number, programOf } from '../../compiler/passes/programs.ts'

const plain = (text: string): string => text
const paint = { gone: plain, made: plain, resized: plain, head: plain }
const shown = (before: Program, after: Program): string => differenceText({ pass: 'pass', before, after }, [], { paint })
/** The lines that changed, without the place in this file. */
const changedLines = (before: Program, after: Program): readonly string[] =>
  shown(before, after).split('\n').filter(line => /^([-+~] |@@)/.test(line)).map(line => line.replaceAll(/%(?:difference\.test|programs):\d+\./g, '%').replace(/ · test\/.*(?= @@)/, ''))

const inScope = (scope: string, body: () => Node): Node => within({ scopes: [scope] }, body)

test('what hangs below a change is no change', () => {
  const x = argument('x', { row: 3 })
  const before = ((root: (x: Node) => Node): Program => programOf(exp([tanh([mul([root(x), number(2)], {})], {})], {})))(each => add([add([each, number(0)], {}), number(0)], {}))
  const after = passes[0]?.run(before) ?? before
  assert.equal(changedLines(before, after), ['@@ top @@', '- %add = add(x, 0.0)  f32[row 3]', '- %add2 = add(%add, 0.0)  f32[row 3]', '- %mul = mul(%add2, 2.0)  f32[row 3]', '+ %mul = mul(x, 2.0)  f32[row 3]'])
  assert.match(shown(before, after), /^pass: program program\n\n +before +after\nnodes +9 +5 +-44\.4 %\n/)
  assert.match(shown(before, after), '2 operations gone, 0 new, 1 changed, 2 the same')
  assert.match(shown(before, after), /\noperation +gone +new +changed .*\nadd +2 /)
})

test('where nothing but sizes changes one line says so', () => {
  const [x, weight] = [argument('x', { token: 4, in: 64 }), argument('weight', { in: 64, hidden: 64 })]
  const before = programOf(slice([inScope('head', () => exp([add([dot([x, weight], { over: ['in'] }), number(1)], {})], {}))], { axis: 'token', start: 0, size: 1 }))
  const after = narrowWith(1)(before)
  assert.equal(changedLines(before, after), [
    '@@ top @@', '+ %slice = slice(x) axis=token start=0 size=1  f32[token 1, in 64]',
    '@@ head @@', '- %dot = dot(x, weight) over=[in]  f32[token 4, hidden 64]', '+ %dot = dot(%slice{top}, weight) over=[in]  f32[token 1, hidden 64]',
    '~ %add = add(%dot, 1.0)  f32[token 4 → 1, hidden 64]', '~ %exp = exp(%add)  f32[token 4 → 1, hidden 64]',
    '@@ top @@', '- %slice = slice(%exp{head}) axis=token start=0 size=1  f32[token 1, hidden 64]',
    '@@ (results) @@', '- return out0: %slice{top}', '+ return out0: %exp{head}',
  ])
})

test('layers that change alike are shown once', () => {
  let state = argument('x', { token: 4 })
  for (let layer = 0; layer < 4; layer++) state = inScope(`model/layers/${layer}`, () => exp([tanh([mul([state, number(3)], {})], {})], {}))
  const before = programOf(state)
  const [first, ...others] = shown(before, rewrite(before, node => (node.op === 'tanh' ? neg(node.inputs, {}) : node))).split('\n').filter(line => line.startsWith('@@'))
  assert.equal(others, [])
  assert.match(first ?? '', /^@@ model\/layers\/0 · .* · likewise in model\/layers\/1, model\/layers\/2, model\/layers\/3 @@$/)
})

test('every line of both versions is there once, and nothing changes where nothing changed', () => {
  for (let seed = 0; seed < 60; seed++) {
    const before = drawProgram(seed, 20)
    const after = optimize(before)
    const entries = entriesOf(before, after)
    const lines = (program: Program): number => nodesOf(program).filter(node => !isInline(node)).length + program.outputs.length
    assert.is(entries.filter(each => each.before !== undefined).length, lines(before), `seed ${seed}`)
    assert.is(entries.filter(each => each.after !== undefined).length, lines(after), `seed ${seed}`)
    const matching = match(before, after)
    assert.is(new Set(matching.values()).size, matching.size, `seed ${seed}`)
    assert.ok(entriesOf(after, after).every(isSame), `seed ${seed}`)
    assert.match(shown(after, after), /\nnothing changed\n$/)
  }
})

test('without --all a long change is cut, and says so', () => {
  const roots = Array.from({ length: 9 }, (_, i) => inScope(`part${i}`, () => exp([add([argument(`x${i}`, { row: 2 + i }), number(0)], {})], {})))
  const before = programOf(...roots)
  const after = passes[0]?.run(before) ?? before
  const text = differenceText({ pass: 'simplify', before, after }, [], { most: 3, paint })
  assert.match(text, /\n… and \d+ more\n/)
  assert.match(text, /\n… and \d+ more places that weigh less\n$/)
  assert.is(text.split('\n').filter(line => line.startsWith('@@')).length, 3)
})

const file = fileURLToPath(new URL('../compile/regression.ts', import.meta.url))
const given = { file, config: 'small', program: 'step', pass: undefined, before: false, after: false, all: false, devices: undefined, set: [] } as const

test('the command prints a program, what a pass did to it, and the program before and after', async () => {
  const text = async (more: object): Promise<string> => {
    const result = await printedText({ ...given, ...more })
    return E.isLeft(result) ? result.left : result.right
  }
  assert.match(await text({}), /^program step\(.*\n {2}%0 /)
  assert.match(await text({ pass: 'simplify' }), /^simplify: program step\n[^]*\n@@ [^]*\n--all shows everything/)
  assert.match(await text({ pass: 'simplify', program: 'predict' }), /^simplify: program predict\n/)
  const [before, after] = [await text({ pass: 'simplify', before: true }), await text({ pass: 'simplify', after: true })]
  assert.match(before, /^program step\(.*\n[^]* = tap\(/)
  assert.not.match(after, ' = tap(')
  assert.is(await text({ pass: 'narow' }), `--pass narow: there is no such pass; there is ${[...passes.map(({ name }) => name), 'order'].join(', ')}`)
  assert.is(await text({ program: 'stop' }), '--program stop: there is no such program; there is initialize, step, predict, both weights')
  assert.is(await text({ before: true }), '--before and --after go with --pass')
  assert.match(await text({ config: 'large' }), /there is no configuration 'large'/)
})

test.run()
