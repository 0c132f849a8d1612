import { concat, evaluation, input, slice, valueAndGradWithAux, type Definition, type Of } from '../../../compiler/language/index.ts'
import { noDropout } from '../../layers/dropout.ts'
import { judge, nlvrLoss, nlvrState, nlvrStep, officialNlvr, officialNlvrStudent, surroundings, type Comparisons } from '../nlvr.ts'
import { recordedSentences, replayedChoices, twoImagesOf, type RecordedTask } from './settings.ts'

/** Reasoning over two images against recorded numbers: predictions, losses and gradients, with the teacher and without. */
export const nlvrParity = (recorded: RecordedTask) => {
  const config = twoImagesOf(recorded)
  const choices = replayedChoices(recorded)
  const state = nlvrState(config)
  // One array of pictures: all left ones, then all right ones.
  const batch = { ...recordedSentences(config, 2 * config.batch), label: input({ batch: config.batch }, 'i32') }
  type State = Of<typeof state>
  type Batch = Of<typeof batch>
  const pictures = ({ image, ids, label }: Batch): Comparisons => ({ left: slice('batch', 0, config.batch, image), right: slice('batch', config.batch, config.batch, image), ids, label })
  const lossOf = (now: State, given: Batch, distil: boolean) => {
    const around = surroundings(config, now)
    return nlvrLoss(config, choices, distil ? around : { ...around, teacher: undefined }, pictures(given))
  }
  const outputs = (now: State, given: Batch) => {
    const [distilled, { own, target }] = lossOf(now, given, true)(now.student)
    const [plain] = lossOf(now, given, false)(now.student)
    return {
      image_embeds: concat('batch', [own.images[0], own.images[1]]), last_hidden_state: own.tokens, prediction: own.scores, prediction_m: target?.scores,
      loss_distill: distilled, loss_nodistill: plain, prediction_eval: judge(now.student, config, noDropout, pictures(given)).scores,
    }
  }
  const gradients = (distil: boolean) => evaluation(state, batch, (now, given) => ({ student: valueAndGradWithAux(lossOf(now, given, distil))(now.student).grad }))
  const step = (now: State, given: Batch) => nlvrStep(config, choices)(now, pictures(given))
  const definition: Definition<typeof state, typeof batch, ReturnType<typeof step>[1]> = {
    state, batch, step,
    evaluate: { outputs: evaluation(state, batch, outputs), gradients: gradients(true), gradientsOfLabels: gradients(false) },
  }
  const names = officialNlvrStudent(config)
  return {
    definition,
    inputs: { image: 'image', ids: 'input_ids', label: 'targets' },
    order: ['batch', 'token', 'hidden', 'answer'],
    names: officialNlvr(config),
    outputs: ['outputs'],
    gradients: { grads_distill: { program: 'gradients', names }, grads_nodistill: { program: 'gradientsOfLabels', names } },
    step: { metrics: { loss: 'loss_distill' } },
  }
}
