import { test } from 'uvu'
import * as assert from 'uvu/assert'
import fc from 'fast-check'
import * as E from 'fp-ts/Either'
import { attempt, traceAsWritten, type AnyDefinition } from '../../../../compiler/language/compile.ts'
import { add, concat, dot, erase, flatten, input, mean, mul, normal, param, scalar, sizeAlong, slice, sum, unflatten, vmap, write, buffer, zeros, rename, type Tensor } from '../../../../compiler/language/index.ts'
import { conditionsOf, sizeFindings, symbolicPrograms } from '../../../../compiler/check/sizes/index.ts'

type Rows = Tensor<'batch'>

/** A step that makes a number of one input of `size` rows. */
const definitionOf = (size: number, step: (x: Rows, state: { readonly p: Rows; readonly q: Tensor<'slot'> }) => Rows, sizes = { p: 12, q: 30 }): AnyDefinition =>
  erase({
    state: { p: param({ batch: sizes.p }, normal(1)), q: buffer({ slot: sizes.q }, 'f32', zeros) },
    batch: { x: input({ batch: size }) },
    step: (state, { x }) => [state, { total: sum('batch', step(x, state)) }],
  })

const wheres = (definition: AnyDefinition): readonly (string | undefined)[] => conditionsOf(definition).map(({ where }) => where)

test('each rule says for which sizes it holds', () => {
  assert.equal(wheres(definitionOf(16, x => mul(x, 2))), [])
  assert.equal(wheres(definitionOf(16, x => slice('batch', 0, 10, x))), ['batch >= 10'])
  assert.equal(wheres(definitionOf(16, x => slice('batch', 4, sizeAlong('batch', x) - 8, x))), ['batch >= 9'])
  assert.equal(wheres(definitionOf(12, (x, { p }) => add(x, p))), ['batch = 12'])
  assert.equal(wheres(definitionOf(16, x => mean('part', unflatten(x, 'batch', { batch: sizeAlong('batch', x) / 4, part: 4 })))), ['4 divides batch'])
  assert.equal(wheres(definitionOf(5, (x, { p }) => {
    const longer = concat('batch', [x, slice('batch', 0, 1, p)])
    return mean('part', unflatten(longer, 'batch', { batch: sizeAlong('batch', longer) / 6, part: 6 }))
  })), ['6 divides batch + 1 and batch >= 5'])
  assert.equal(wheres(definitionOf(6, (x, { p }) => add(concat('batch', [x, x]), p))), ['batch = 6'])
  assert.equal(wheres(definitionOf(16, (x, { q }) => rename(write('slot', q, scalar(0, 'i32'), rename(x, { batch: 'slot' })), { slot: 'batch' }))), ['batch <= 30'])
})

test('an impossible condition is one for no size', () => {
  assert.equal(wheres(definitionOf(16, x => add(x, concat('batch', [x, slice('batch', 0, 1, x)])))), ['never'])
})

test('conditions on several inputs at once', () => {
  const definition = erase({
    state: { place: param({ token: 17 }, normal(1)) },
    batch: { picture: input({ row: 16, column: 16 }) },
    step: (state, { picture }) => {
      const cut = unflatten(unflatten(picture, 'row', { row: sizeAlong('row', picture) / 4, y: 4 }), 'column', { column: sizeAlong('column', picture) / 4, x: 4 })
      const tokens = concat('token', [slice('token', 0, 1, state.place), flatten(mean(['y', 'x'], cut), ['row', 'column'], 'token')])
      return [state, { total: sum('token', add(tokens, state.place)) }]
    },
  })
  assert.equal(wheres(definition), ['4 divides row', '4 divides column', 'row·column = 256'])
})

test('the same name with two sizes is two symbols', () => {
  const definition = erase({
    state: { p: param({ hidden: 4 }, normal(1)) },
    batch: { wide: input({ hidden: 8 }), narrow: input({ hidden: 4 }) },
    step: (state, { wide, narrow }) => [state, { a: sum('hidden', slice('hidden', 0, 6, wide)), b: dot('hidden', narrow, state.p) }],
  })
  assert.equal(wheres(definition), ['hidden of wide >= 6', 'hidden of narrow = 4'])
})

