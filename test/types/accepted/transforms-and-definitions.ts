import {
  add, attempt, buffer, compile, erase, evaluation, fold, gather, grad, input, itself, mapTree, mean, mul, normal, param, sumAll, trace, uniform, zero, zeros, zerosLike, type Definition, type Of, type Tensor,
} from '../../../compiler/language/index.ts'
import { adamw, type AdamW, type Moments } from '../../../models/transforms/adamw.ts'
import { ema } from '../../../models/transforms/ema.ts'

// Interfaces, not only type aliases, are trees.
interface Linear { readonly weight: Tensor<'in' | 'out'>; readonly bias: Tensor<'out'> }
interface Student { readonly blocks: readonly Linear[]; readonly temperature: Tensor }
declare const student: Student
declare const moments: Moments<Student>
declare const hp: AdamW
declare const rate: Tensor

export const moved: Student = ema(0.995)(student, student)
export const halved: Student = mapTree(x => mul(x, 0.5), student)
export const [next, nextMoments]: readonly [Student, Moments<Student>] = adamw(hp)(grad((p: Student) => p.temperature)(student), moments, student, rate)

const model = { weight: param({ hidden: 4, answer: 2 }, normal(0.02)), bias: param({ answer: 2 }, zeros, { decay: false }) }
const state = { model, moments: { first: zerosLike(model), second: zerosLike(model) }, key: buffer({}, 'key', itself), step: buffer({}, 'i32', zero) }
const batch = { x: input({ example: 8, hidden: 4 }), ids: input({ example: 8 }, 'i32') }
export const tensors: Of<typeof model> extends { readonly weight: Tensor<'hidden' | 'answer'>; readonly bias: Tensor<'answer'> } ? true : false = true

const step = (now: Of<typeof state>, given: Of<typeof batch>): readonly [Of<typeof state>, { readonly loss: Tensor }] => {
  const noise = uniform(fold(now.key, now.step), { hidden: 4 })
  const loss = add(sumAll(mean('example', given.x)), sumAll(noise))
  return [{ ...now, step: add(now.step, 1) }, { loss }]
}
export const annotated: Definition<typeof state, typeof batch, { readonly loss: Tensor }> = { state, batch, step }
const tokens = evaluation(state, { ids: input({ query: 3 }, 'i32') }, ({ model: { weight } }, { ids }) => gather('hidden', weight, ids))
export const inline = erase({ state, batch, step: (now, given) => [now, { average: mean('example', given.x) }], initialize: fresh => ({ ...fresh, step: add(fresh.step, 1) }), evaluate: { tokens } })
export const traced = attempt(() => trace(inline))
export const compiled = (target: Parameters<typeof compile>[1]) => compile(annotated, target)
