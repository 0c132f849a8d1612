import { evaluation, input, outer, position, select, softmax, valueAndGradWithAux, type Definition, type Of } from '../../../compiler/language/index.ts'
import { assignmentNames, assignmentStudentNames } from '../official-tasks.ts'
import { assignmentLoss, assignmentState, assignmentStep, surroundings, type AssignmentChoices } from '../text-assignment.ts'
import { recordedSentences, replayedChoices, twoImagesOf, type RecordedTask } from './settings.ts'

/** The text assignment against recorded numbers: which pictures were shown is replayed. */
export const assignmentParity = (recorded: RecordedTask) => {
  const config = { ...twoImagesOf(recorded), embed: recorded.size.embed }
  const state = assignmentState(config)
  const indices = () => input({ batch: config.batch }, 'i32')
  const batch = { ...recordedSentences(config, config.batch), first: indices(), second: indices(), label: indices() }
  type State = Of<typeof state>
  type Batch = Of<typeof batch>
  const choices = ({ first, second, label }: Batch): AssignmentChoices => ({ ...replayedChoices(recorded), assign: () => ({ first, second, label }) })
  const lossOf = (now: State, given: Batch) => assignmentLoss(config, choices(given), surroundings(now), given)
  const outputs = (now: State, given: Batch) => {
    const [loss, { inside: { images, features, similarity, tokens, scores } }] = lossOf(now, given)(now.student)
    const own = outer('equal', position('batch', similarity), position('candidate', similarity))
    return { image_embeds: images, image_feat: features, sim: similarity, weights: select(own, 0, softmax('candidate', similarity)), last_hidden_state: tokens, pred: scores, loss }
  }
  const step = (now: State, given: Batch) => assignmentStep(config, choices(given))(now, given)
  const definition: Definition<typeof state, typeof batch, ReturnType<typeof step>[1]> = {
    state, batch, step,
    evaluate: { outputs: evaluation(state, batch, outputs), gradients: evaluation(state, batch, (now, given) => ({ student: valueAndGradWithAux(lossOf(now, given))(now.student).grad })) },
  }
  return {
    definition,
    inputs: { image: 'image', ids: 'input_ids', first: 'slot0_idx', second: 'slot1_idx', label: 'labels' },
    order: ['batch', 'candidate', 'embed', 'token', 'hidden', 'answer'],
    names: assignmentNames(config),
    outputs: ['outputs'],
    gradients: { grads: { program: 'gradients', names: assignmentStudentNames(config) } },
    step: { metrics: { loss: 'loss' } },
  }
}
