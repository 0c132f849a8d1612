import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { add, buffer, dot, erase, evaluation, groupwise, input, mapTrees, normal, param, quotient, scalar, sizeAlong, slice, sub, sum, topK, unflatten, valueAndGrad, vmap, write, zeros, rename, untyped as u, type AnyDefinition, type Initializer, type Tensor } from '../../../../compiler/language/index.ts'
import { checkSizes, mistakeFinding, sizeFindings } from '../../../../compiler/check/sizes/index.ts'
import type { Finding } from '../../../../compiler/check/finding.ts'
import { placesIn } from '../../language/support.ts'

const where = placesIn(import.meta.url)
/** `file:LINE` of the line that ends in `// name`. */
const line = (name: string): string => where(name).replace(/:$/, '')
const startsAt = ({ span: { file, line: at } }: Finding, name: string): void => assert.ok(`${file}:${at}`.endsWith(line(name)), `${file}:${at} is ${line(name)}`)

interface Config {
  readonly model: { readonly width: number; readonly heads: number; readonly tokens: number }
  readonly batch: number
  readonly kept: number
  readonly queue: number
}

const small: Config = {
  model: { width: 48, heads: 5, tokens: 20 }, // the model
  batch: 16, // the batch
  kept: 24, // the kept
  queue: 10, // the queue
}
const other: Config = { ...small, kept: 8, model: { ...small.model, width: 64 } } // the other

const weights = ({ width }: Config['model']) => ({ inner: param({ hidden: width, out: 4 }, normal(1)) }) // the weights
const examples = ({ batch, model: { width, tokens } }: Config) => ({ x: input({ example: batch, token: tokens, hidden: width }) }) // the examples

const one = (config: Config, step: (x: Tensor<'example' | 'token' | 'hidden'>, inner: Tensor<'hidden' | 'out'>) => Tensor, width = config.model): AnyDefinition => {
  const state = weights(width)
  return erase({ state, batch: examples(config), step: (now, { x }) => [now, { loss: step(x, now.inner) }] })
}

const only = (findings: readonly Finding[]): Finding => {
  assert.is(findings.length, 1, findings.map(({ sentence }) => sentence).join('\n'))
  const [finding] = findings
  assert.ok(finding)
  return finding
}

test('two sizes for one axis, each with the property that it reads', () => {
  const found = only(sizeFindings(one(small, (x, inner) => sum(['example', 'token', 'out'], dot('hidden', x, inner)), other.model))) // the dot
  startsAt(found, 'the dot')
  assert.is(found.code, 'AX021')
  assert.is(found.sentence, `dot over 'hidden': 48 in batch/x (config.model.width, ${line('the model')}) but 64 in state/inner (other.model.width, ${line('the other')}); right only for hidden = 64`)
  assert.equal(found.related.map(({ span: { line: at }, sentence }) => [at, sentence]), [
    [Number(line('the model').split(':')[1]), '48 in batch/x comes from here'],
    [Number(line('the examples').split(':')[1]), "48 in batch/x: input here, along 'hidden'"],
    [Number(line('the other').split(':')[1]), '64 in state/inner comes from here'],
    [Number(line('the weights').split(':')[1]), "64 in state/inner: param here, along 'hidden'"],
  ])
  assert.is(found.span.endColumn, (found.span.column) + "dot('hidden', x, inner)".length)
})

test('a slice out of range, and for which batches it is none', () => {
  const { kept } = small
  const found = only(sizeFindings(one(small, x => sum(['example', 'token', 'hidden'], slice('example', 0, kept, x))))) // the slice
  startsAt(found, 'the slice')
  assert.is(`${found.code} ${found.sentence}`, `AX024 slice of 'example' from 0 to 24 (small.kept, ${line('the kept')}): 16 in batch/x (config.batch, ${line('the batch')}); right only for example >= 24`)
})

test('a split that does not divide', () => {
  const split = ({ model: { heads } }: Config, x: Tensor<'example' | 'token' | 'hidden'>) => unflatten(x, 'hidden', { head: heads, feature: sizeAlong('hidden', x) / heads }) // the split
  const found = sizeFindings(one(small, x => sum(['example', 'token', 'head', 'feature'], split(small, x))))
  assert.is(only(found).sentence, `unflatten: the size of 'feature' is 9.6 (sizeAlong('hidden', x) / heads, ${line('the split')}, from config.model.width 48, ${line('the model')} and small.model.heads 5, ${line('the model')}), wanted a whole number above zero; right only where 5 divides hidden`)
})

