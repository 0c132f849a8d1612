import {
  broadcast, cast, equal, evaluation, flatten, gather, input, mul, neg, not, outer, position, rename, scalar, select, slice, stack, sum, valueAndGradWithAux, vmap,
  type Definition, type Of, type Tensor,
} from '../../../compiler/language/index.ts'
import { noDropout } from '../../layers/dropout.ts'
import { rankAnswers, type Ranked } from '../answers.ts'
import { masksOf } from '../step.ts'
import { officialVqa, officialVqaStudent, readQuestions, surroundings, tiny, vqaLoss, vqaState, vqaStep, type Answered, type Vqa } from '../vqa.ts'
import { recordedSentences, replayedChoices, sizeOf, tuningOf, type RecordedTask } from './settings.ts'

const configOf = (recorded: RecordedTask): Vqa => {
  const layers = Object.keys(recorded.state).filter(name => /^text_decoder\.bert\.encoder\.layer\.\d+\.output\.dense\.bias$/.test(name)).length
  const [rows, tokens] = [sizeOf(recorded.inputs, 'answer_ids', 0), sizeOf(recorded.inputs, 'answer_ids', 1)]
  return { ...tiny, ...tuningOf(recorded, 'question_ids'), decoderLayers: layers, answers: { rows, tokens }, list: sizeOf(recorded.inputs, 'candidate_ids', 0), candidates: recorded.candidates, firstWord: 'twice' }
}

/** The question of each row of answers, from the number of answers of each question. */
const questionOf = (counts: Tensor<'batch', 'i32'>, rows: Tensor<'answer', 'i32'>): Tensor<'answer', 'i32'> => {
  const other = rename(counts, { batch: 'other' })
  const before = not(outer('less', position('batch', counts), position('other', other)))
  const ends = sum('other', mul(cast('i32', before), other))
  return sum('batch', cast('i32', not(outer('less', rows, ends))))
}

/** The official shortlist. Candidates that begin alike are equally likely, and which of them come first is anybody's choice: it is taken from what came of it. */
const shortlistOf = (answers: Tensor<'best', 'i32'>, places: Tensor<'best', 'i32'>): Tensor<'best', 'i32'> => {
  const place = rename(position('best', places), { best: 'place' })
  return rename(sum('best', mul(cast('i32', outer('equal', places, place)), answers)), { place: 'best' })
}

/** Padding as the official code marks what is no target. */
const targetsOf = <L extends string>(ids: Tensor<L, 'i32'>, pad: number): Tensor<L, 'i32'> => select(equal(ids, pad), -100, ids)

type RankedAll = { readonly [K in keyof Ranked]: Ranked[K] extends Tensor<infer A, infer D> ? Tensor<A | 'batch', D> : never }

/** The ranking under official names. Its shortlist was given: that it is one of the best is seen by its probabilities. */
const ranking = (ranked: RankedAll, pad: number) => {
  const pairs = ['batch', 'best'] as const
  return {
    'start_output.logits': ranked.start, 'rank_answer.logits': flatten(ranked.start, ['token', 'word'], 'word'), 'rank_answer.prob_first_token': ranked.firstWord,
    'rank_answer.input_ids': flatten(ranked.ids, pairs, 'pair'), 'rank_answer.targets_ids': flatten(targetsOf(ranked.ids, pad), pairs, 'pair'), 'output.logits': flatten(ranked.scores, pairs, 'pair'),
    'rank_answer.answer_loss': flatten(ranked.losses, pairs, 'pair'), 'rank_answer.log_probs': flatten(stack('term', [ranked.firstWords, neg(ranked.losses)]), pairs, 'pair'), 'rank_answer.log_probs_sum': ranked.logarithms,
    'rank_answer.rerank_id': ranked.places, topk_ids: ranked.answers, topk_probs: ranked.probabilities,
  }
}

/** Question answering against recorded numbers: decoding, losses and gradients with the teacher and without, ranking. */
export const vqaParity = (recorded: RecordedTask) => {
  const config = configOf(recorded)
  const choices = replayedChoices(recorded)
  const { pad, cls } = config.text.special
  const state = vqaState(config)
  const { rows, tokens } = config.answers
  const batch = {
    ...recordedSentences(config, config.batch),
    answers: input({ answer: rows, token: tokens }, 'i32'), counts: input({ batch: config.batch }, 'i32'), answerWeight: input({ answer: rows }),
    list: input({ candidate: config.list, token: sizeOf(recorded.inputs, 'candidate_ids', 1) }, 'i32'), ranked: input({ batch: config.batch, best: config.candidates }, 'i32'), places: input({ batch: config.batch, best: config.candidates }, 'i32'),
  }
  type State = Of<typeof state>
  type Batch = Of<typeof batch>
  const answered = (given: Batch): Answered => ({ ...given, answerOf: questionOf(given.counts, position('answer', given.answers)) })
  const lossOf = (now: State, given: Batch, distil: boolean) => {
    const around = surroundings(config, now)
    return vqaLoss(config, choices, distil ? around : { ...around, teacher: undefined }, answered(given))
  }
  const rank = ({ student }: State, given: Batch) => {
    const { states } = readQuestions(student, config, noDropout, given)
    type Best = Tensor<'best', 'i32'>
    const one = (own: Tensor<'token' | 'hidden'>, asked: Tensor<'token'>, best: Best, places: Best) => rankAnswers(student.decoder, config, given.list, () => shortlistOf(best, places))(own, asked)
    return ranking(vmap('batch', one)(states, masksOf(config, given.ids), given.ranked, given.places), pad)
  }
  const outputs = (now: State, given: Batch) => {
    const [distilled, { own, target }] = lossOf(now, given, true)(now.student)
    const [plain] = lossOf(now, given, false)(now.student)
    const { answerOf } = answered(given)
    return {
      image_embeds: own.images, 'question_output.last_hidden_state': own.states, question_states: gather('batch', own.states, answerOf), question_states_m: target && gather('batch', target.states, answerOf),
      answer_targets: targetsOf(given.answers, pad), 'answer_output.logits': own.scores, logits_m: target && slice('token', 0, tokens - 1, target.scores),
      loss_distill: distilled, loss_nodistill: plain, 'rank_answer.start_ids': broadcast(scalar(cls, 'i32'), { batch: config.batch }),
      ...rank(now, given),
    }
  }
  const gradients = (distil: boolean) => evaluation(state, batch, (now, given) => ({ student: valueAndGradWithAux(lossOf(now, given, distil))(now.student).grad }))
  const step = (now: State, given: Batch) => vqaStep(config, choices)(now, answered(given))
  const definition: Definition<typeof state, typeof batch, ReturnType<typeof step>[1]> = {
    state, batch, step,
    evaluate: { outputs: evaluation(state, batch, outputs), gradients: gradients(true), gradientsOfLabels: gradients(false) },
  }
  const names = officialVqaStudent(config)
  return {
    definition,
    inputs: { image: 'image', ids: 'question_ids', answers: 'answer_ids', counts: 'k', answerWeight: 'weights', list: 'candidate_ids', ranked: 'topk_ids', places: 'rank_answer.rerank_id' },
    order: ['pair', 'batch', 'answer', 'candidate', 'best', 'rank', 'token', 'hidden', 'word', 'term'],
    names: officialVqa(config),
    outputs: ['outputs'],
    gradients: { grads_distill: { program: 'gradients', names }, grads_nodistill: { program: 'gradientsOfLabels', names } },
    step: { metrics: { loss: 'loss_distill' } },
  }
}
