import { broadcast, cast, div, evaluation, input, scalar, sum, valueAndGradWithAux, type Definition, type Of } from '../../../compiler/language/index.ts'
import { retrievalNames, retrievalStudentNames } from '../official-tasks.ts'
import { retrievalLoss, retrievalState, retrievalStep, studentOf, surroundings, tiny, type Retrieval, type RetrievalChoices } from '../retrieval-task.ts'
import { pairIntermediates, recordedOrder } from './pairs.ts'
import { recordedSentences, replayedChoices, tuningOf, type RecordedTask } from './settings.ts'

/** Our configuration of a recorded retrieval batch: the temperature is free, as officially. */
export const retrievalOf = (recorded: RecordedTask): Retrieval => ({
  ...tuningOf(recorded, 'input_ids'),
  embed: recorded.size.embed,
  queue: recorded.size.queue,
  temperature: { ...tiny.temperature, free: true },
  negatives: tiny.negatives,
  candidates: recorded.candidates,
})

/** Retrieval against recorded numbers: intermediates, losses with the teacher and without, gradients, queues afterwards. */
export const retrievalParity = (recorded: RecordedTask) => {
  const config = retrievalOf(recorded)
  const state = retrievalState(config)
  const indices = () => input({ batch: config.batch }, 'i32')
  const batch = { ...recordedSentences(config, config.batch), identity: indices(), negativeImage: indices(), negativeText: indices() }
  type State = Of<typeof state>
  type Batch = Of<typeof batch>
  const choices = ({ negativeImage, negativeText }: Batch): RetrievalChoices => ({ ...replayedChoices(recorded), negatives: () => ({ image: negativeImage, text: negativeText }) })
  const lossOf = (now: State, given: Batch) => retrievalLoss(config, choices(given), surroundings(config, now), given)
  const outputs = (now: State, given: Batch) => {
    const [, { inside }] = lossOf(now, given)(studentOf(config, now))
    const withoutTeacher: RetrievalChoices = { ...choices(given), alpha: () => scalar(0) }
    const [, { metrics: plain }] = retrievalLoss(config, withoutTeacher, surroundings(config, now), given)(studentOf(config, now))
    return {
      ...pairIntermediates(inside, inside.own),
      pos_idx: inside.same, sim_targets: div(inside.same, sum('candidate', inside.same)), mask: cast('i32', inside.own),
      idx: given.identity, idx_all: broadcast(inside.identities, { one: 1 }),
      loss_ita_nodistill: plain.lossContrast, loss_itm_nodistill: plain.lossMatching,
    }
  }
  const gradients = (now: State, given: Batch) => ({ student: valueAndGradWithAux(lossOf(now, given))(studentOf(config, now)).grad })
  const step = (now: State, given: Batch) => retrievalStep(config, choices(given))(now, given)
  const definition: Definition<typeof state, typeof batch, ReturnType<typeof step>[1]> = {
    state, batch, step,
    evaluate: { outputs: evaluation(state, batch, outputs), gradients: evaluation(state, batch, gradients) },
  }
  return {
    definition,
    inputs: { image: 'image', ids: 'input_ids', identity: 'idx', negativeImage: 'neg_image_idx', negativeText: 'neg_text_idx' },
    order: ['one', ...recordedOrder],
    names: retrievalNames(config),
    outputs: ['outputs'],
    gradients: { grads: { program: 'gradients', names: retrievalStudentNames(config) } },
    step: { metrics: { lossContrast: 'loss_ita', lossMatching: 'loss_itm' }, after: 'queues1' },
  }
}
