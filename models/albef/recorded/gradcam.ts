import { evaluation, vmap, type Definition, type Of, type Tensor } from '../../../compiler/language/index.ts'
import { captionMap, mapState, matchingAttention, similarityAttention, similarityMap, wordMaps } from '../gradcam.ts'
import { retrievalStudentNames } from '../official-tasks.ts'
import { masksOf } from '../step.ts'
import { retrievalOf } from './retrieval.ts'
import { recordedSentences, type RecordedTask } from './settings.ts'

/** The numbers in the names of recorded arrays: `gradcam_itm_block2` has the layer 2. */
const numbersIn = (names: readonly string[], before: string): readonly number[] => names.flatMap(name => (name.startsWith(before) ? [Number(name.slice(before.length))] : [])).sort((a, b) => a - b)

/** Maps against recorded numbers: attention, its gradients, maps of captions and of words, for each recorded layer. Official numbers of fusion layers count those of text too. */
export const gradcamParity = (recorded: RecordedTask) => {
  const config = retrievalOf(recorded)
  const side = config.vision.image / config.vision.patch
  const state = mapState(config)
  const batch = recordedSentences(config, config.batch)
  type State = Of<typeof state>
  type Batch = Of<typeof batch>
  type Picture = Tensor<'row' | 'column' | 'channel'>
  const names = Object.keys(recorded.outputs)
  const [layers, inBlocks, perWord] = [numbersIn(names, 'gradcam_itm_block'), numbersIn(names, 'gradcam_itc_block'), numbersIn(names, 'per_token_itm_block')]
  const matching = ({ student }: State, layer: number) => (picture: Picture, ids: Tensor<'token', 'i32'>, mask: Tensor<'token'>) => {
    const attention = matchingAttention(student, config, layer - config.text.layers)(picture, ids, mask)
    return {
      [`attn_itm_block${layer}`]: attention.weights, [`attn_grad_itm_block${layer}`]: attention.gradient, [`gradcam_itm_block${layer}`]: captionMap(attention, mask, side),
      ...(perWord.includes(layer) ? { [`per_token_itm_block${layer}`]: wordMaps(attention, mask, side) } : {}), ...(layer === layers[0] ? { itm_logits: attention.scores } : {}),
    }
  }
  const similarity = ({ student }: State, block: number) => (picture: Picture, ids: Tensor<'token', 'i32'>, mask: Tensor<'token'>) => {
    const attention = similarityAttention(student, config, block)(picture, ids, mask)
    return { [`attn_itc_block${block}`]: attention.weights, [`attn_grad_itc_block${block}`]: attention.gradient, [`gradcam_itc_block${block}`]: similarityMap(attention, side) }
  }
  const outputs = (now: State, { image, ids }: Batch) => {
    const mask = masksOf(config, ids)
    const all = [...layers.map(layer => vmap('batch', matching(now, layer))(image, ids, mask)), ...inBlocks.map(block => vmap('batch', similarity(now, block))(image, ids, mask))]
    return Object.fromEntries(all.flatMap(each => Object.entries(each)))
  }
  const definition: Definition<typeof state, typeof batch, Record<string, never>> = {
    state, batch,
    step: now => [now, {}],
    evaluate: { outputs: evaluation(state, batch, outputs) },
  }
  return {
    definition,
    inputs: { image: 'image', ids: 'input_ids' },
    order: ['batch', 'head', 'token', 'key', 'row', 'column', 'answer'],
    names: retrievalStudentNames(config),
    outputs: ['outputs'],
    gradients: {},
  }
}
