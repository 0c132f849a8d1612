import { evaluation, input, valueAndGradWithAux, type Definition, type Of } from '../../../compiler/language/index.ts'
import { noDropout } from '../../layers/dropout.ts'
import { entailmentLoss, entailmentState, entailmentStep, judge, officialEntailment, officialEntailmentStudent, surroundings } from '../entailment.ts'
import { recordedSentences, replayedChoices, tuningOf, type RecordedTask } from './settings.ts'

/** Visual entailment against recorded numbers: predictions, losses and gradients, with the teacher and without. */
export const entailmentParity = (recorded: RecordedTask) => {
  const config = tuningOf(recorded, 'input_ids')
  const choices = replayedChoices(recorded)
  const state = entailmentState(config)
  const batch = { ...recordedSentences(config, config.batch), label: input({ batch: config.batch }, 'i32') }
  type State = Of<typeof state>
  type Batch = Of<typeof batch>
  const lossOf = (now: State, given: Batch, distil: boolean) => {
    const around = surroundings(config, now)
    return entailmentLoss(config, choices, distil ? around : { ...around, teacher: undefined }, given)
  }
  const step = entailmentStep(config, choices)
  const outputs = (now: State, given: Batch) => {
    const [distilled, { own, target }] = lossOf(now, given, true)(now.student)
    const [plain] = lossOf(now, given, false)(now.student)
    return {
      image_embeds: own.images, last_hidden_state: own.tokens, prediction: own.scores, prediction_m: target?.scores,
      loss_distill: distilled, loss_nodistill: plain, prediction_eval: judge(now.student, config, noDropout, given).scores,
    }
  }
  const gradients = (distil: boolean) => evaluation(state, batch, (now, given) => ({ student: valueAndGradWithAux(lossOf(now, given, distil))(now.student).grad }))
  const definition: Definition<typeof state, typeof batch, ReturnType<typeof step>[1]> = {
    state, batch, step,
    evaluate: { outputs: evaluation(state, batch, outputs), gradients: gradients(true), gradientsOfLabels: gradients(false) },
  }
  const names = officialEntailmentStudent(config)
  return {
    definition,
    inputs: { image: 'image', ids: 'input_ids', label: 'targets' },
    order: ['batch', 'token', 'hidden', 'answer'],
    names: officialEntailment(config),
    outputs: ['outputs'],
    gradients: { grads_distill: { program: 'gradients', names }, grads_nodistill: { program: 'gradientsOfLabels', names } },
    step: { metrics: { loss: 'loss_distill' } },
  }
}
