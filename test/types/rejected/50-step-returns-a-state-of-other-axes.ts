// expect 7:21 answer hidden
import { erase, input, mean, normal, param } from '../../../compiler/language/index.ts'

export const definition = erase({
  state: { weight: param({ hidden: 4, answer: 2 }, normal(0.02)) },
  batch: { x: input({ example: 8, hidden: 4 }) },
  step: state => [{ weight: mean('hidden', state.weight) }, {}],
})
// says AX031 7:29-7:57 step gives 'weight' of the state with 'answer', declared with 'hidden' 'answer'
// see 7:29 'hidden' goes here: mean makes 'answer' of 'hidden' 'answer'
// see 5:12 'hidden' 'answer' is declared here
