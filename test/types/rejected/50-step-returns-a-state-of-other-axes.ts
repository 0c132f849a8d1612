// expect 7:21 answer hidden
import { erase, input, mean, normal, param } from '../../../compiler/language/index.ts'

export const definition = erase({
  state: { weight: param({ hidden: 4, answer: 2 }, normal(0.02)) },
  batch: { x: input({ example: 8, hidden: 4 }) },
  step: state => [{ weight: mean('hidden', state.weight) }, {}],
})
