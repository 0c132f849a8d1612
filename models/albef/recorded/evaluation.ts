import { at, dot, evaluation, input, vmap, type Definition, type Of, type Tensor } from '../../../compiler/language/index.ts'
import { noDropout } from '../../layers/dropout.ts'
import { project, projectPooled } from '../contrast.ts'
import { mapState } from '../gradcam.ts'
import { match } from '../matching.ts'
import { retrievalStudentNames } from '../official-tasks.ts'
import { masksOf, poolTokens } from '../step.ts'
import { textEncoder } from '../text.ts'
import { visionTransformer } from '../vision.ts'
import { retrievalOf } from './retrieval.ts'
import { sizeOf, type RecordedTask } from './settings.ts'

/** Evaluation of retrieval: similarities of all pairs and their matching scores; which are ranked again is up to the evaluation. */
export const evaluationParity = (recorded: RecordedTask) => {
  const config = retrievalOf(recorded)
  const { text, vision } = config
  const state = mapState(config)
  const batch = {
    image: input({ image: sizeOf(recorded.inputs, 'image', 0), channel: 3, row: vision.image, column: vision.image }),
    ids: input({ batch: config.batch, token: text.tokens }, 'i32'),
  }
  type State = Of<typeof state>
  type Sequence = Tensor<'token' | 'hidden'>
  const outputs = ({ student }: State, { image, ids }: Of<typeof batch>) => {
    const pictures = vmap('image', (own: Tensor<'row' | 'column' | 'channel'>) => {
      const tokens = visionTransformer(student.vision, vision)(own)
      return { tokens, feature: project(student.visionProjection, tokens) }
    })(image)
    const present = masksOf(config, ids)
    const captions = vmap('batch', (words: Tensor<'token', 'i32'>, mask: Tensor<'token'>) => {
      const tokens = textEncoder(student.text, text, noDropout)(words, mask)
      return { tokens, feature: projectPooled(student.textProjection, poolTokens(config, tokens, mask)) }
    })(ids, present)
    const score = match(student, text, noDropout)
    const ofPicture = (picture: Sequence) => vmap('batch', (caption: Sequence, mask: Tensor<'token'>) => at('answer', 1, score(caption, picture, mask).scores))(captions.tokens, present)
    return { sims: dot('embed', pictures.feature, captions.feature), matching: vmap('image', ofPicture)(pictures.tokens) }
  }
  const definition: Definition<typeof state, typeof batch, Record<string, never>> = { state, batch, step: now => [now, {}], evaluate: { outputs: evaluation(state, batch, outputs) } }
  return { definition, inputs: { image: 'image', ids: 'input_ids' }, order: ['image', 'batch'], names: retrievalStudentNames(config), outputs: ['outputs'], gradients: {} }
}
