// expect 7:22 logits scores
import { erase, input, mean, param, zeros } from '../../../compiler/language/index.ts'

export const definition = erase({
  state: { bias: param({ answer: 2 }, zeros) },
  batch: { scores: input({ example: 8, answer: 2 }) },
  step: ({ bias }, { logits }) => [{ bias }, { average: mean('example', logits) }],
})
