import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { array, cast, run, scalar, type Tensor } from '../../../compiler/language/index.ts'
import { adamw, type AdamW, type Moments } from '../../../models/transforms/adamw.ts'
import { close, draws, inOrder } from '../../compiler/language/support.ts'

interface Params { readonly weight: Tensor<'in' | 'out'>; readonly bias: Tensor<'out'>; readonly slow: Tensor<'out'>; readonly frozen: Tensor<'out'> }
type Leaves = Readonly<Record<keyof Params, readonly number[]>>
interface Run { readonly params: Leaves; readonly first: Leaves; readonly second: Leaves }

const seed = 41
const about = `seed ${seed}`
const names = ['weight', 'bias', 'slow', 'frozen'] as const
const settings = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, decay: 0.1 } as const
const factorOf = (path: string): number => ({ slow: 0.5, frozen: 0 })[path] ?? 1
const rates = [0.1, 0.05, 0.2]

const leaves = (from: number): Leaves => ({ weight: draws(from, 6), bias: draws(from + 1, 2), slow: draws(from + 2, 2), frozen: draws(from + 3, 2) })
const arrays = ({ weight, bias, slow, frozen }: Leaves) => ({ weight: array({ in: 3, out: 2 }, weight), bias: array({ out: 2 }, bias), slow: array({ out: 2 }, slow), frozen: array({ out: 2 }, frozen) })
const numbers = ({ weight, bias, slow, frozen }: ReturnType<typeof arrays>): Leaves => ({ weight: inOrder(weight, ['in', 'out']), bias: inOrder(bias, ['out']), slow: inOrder(slow, ['out']), frozen: inOrder(frozen, ['out']) })
const zeros = { weight: [0, 0, 0, 0, 0, 0], bias: [0, 0], slow: [0, 0], frozen: [0, 0] }

/** PyTorch's loop for one leaf: decay the parameter, move both moments, take the bias-corrected step. */
const byHand = (param: readonly number[], gradients: readonly (readonly number[])[], decay: number, factor: number) => {
  const [p, m, v] = [[...param], param.map(() => 0), param.map(() => 0)]
  gradients.forEach((gradient, step) => gradient.forEach((g, i) => {
    const rate = (rates[step] ?? 0) * factor
    m[i] = settings.beta1 * (m[i] ?? 0) + (1 - settings.beta1) * g
    v[i] = settings.beta2 * (v[i] ?? 0) + (1 - settings.beta2) * g * g
    const mean = (m[i] ?? 0) / (1 - settings.beta1 ** (step + 1))
    const spread = Math.sqrt((v[i] ?? 0) / (1 - settings.beta2 ** (step + 1)))
    p[i] = (p[i] ?? 0) * (1 - rate * decay) - (rate * mean) / (spread + settings.epsilon)
  }))
  return { param: p, first: m, second: v }
}

const gradients = [leaves(seed + 10), leaves(seed + 20), leaves(seed + 30)]
const start = leaves(seed)

/** Three compiled updates, one after the other. */
const trained = (decays: AdamW['decays']): Run =>
  gradients.reduce<Run>(({ params, first, second }, gradient, step) => {
    const update = run((g: Params, m: Moments<Params>, p: Params, rate: Tensor, count: Tensor<never, 'i32'>) => adamw({ ...settings, decays, factor: factorOf, steps: () => cast('f32', count) })(g, m, p, rate))
    const [next, moments] = update(arrays(gradient), { first: arrays(first), second: arrays(second) }, arrays(params), array({}, [rates[step] ?? 0]), array({}, [step + 1], 'i32'))
    return { params: numbers(next), first: numbers(moments.first), second: numbers(moments.second) }
  }, { params: start, first: zeros, second: zeros })

for (const [title, decays] of [['without decay', () => false], ['with decay', () => true], ['with decay of the weight alone', (path: string) => path === 'weight']] as const) {
  test(`three updates ${title} are those of a loop by hand`, () => {
    const { params, first, second } = trained(decays)
    for (const name of names) {
      if (name === 'frozen') continue
      const wanted = byHand(start[name], gradients.map(gradient => gradient[name]), decays(name) ? settings.decay : 0, factorOf(name))
      close(params[name], wanted.param, 1e-5, `${name}, ${about}`)
      close(first[name], wanted.first, 1e-6, `${name}, ${about}`)
      close(second[name], wanted.second, 1e-6, `${name}, ${about}`)
    }
  })
}

test('a factor of zero leaves a leaf and its moments as they are', () => {
  const { params, first, second } = trained(() => true)
  assert.equal([params.frozen.map(Math.fround), first.frozen, second.frozen], [start.frozen.map(Math.fround), [0, 0], [0, 0]])
  const kept = run((p: Tensor<'out'>, m: Tensor<'out'>) => adamw({ ...settings, decays: () => true, factor: () => 0, steps: () => scalar(1) })({ p }, { first: { p: m }, second: { p: m } }, { p }, scalar(0.1)))
  const [after, moments] = kept(array({ out: 2 }, [1, 2]), array({ out: 2 }, [3, 4]))
  assert.equal([after.p.data, moments.first.p.data, moments.second.p.data], [[1, 2], [3, 4], [3, 4]])
})

test('each path has its own count of updates', () => {
  const counts: Readonly<Record<string, number>> = { bias: 1, slow: 3 }
  const pair = { bias: array({ out: 1 }, [0]), slow: array({ out: 1 }, [0]) }
  interface Pair { readonly bias: Tensor<'out'>; readonly slow: Tensor<'out'> }
  const update = run((g: Pair, m: Moments<Pair>, p: Pair) => adamw({ ...settings, decays: () => false, factor: () => 1, steps: path => scalar(counts[path] ?? 0) })(g, m, p, scalar(1)))
  const [next] = update({ bias: array({ out: 1 }, [2]), slow: array({ out: 1 }, [2]) }, { first: pair, second: pair }, pair)
  const wanted = (steps: number): number => -(((1 - settings.beta1) * 2) / (1 - settings.beta1 ** steps)) / (Math.sqrt(((1 - settings.beta2) * 4) / (1 - settings.beta2 ** steps)) + settings.epsilon)
  close([...next.bias.data, ...next.slow.data], [wanted(1), wanted(3)])
})

test.run()
