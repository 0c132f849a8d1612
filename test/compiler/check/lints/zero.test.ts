import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  add, buffer, cast, categorical, clamp, constant, crossEntropyAt, div, dot, evaluation, exp, gaussian, input, key, l2Normalize, less, log, logSoftmax, max, maximum, mean, mul, pow, rsqrt, scalar, select, softmax, sqrt, sub, sum, sumAll, uniform, valueAndGrad, zero, zeros,
  type Of, type Tensor,
} from '../../../../compiler/language/index.ts'
import { found, foundIn, standAt } from './support.ts'

const at = standAt(import.meta.url)
type Rows = Tensor<'batch' | 'hidden'>
const clean = (name: string, run: (x: Rows) => unknown): void => test(`${name} is kept from zero`, () => assert.equal(foundIn(run, 'AX056'), []))
const dangerous = (name: string, run: (x: Rows) => unknown, sentence: RegExp): void => test(`${name} is found`, () => {
  const [finding, ...more] = foundIn(run, 'AX056')
  assert.match(finding?.sentence ?? '', sentence)
  assert.is(more.length, 0)
})

clean('a softmax', x => softmax('hidden', x))
clean('a log softmax', x => logSoftmax('hidden', x))
clean('a variance and an epsilon', x => { const c = sub(x, mean('hidden', x)); return rsqrt(add(mean('hidden', mul(c, c)), 1e-12)) })
clean('a length at least an epsilon', x => l2Normalize('hidden', x))
clean('a product with itself and an epsilon', x => div(scalar(1), add(dot('hidden', x, x), 1e-6)))
clean('what clamp leaves', x => log(clamp(x, 1e-4, 1)))
clean('a count that is at least one', x => div(sum('hidden', x), max(sum('hidden', cast('f32', less(x, 0))), 1)))
clean('a constant without zeros', x => div(x, constant({ hidden: 3 }, [0.1, 2, 3])))
clean('a choice between positive numbers', x => log(select(less(x, 0), scalar(2), add(mul(x, x), 1))))
clean('one minus a uniform number', x => log(sub(scalar(1), uniform(key(1), { hidden: 3 }))))
clean('the noise of a normal draw', () => gaussian(key(1), { hidden: 3 }))
clean('the noise of a categorical draw', x => categorical(key(1), 'hidden', x))
clean('something that is surely negative', x => div(x, sub(scalar(0), add(mul(x, x), 2))))
clean('a sum of exponentials of what was shifted over more axes', x => log(sum(['batch', 'hidden'], exp(sub(x, maximum(['hidden'], x))))))
clean('sqrt of squares that nobody differentiates', x => sqrt(sumAll(mul(x, x))))
clean('the bias correction of Adam', () => div(scalar(1), sub(scalar(1), pow(scalar(0.999), max(uniform(key(1)), 1)))))

dangerous('a plain divisor', x => div(x, sum('hidden', x)), /^the divisor may be zero: as far as the program tells it is anything;/)
dangerous('a sum of squares alone', x => div(x, sum('hidden', mul(x, x))), /it is anything from 0 to ∞/)
dangerous('log of a softmax, which underflows', x => log(softmax('hidden', x)), /^the argument of log may be zero or below: .* from 0 to 1;/)
dangerous('rsqrt of a bare variance', x => rsqrt(mean('hidden', mul(x, x))), /^the argument of rsqrt/)
dangerous('an epsilon too small for f32', x => rsqrt(add(mean('hidden', mul(x, x)), 1e-50)), /^the argument of rsqrt/)
dangerous('sqrt of anything', x => sqrt(x), /^the argument of sqrt may be below zero/)
dangerous('a difference that only looks shifted', x => log(sum('hidden', exp(sub(x, maximum('hidden', mul(x, 2)))))), /^the argument of log/)
dangerous('a shift over more axes than the sum', x => log(sum('hidden', exp(sub(x, maximum(['batch', 'hidden'], x))))), /^the argument of log/)

test('a finding stands at its expression, and says where the argument comes from', () => {
  const findings = foundIn(x => {
    const total = sum('hidden', x) // total
    return div(x, total) // quotient
  }, 'AX056')
  at(findings, 'quotient')
  at(findings.map(({ related: [from] }, i) => ({ ...findings[i], kind: 'lint', code: '', sentence: '', related: [], span: from?.span ?? { file: '', line: 0, column: 0 } })), 'total')
})

test('a differentiated sqrt must be above zero', () => {
  const rows = { x: input({ batch: 4, hidden: 3 }) }
  const slope = (f: (x: Rows) => Tensor) =>
    found({ state: {}, batch: rows, step: () => [{}, {}] as const, evaluate: { run: evaluation({}, rows, (_s, { x }: Of<typeof rows>) => ({ y: valueAndGrad(f)(x).grad })) } }, 'AX056')
  at(slope(x => sumAll(sqrt(sum('hidden', mul(x, x))))), 'slope') // slope
  assert.equal(slope(x => sumAll(sqrt(add(sum('hidden', mul(x, x)), 1e-9)))), [])
  assert.equal(slope(x => sumAll(l2Normalize('hidden', x))), [])
  assert.equal(slope(x => mean('batch', crossEntropyAt('hidden', x, cast('i32', mul(sum('hidden', x), 0))))), [])
})

test('what the steps keep true of the state is known: counters from their first value on, averages of squares', () => {
  const state = { step: buffer({}, 'i32', zero), second: buffer({ hidden: 3 }, 'f32', zeros), given: buffer({}, 'i32', zero) }
  const rows = { x: input({ hidden: 3 }) }
  const definition = (value: (now: Of<typeof state>) => unknown) => found({
    state, batch: rows,
    step: (now: Of<typeof state>, { x }: Of<typeof rows>) => [{ ...now, step: add(now.step, 1), second: add(mul(now.second, 0.9), mul(mul(x, x), 0.1)) }, { value: value(now) }] as const,
  }, 'AX056')
  assert.equal(definition(now => div(scalar(1), cast('f32', add(now.step, 1)))), [])
  assert.equal(definition(now => sqrt(now.second)), [])
  assert.equal(definition(now => div(scalar(1), sub(scalar(1), pow(scalar(0.9), cast('f32', add(now.step, 1)))))), [])
  at(definition(now => div(scalar(1), cast('f32', now.step))), 'first') // first
  // Nothing is known of a leaf that no step writes: its first value is the host's to replace.
  at(definition(now => div(scalar(1), cast('f32', add(now.given, 1)))), 'host') // host
})
test.run()
