// A small task with one of everything that crosses the border of a compiled program: bytes, flags, keys, nested inputs, plain numbers.
import {
  add, bernoulli, buffer, cast, defineTask, div, dot, erase, evaluation, fold, input, itself, less, meanAll, mul, normal, param, rename, select, stack, sub, untyped,
  valueAndGrad, vmap, withChanges, zero, zeros, zerosLike, type Changes, type Definition, type Initializer, type Job, type Of, type Tensor,
} from '../../../compiler/language/index.ts'
import { adamw } from '../../../models/transforms/adamw.ts'

interface Regression {
  readonly name: string
  readonly features: number
  readonly examples: number
  readonly dropout: number
}

const allFalse: Initializer = (_key, sizes) => untyped.less(untyped.broadcast(untyped.literal(1), sizes), 0)

const lineOf = ({ features }: Regression) => ({ weight: param({ feature: features }, normal(0.1)), bias: param({}, zeros) })

const stateOf = (config: Regression) => ({
  line: lineOf(config),
  moments: { first: zerosLike(lineOf(config)), second: zerosLike(lineOf(config)) },
  key: buffer({}, 'key', itself),
  steps: buffer({}, 'i32', zero),
  kept: buffer({ feature: config.features }, 'bool', allFalse),
})

const batchOf = ({ features, examples }: Regression) => ({
  pixels: input({ example: examples, feature: features }, 'u8'),
  truth: { value: input({ example: examples }), group: input({ example: examples }, 'i32') },
  rate: input({}),
  stop: input({}, 'bool'),
})

type State = Of<ReturnType<typeof stateOf>>
type Batch = Of<ReturnType<typeof batchOf>>
type Line = State['line']

const predict = (line: Line, pixels: Tensor<'feature'>): Tensor => add(dot('feature', line.weight, pixels), line.bias)

const scaled = (pixels: Tensor<'feature', 'u8'>): Tensor<'feature'> => div(cast('f32', pixels), 255)

const lossOf = (kept: Tensor<'feature', 'bool'>, { pixels, truth }: Batch) => (line: Line): Tensor => {
  const one = (bytes: Tensor<'feature', 'u8'>, value: Tensor, group: Tensor<never, 'i32'>): Tensor => {
    const error = sub(sub(predict(line, select(kept, scaled(bytes), 0)), value), mul(cast('f32', group), 0.125))
    return mul(error, error)
  }
  return meanAll(vmap('example', one)(pixels, truth.value, truth.group))
}

const stepOf = ({ features, dropout }: Regression) => (state: State, batch: Batch) => {
  const kept = bernoulli(fold(state.key, state.steps), 1 - dropout, { feature: features })
  const { value, grad } = valueAndGrad(lossOf(kept, batch))(state.line)
  const steps = add(state.steps, 1)
  const move = adamw({ beta1: 0.9, beta2: 0.99, epsilon: 1e-8, decay: 0.01, decays: path => path === 'weight', factor: () => 1, steps: () => cast('f32', steps) })
  const [line, moments] = move(grad, state.moments, state.line, select(batch.stop, 0, batch.rate))
  const next: State = { line, moments, key: state.key, steps, kept }
  return [next, { loss: value, metrics: { small: less(value, 0.05), steps }, kept }] as const
}

const definitionOf = (config: Regression) => {
  const state = stateOf(config)
  const step = stepOf(config)
  const definition: Definition<typeof state, ReturnType<typeof batchOf>, ReturnType<typeof step>[1]> = {
    state,
    batch: batchOf(config),
    step,
    evaluate: {
      predict: evaluation(state, { pixels: input({ row: 3, feature: config.features }, 'u8') }, (now, { pixels }) =>
        vmap('row', (bytes: Tensor<'feature', 'u8'>) => predict(now.line, scaled(bytes)))(pixels)),
      'both weights': evaluation(state, {}, now => ({ stacked: stack('copy', [now.line.weight, now.line.weight]), renamed: rename(now.line.weight, { feature: 'column' }), steps: now.steps })),
    },
  }
  return erase(definition)
}

const job = (config: Regression): Job => ({
  name: config.name,
  config,
  definition: definitionOf(config),
  phases: [{ program: 'step', share: 1 }],
  data: { picture: 1, tokens: 1, batch: config.examples, distinct: 'picture', augmentation: { crop: 'off', flip: false, randaugment: false, grayscale: 0 }, inputs: {} },
  horizon: 'steps',
  names: [],
  shown: [{ name: 'loss', digits: 3 }],
})

export const small: Regression = { name: 'small', features: 4, examples: 6, dropout: 0.25 }

const configured = (config: Regression) => (changes: Changes = {}): Job => job(withChanges(config, changes))

export const task = defineTask({
  name: 'regression',
  configs: {
    small: configured(small),
    // Sizes that nothing packs, and bytes that do not fill words.
    odd: configured({ ...small, name: 'odd', features: 3, examples: 5 }),
    // A step that gives no next state.
    wrong: changes => ({ ...configured(small)(changes), definition: { ...definitionOf(small), step: () => [{}, {}] } }),
  },
})
