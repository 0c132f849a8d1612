// expect 7:17 mean batch example
import { dot, evaluation, input, mean, normal, param } from '../../../compiler/language/index.ts'

const state = { weight: param({ hidden: 4, answer: 2 }, normal(0.02)) }

export const features = evaluation(state, { x: input({ example: 8, hidden: 4 }) }, ({ weight }, { x }) =>
  mean('batch', dot('hidden', x, weight)))
// says AX001 7:17-7:41 mean over 'batch': dot('hidden', x, weight) has 'answer' 'example'
// see 7:17 dot gives 'answer' 'example' here
// see 6:99 x is declared with 'hidden' 'example' here
// see 6:87 weight is declared with 'hidden' 'answer' here
