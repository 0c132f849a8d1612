import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import * as t from 'io-ts'
import type { HostTensor } from '../checkpoints/element-types.ts'
import { readTensors } from '../checkpoints/safetensors.ts'
import { Checksums, Config, checked, optional, readJson, type RecordedRun } from './recorded.ts'

type Tensors = ReadonlyMap<string, HostTensor>

/** The gradients that the processes agreed on: only a run of several of them has such a file. */
const agreed = 'grads0_mean.safetensors'

const Losses = t.type({
  /** Where the state before the first step is recorded. */
  note: optional(t.string),
  queue_ptr_start: t.number,
  per_step_per_rank_mlm_ita_itm: t.array(t.array(t.tuple([t.number, t.number, t.number]))),
  state2_checksums: optional(Checksums),
})

/** Whether a folder was recorded by several processes that shared their gradients. */
export const isOfRanks = (folder: string): boolean => existsSync(join(folder, agreed))

// Such a folder goes on from the state of another, which its note names, and has that one's configuration.
const startOf = (folder: string, note: string | undefined): string => {
  const own = join(folder, 'state0.safetensors')
  const other = /\S*state0\.safetensors/.exec(note ?? '')?.[0]
  return existsSync(own) || other === undefined ? own : normalize(join(folder, other))
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** The processes' batches one after the other: their axis and that of the examples become one. */
const joined = (inputs: Tensors): Tensors =>
  new Map([...inputs].map(([name, tensor]) => {
    const [steps, ranks, examples, ...rest] = tensor.shape
    return [name, steps === undefined || ranks === undefined || examples === undefined ? tensor : { ...tensor, shape: [steps, ranks * examples, ...rest] }]
  }))

const lossNames = ['loss_mlm', 'loss_ita', 'loss_itm'] as const

/** The first step's losses of each process, and the means over the processes of every step's. */
const lossesOf = (all: t.TypeOf<typeof Losses>['per_step_per_rank_mlm_ita_itm']): Pick<RecordedRun, 'losses' | 'step0'> => {
  const of = (ranks: (typeof all)[number], i: 0 | 1 | 2): readonly number[] => ranks.map(losses => losses[i])
  const float32 = all.map(ranks => {
    const [mlm, ita, itm] = [mean(of(ranks, 0)), mean(of(ranks, 1)), mean(of(ranks, 2))]
    return { loss_mlm: mlm, loss_ita: ita, loss_itm: itm, total: mlm + ita + itm }
  })
  const first = all[0] ?? []
  const step0 = lossNames.map((name, i): readonly [string, HostTensor] => [name, { dtype: 'f32', shape: [first.length], data: Float32Array.from(first, losses => losses[i] ?? Number.NaN) }])
  return { losses: { float32, float64: undefined }, step0: new Map(step0) }
}

const tensorsOf = (file: string): TE.TaskEither<string, Tensors> => pipe(readTensors(file), TE.map(({ tensors }) => tensors))

/**
 * Reads a folder recorded by several processes, each with a batch of its own, that applied the mean of their gradients: a run in groups.
 * Left: one sentence with the file and what is missing or wrong in it.
 */
export const readRanks = (folder: string): TE.TaskEither<string, RecordedRun> => pipe(
  TE.fromEither(readJson(join(folder, 'losses.json'), Losses)),
  TE.chain(recorded => {
    const start = startOf(folder, recorded.note)
    const ranks = recorded.per_step_per_rank_mlm_ita_itm[0]?.length ?? 0
    const next: HostTensor = { dtype: 'i32', shape: [1], data: Int32Array.of(recorded.queue_ptr_start) }
    return pipe(
      TE.Do,
      TE.bind('config', () => TE.fromEither(readJson(join(dirname(start), 'config.json'), Config))),
      TE.bind('inputs', () => tensorsOf(join(folder, 'inputs.safetensors'))),
      TE.bind('state0', () => tensorsOf(start)),
      TE.bind('grads0', () => tensorsOf(join(folder, agreed))),
      TE.bind('state1', () => tensorsOf(join(folder, 'state1.safetensors'))),
      TE.chainEitherK(({ config, inputs, state0, grads0, state1 }) => ranks < 1
        ? E.left(`${join(folder, 'losses.json')}: 'per_step_per_rank_mlm_ita_itm' holds no process`)
        : checked({
          folder, grads0, state1, ...lossesOf(recorded.per_step_per_rank_mlm_ita_itm),
          config: { ...config, size: { ...config.size, ranks } },
          inputs: joined(inputs),
          state0: new Map([...state0, ['queue_ptr', next]]),
          noise: { step0: undefined, grads0: undefined, state1: undefined },
          checksums: recorded.state2_checksums,
          checkedAfter: 2,
        })),
    )
  }),
)