test('what a size decides while tracing is looked at with other sizes', () => {
  const definition = definitionOf(12, x => (sizeAlong('batch', x) === 12 ? x : slice('batch', 0, 12, x)))
  assert.equal(conditionsOf(definition).map(({ where, sentence }) => [where, sentence]), [['batch >= 12', undefined]])
  assert.equal(sizeFindings(definition), [])
})

test('printed programs show sizes as they depend on the inputs', () => {
  const definition = definitionOf(16, x => slice('batch', 1, sizeAlong('batch', x) + 3, concat('batch', [x, slice('batch', 0, 4, x)])))
  const printed = symbolicPrograms(definition)[1] ?? ''
  for (const type of ['x: f32[batch batch]', 'f32[batch 4] = slice', 'f32[batch batch + 4] = concat', 'f32[batch batch + 3] = slice', 'f32[] = sum']) assert.ok(printed.includes(type), `${type} is in\n${printed}`)
})

test('a mapped function needs what its body needs', () => {
  const definition = erase({
    state: { p: param({ hidden: 4 }, normal(1)) },
    batch: { x: input({ example: 8, token: 10, hidden: 4 }) },
    step: (state, { x }) => [state, { y: vmap('example', (one: Tensor<'token' | 'hidden'>) => dot(['token', 'hidden'], slice('token', 0, 5, one), mul(slice('token', 0, 5, one), state.p)))(x) }],
  })
  assert.equal(wheres(definition), ['token >= 5', 'hidden = 4'])
})

/** Operations on the rows, each with a size that is written down. */
const operations: Readonly<Record<string, (k: number) => (x: Rows, state: { readonly p: Rows; readonly q: Tensor<'slot'> }) => Rows>> = {
  first: k => x => slice('batch', 0, k, x),
  without: k => x => slice('batch', k - 1, sizeAlong('batch', x) - k + 1, x),
  share: k => x => mean('part', unflatten(x, 'batch', { batch: sizeAlong('batch', x) / k, part: k })),
  twice: () => x => concat('batch', [x, mul(x, 2)]),
  longer: k => (x, { p }) => concat('batch', [x, slice('batch', 0, k, p)]),
  shift: () => (x, { p }) => add(x, p),
  queue: () => (x, { q }) => rename(write('slot', q, scalar(0, 'i32'), rename(x, { batch: 'slot' })), { slot: 'batch' }),
}

const judge = (where: string | undefined, n: number): boolean => {
  if (where === 'never') return false
  return (where ?? '?').split(' and ').every(text => {
    const [, relation, bound] = /^batch (=|>=|<=) (\d+)$/.exec(text) ?? []
    if (relation !== undefined) return relation === '=' ? n === Number(bound) : relation === '>=' ? n >= Number(bound) : n <= Number(bound)
    const [, divisor, sign, constant] = /^(\d+) divides batch(?: ([+−]) (\d+))?$/.exec(text) ?? []
    const [, doubled, factor, plus, more] = /^(\d+) divides (\d+)·batch(?: ([+−]) (\d+))?$/.exec(text) ?? []
    assert.ok((divisor ?? doubled) !== undefined, text)
    return ((n * Number(factor ?? 1)) + ((sign ?? plus) === '−' ? -1 : 1) * Number(constant ?? more ?? 0)) % Number(divisor ?? doubled) === 0
  })
}

test('random programs are right for exactly the sizes that their conditions say', () => {
  const step = fc.record({ name: fc.constantFrom(...Object.keys(operations)), k: fc.integer({ min: 1, max: 6 }) })
  let looked = 0
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), fc.integer({ min: 4, max: 30 }), (steps, size) => {
      const body = (x: Rows, state: { readonly p: Rows; readonly q: Tensor<'slot'> }): Rows => steps.reduce((y, { name, k }) => operations[name]?.(k)(y, state) ?? y, x)
      const conditions = wheres(definitionOf(size, body))
      const right = Array.from({ length: 30 }, (_, i) => E.isRight(attempt(() => traceAsWritten(definitionOf(i + 1, body)))))
      const said = Array.from({ length: 30 }, (_, i) => conditions.every(where => judge(where, i + 1)))
      // A mistake that no size of the input mends is no condition.
      if (!right.includes(true)) return
      looked++
      assert.equal(said, right, `${JSON.stringify(steps)} of ${size}: ${conditions.join('; ')}`)
    }),
    { numRuns: 50, verbose: true },
  )
  assert.ok(looked > 10, `${looked} programs were right for some size`)
})

test.run()