test('a size read off a parameter is followed to its declaration, and every record on the way is named', () => {
  const kernel = (from: number, side: number) => layer({ y: from, x: side }) // the entry
  const layer = (sizes: { readonly y: number; readonly x: number }) => param(sizes, normal(1))
  const state = { kernel: kernel(3, 4) }
  const definition = erase({
    state,
    batch: { x: input({ row: 16 }) },
    step: (now, { x }) => [now, { loss: sum(['row', 'y'], unflatten(x, 'row', { row: sizeAlong('row', x) / sizeAlong('y', now.kernel), y: sizeAlong('y', now.kernel) })) }], // the cut
  })
  const found = only(sizeFindings(definition))
  startsAt(found, 'the cut')
  assert.match(found.sentence, /the size of 'row' is 5\.33\d* \(sizeAlong\('row', x\) \/ sizeAlong\('y', now\.kernel\), .*, from sizes.y 3, /)
  assert.ok(found.related.some(({ span: { file, line: at }, sentence }) => `${file}:${at}`.endsWith(line('the entry')) && sentence === "it is given as 'y' here"), JSON.stringify(found.related))
})

test('what a call computes a size from is followed', () => {
  const groups = { count: 4 } // the groups
  const definition = erase({
    state: {},
    batch: { x: input({ example: 16 }) },
    step: (now, { x }) => [now, { loss: groupwise('example', { group: groups.count }, 'own', x, own => sum('own', slice('own', 0, 6, own))) }], // the slice of a group
  })
  const found = only(sizeFindings(definition))
  startsAt(found, 'the slice of a group')
  assert.match(found.sentence, new RegExp(`^slice of 'own' from 0 to 6: 4 in unflatten \\(groupwise, ${line('the slice of a group')}, from groups.count 4, ${line('the groups')}\\)`))
})

test('a mistake in an initializer of the model is at its own line, called from the declaration', () => {
  const halved: Initializer = (key, sizes) => {
    const rows = normal(1)(key, sizes)
    return u.sub(rows, u.lacking('out', u.mul(rows, rows))) // the initializer
  }
  const definition = erase({ state: { weight: buffer({ out: 4 }, 'f32', halved) }, batch: {}, step: now => [now, {}] }) // the buffer
  const found = only(sizeFindings(definition))
  assert.is(found.code, 'AX003')
  startsAt(found, 'the initializer')
})

test('quotient says both of its sizes where they come from', () => {
  const parts = ({ width, heads }: Config['model']) => quotient('hidden', width, 'head', heads) // the quotient
  try {
    parts(small.model)
    assert.unreachable()
  } catch (error) {
    const found = mistakeFinding(error, 'making it')
    startsAt(found, 'the quotient')
    assert.is(found.sentence, `'hidden' 48 (small.model.width, ${line('the model')}) is not a multiple of 'head' 5 (small.model.heads, ${line('the model')})`)
  }
})

test('a queue that is shorter than what is written', () => {
  const state = { queue: buffer({ slot: small.queue }, 'f32', zeros) } // the buffer
  const definition = erase({
    state, batch: { x: input({ example: small.batch }) },
    step: (now, { x }) => [{ queue: write('slot', now.queue, scalar(0, 'i32'), rename(x, { example: 'slot' })) }, {}],
  })
  const found = only(sizeFindings(definition))
  assert.is(found.sentence, `write along 'slot': 16 in batch/x (small.batch, ${line('the batch')}) rows do not fit 10 in state/queue (small.queue, ${line('the queue')}); right only for example <= 10`)
})

test('more than there is to choose from', () => {
  const found = only(sizeFindings(one(small, x => sum(['example', 'hidden', 'best'], topK('token', { best: 30 }, x).value)))) // the choice
  startsAt(found, 'the choice')
  assert.is(found.sentence, `topK: 30 best of 'token': 20 in batch/x (config.model.tokens, ${line('the model')}); right only for token >= 30`)
})

test('arguments of a mapped function', () => {
  const definition = erase({
    state: {},
    batch: { a: input({ example: 4 }), b: input({ example: 6 }) }, // the two
    step: (now, { a, b }) => [now, { y: vmap('example', (x: Tensor, y: Tensor) => add(x, y))(a, b) }],
  })
  assert.is(only(sizeFindings(definition)).sentence, `vmap over 'example': 4 in batch/a (input, ${line('the two')}) but 6 in batch/b (input, ${line('the two')}); right only where example of a = example of b`)
})

test('a size that depends on no input has no condition', () => {
  const definition = erase({ state: { p: param({ row: 3 }, normal(1)), q: param({ row: 4 }, normal(1)) }, batch: { x: input({ example: 2 }) }, step: now => [now, { y: dot('row', now.p, now.q) }] }) // the state
  assert.is(only(sizeFindings(definition)).sentence, `dot over 'row': 3 in state/p (param, ${line('the state')}) but 4 in state/q (param, ${line('the state')})`)
})

test('independent mistakes are all found, consequences are none', () => {
  const state = { p: param({ hidden: 5 }, normal(1)) }
  const definition = erase({
    state,
    batch: { x: input({ example: 8, hidden: 4 }), y: input({ example: 8, hidden: 5 }) },
    step: (now, { x, y }) => {
      const wrong = dot('hidden', x, now.p) // the first
      const consequence = slice('example', 0, 9, wrong)
      return [now, { a: sum('example', consequence), b: slice('hidden', 1, 5, y) }] // the second
    },
    evaluate: { look: evaluation(state, { z: input({ example: 3 }) }, (_state, { z }) => slice('example', 2, 2, z)) }, // the third
  })
  const found = sizeFindings(definition)
  assert.is(found.length, 3, found.map(({ sentence }) => sentence).join('\n'))
  found.forEach((each, i) => startsAt(each, ['the first', 'the second', 'the third'][i] ?? ''))
})

test('once the size of a wrong tensor is read as a number, nothing more is said', () => {
  const definition = erase({
    state: { p: param({ row: 6 }, normal(1)) }, batch: { x: input({ row: 4 }) },
    step: (now, { x }) => {
      const wrong = add(x, now.p) // the sum
      return [now, { y: slice('row', 0, sizeAlong('row', wrong) + 1, now.p), z: slice('row', 0, 2 * sizeAlong('row', wrong), now.p) }]
    },
  })
  startsAt(only(sizeFindings(definition)), 'the sum')
})

test('a mistake inside a loss is one, whatever its gradient would be', () => {
  const definition = erase({
    state: { p: param({ row: 6, out: 2 }, normal(1)) }, batch: { x: input({ example: 3, row: 4 }) },
    step: (now, { x }) => {
      const { value, grad } = valueAndGrad((q: typeof now) => sum(['example', 'out'], dot('row', x, q.p)))(now) // the loss
      return [mapTrees((p, g) => sub(p, g), now, grad), { value }]
    },
  })
  const found = only(sizeFindings(definition))
  startsAt(found, 'the loss')
  assert.match(found.sentence, /^dot over 'row': 4 in batch\/x .* but 6 in state\/p .*; right only for row = 6$/)
})

test('every leaf of the state that comes out with another size', () => {
  const state = { p: buffer({ row: 3 }, 'f32', zeros), q: buffer({ row: 5 }, 'f32', zeros), r: buffer({ row: 4 }, 'f32', zeros) } // the leaves
  const definition = erase({ state, batch: { x: input({ row: 4 }) }, step: (_now, { x }) => [{ p: x, q: x, r: x }, {}] }) // the input
  assert.equal(sizeFindings(definition).map(({ code, sentence }) => `${code} ${sentence}`), ['p', 'q'].map((name, i) =>
    `AX031 step gives '${name}' over 'row': 4 in batch/x (input, ${line('the input')}) but ${3 + 2 * i} in state/${name} (buffer, ${line('the leaves')}); right only for row = ${3 + 2 * i}`))
})

test('mistakes of one cause are one finding with every place', () => {
  const first = (x: Tensor<'example'>) => slice('example', 0, small.kept, x) // the shared
  const definition = erase({ state: {}, batch: { x: input({ example: small.batch }) }, step: (now, { x }) => [now, { a: first(x), b: first(x), c: slice('example', 0, small.kept, x) }] }) // the other place
  const found = only(sizeFindings(definition))
  startsAt(found, 'the shared')
  assert.ok(found.related.some(({ span, sentence }) => sentence === 'the same happens here' && `${span.file}:${span.line}`.endsWith(line('the other place'))))
})

test('what a model throws is a failure at its place, and the other programs are checked', () => {
  const state = { p: param({ row: 3 }, normal(1)) }
  const definition = erase({
    state, batch: { x: input({ row: 3 }) },
    step: (now, { x }) => {
      if (sizeAlong('row', x) === 3) throw new TypeError('nothing\n  here') // the throw
      return [now, {}]
    },
    evaluate: { look: evaluation(state, { z: input({ row: 4 }) }, ({ p }, { z }) => dot('row', p, z)), fine: evaluation(state, {}, ({ p }) => p) },
  })
  const { findings, traced, complete } = checkSizes(definition)
  assert.is(complete, false)
  assert.equal(traced.programs.map(({ name }) => name), ['initialize', 'fine'])
  assert.equal(findings.map(({ kind, code }) => [kind, code]), [['size', 'AX021'], ['failure', 'AX071']])
  const failure = findings[1]
  assert.ok(failure)
  startsAt(failure, 'the throw')
  assert.is(failure.sentence, "tracing 'step' throws TypeError: nothing here")
})

test('a right program has no findings, and comes back as written', () => {
  const { findings, traced, complete } = checkSizes(one(other, (x, inner) => sum(['example', 'token', 'out'], dot('hidden', x, inner))))
  assert.equal([findings, complete, traced.programs.map(({ name }) => name)], [[], true, ['initialize', 'step']])
})

test.run()
