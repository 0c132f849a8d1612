// expect 7:22 logits scores
import { erase, input, mean, param, zeros } from '../../../compiler/language/index.ts'

export const definition = erase({
  state: { bias: param({ answer: 2 }, zeros) },
  batch: { scores: input({ example: 8, answer: 2 }) },
  step: ({ bias }, { logits }) => [{ bias }, { average: mean('example', logits) }],
})
// says AX045 7:22-7:28 nothing called 'logits' is declared: it has scores
