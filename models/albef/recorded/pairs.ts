import { broadcast, cast, concat, equal, flatten, gather, less, outer, position, scalar, select, sizeAlong, slice, softmax, type Tensor } from '../../../compiler/language/index.ts'
import type { Negatives } from '../choices.ts'
import type { Contrast } from '../contrast.ts'
import type { Matching } from '../matching.ts'
import type { Encoded } from '../step.ts'

type Tokens = Tensor<'batch' | 'token' | 'hidden'>
type Pairs = Tensor<'case' | 'batch' | 'token' | 'hidden'>

/** What contrast and matching compute on the way, in pre-training and in retrieval. */
interface Inside {
  readonly online: Encoded
  readonly target: Encoded
  readonly contrast: Contrast
  readonly matching: Matching
  readonly negatives: Negatives
  readonly mask: Tensor<'batch' | 'token'>
}

const allPairs = (x: Pairs) => flatten(x, ['case', 'batch'], 'pair')
const wholeImages = (images: Tokens) => broadcast(scalar(1, 'i32'), { batch: sizeAlong('batch', images), token: sizeAlong('token', images) })
const labelsOf = (labels: Tensor<'case', 'i32'>, scores: Matching['scores']): Tensor<'case' | 'batch', 'i32'> => outer('add', labels, cast('i32', less(position('batch', scores), 0)))

/** The pairs that are no negatives of each other where every example has a picture of its own. */
export const ownPairs = (similarity: Tensor<'batch' | 'candidate'>): Tensor<'batch' | 'candidate', 'bool'> => outer('equal', position('batch', similarity), position('candidate', similarity))

/** Intermediates under the official names; `own` are the pairs that are no negatives. */
export const pairIntermediates = ({ online, target, contrast, matching, negatives, mask }: Inside, own: Tensor<'batch' | 'candidate', 'bool'>) => {
  const { imageToText, textToImage } = contrast
  const others = (x: Tensor<'batch' | 'candidate'>) => select(own, 0, softmax('candidate', x))
  const [negativeImages, negativeTexts, negativeMask] = [gather('batch', online.images, negatives.image), gather('batch', online.captions, negatives.text), gather('batch', mask, negatives.text)]
  const labels = cast('i32', equal(position('case', matching.scores), 0))
  return {
    image_embeds: online.images, image_feat: online.features.image, text_embeds: online.captions, text_feat: online.features.text,
    'text_output.last_hidden_state': online.captions, 'text_output_m.last_hidden_state': target.captions,
    image_embeds_m: target.images, image_feat_m: target.features.image, text_feat_m: target.features.text,
    image_feat_all: textToImage.bank, text_feat_all: imageToText.bank,
    sim_i2t: imageToText.logits, sim_t2i: textToImage.logits, sim_i2t_m: imageToText.teacherLogits, sim_t2i_m: textToImage.teacherLogits,
    sim_i2t_targets: imageToText.targets, sim_t2i_targets: textToImage.targets,
    weights_i2t: others(imageToText.inBatch), weights_t2i: others(textToImage.inBatch),
    loss_i2t: imageToText.loss, loss_t2i: textToImage.loss, loss_ita: contrast.loss, loss_itm: matching.loss,
    image_atts: wholeImages(online.images), image_atts_all: concat('batch', [wholeImages(negativeImages), wholeImages(online.images)]),
    image_embeds_neg: negativeImages, text_embeds_neg: negativeTexts, text_atts_neg: cast('i32', negativeMask),
    image_embeds_all: concat('batch', [negativeImages, online.images]), text_embeds_all: concat('batch', [online.captions, negativeTexts]), text_atts_all: cast('i32', concat('batch', [mask, negativeMask])),
    'output_pos.last_hidden_state': allPairs(slice('case', 0, 1, matching.tokens)), 'output_neg.last_hidden_state': allPairs(slice('case', 1, 2, matching.tokens)),
    vl_embeddings: flatten(flatten(slice('token', 0, 1, matching.tokens), ['case', 'batch'], 'pair'), ['token', 'hidden'], 'hidden'), vl_output: flatten(matching.scores, ['case', 'batch'], 'pair'),
    itm_labels: flatten(labelsOf(labels, matching.scores), ['case', 'batch'], 'pair'),
  }
}

/** The order in which the official code lays out the axes of its intermediates. */
export const recordedOrder = ['pair', 'case', 'batch', 'embed', 'token', 'masked', 'candidate', 'hidden', 'word', 'answer'] as const
