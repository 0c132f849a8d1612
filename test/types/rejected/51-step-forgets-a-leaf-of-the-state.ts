// expect 10:24 weight bias
import { add, buffer, input, normal, param, zero, zeros, type Definition } from '../../../compiler/language/index.ts'

const state = { weight: param({ hidden: 4, answer: 2 }, normal(0.02)), bias: param({ answer: 2 }, zeros), step: buffer({}, 'i32', zero) }
const batch = { x: input({ example: 8, hidden: 4 }) }

export const definition: Definition<typeof state, typeof batch, unknown> = {
  state,
  batch,
  step: ({ step }) => [{ step: add(step, 1) }, {}],
}
// says AX031 10:24-10:46 step gives no value for 'weight', 'bias' of the state
// see 4:17 'hidden' 'answer' is declared here
