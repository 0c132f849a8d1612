import type { Albef } from './config.ts'
import { attention, bertEmbeddings, bertLayer, fusionLayer, linear, multimodal, one, vision, wordHead, type OfficialTensor } from './official.ts'

type Sizes = Pick<Albef, 'vision' | 'text'>

/** The encoders of a task: a vision transformer, and a BERT without its prefix. */
export const encoderNames = (suffix: '' | '_m', root: string, config: Sizes): readonly OfficialTensor[] => [
  ...vision(`visual_encoder${suffix}`, `${root}/vision`, config.vision),
  ...multimodal(`text_encoder${suffix}`, root, config),
]

/** The classifier on top of a task's encoders. */
export const classifierNames = (name: string, path: string, { text: { hidden } }: Sizes, answers: number): readonly OfficialTensor[] => [
  ...linear(`${name}.0`, `${path}/inner`, [['inner', hidden]], [['hidden', hidden]]),
  ...linear(`${name}.2`, `${path}/outer`, [['answer', answers]], [['inner', hidden]]),
]

/** The encoders of retrieval with their contrastive projections. */
export const towerNames = (suffix: '' | '_m', root: string, config: Sizes & Pick<Albef, 'embed'>): readonly OfficialTensor[] => [
  ...encoderNames(suffix, root, config),
  ...linear(`vision_proj${suffix}`, `${root}/visionProjection`, [['embed', config.embed]], [['hidden', config.vision.hidden]]),
  ...linear(`text_proj${suffix}`, `${root}/textProjection`, [['embed', config.embed]], [['hidden', config.text.hidden]]),
]

/** The model of retrieval and grounding. */
export const retrievalStudentNames = (config: Sizes & Pick<Albef, 'embed'>): readonly OfficialTensor[] => [
  one('temp', [], 'student/temperature', []),
  ...towerNames('', 'student', config),
  ...linear('itm_head', 'student/matching', [['answer', 2]], [['hidden', config.text.hidden]]),
]

/** Everything of ours in the official checkpoint of retrieval. */
export const retrievalNames = (config: Sizes & Pick<Albef, 'embed' | 'queue'>): readonly OfficialTensor[] => [
  ...retrievalStudentNames(config),
  ...towerNames('_m', 'teacher', config),
  one('image_queue', [config.embed, config.queue], 'queues/image', ['embed', 'slot']),
  one('text_queue', [config.embed, config.queue], 'queues/text', ['embed', 'slot']),
  one('idx_queue', [1, config.queue], 'queues/identity', ['slot']),
  one('queue_ptr', [1], 'queues/next', []),
]

/** One layer of a pair: keys and values of its cross-attention are the pair's own, and stand under the name of the first. */
const pairLayer = (name: string, pair: string, side: 'left' | 'right', { text, vision: { hidden } }: Sizes): readonly OfficialTensor[] => [
  ...bertLayer(name, `${pair}/${side}`, text),
  ...attention(`${name}.crossattention`, `${pair}/${side}/crossAttention`, hidden, text)
    .filter(tensor => side === 'left' || !/\.self\.(key|value)\./.test(tensor.name))
    .map(tensor => ({ ...tensor, parts: tensor.parts.map(({ path, order }) => ({ path: path.replace(/left\/crossAttention\/(key|value)/, 'shared/$1'), order })) })),
]

/** The encoders of NLVR2: layers of fusion in pairs, one for each image. */
export const twoImageNames = (suffix: '' | '_m', root: string, config: Sizes): readonly OfficialTensor[] => {
  const { text } = config
  const [name, layer] = [`text_encoder${suffix}`, `text_encoder${suffix}.encoder.layer`]
  return [
    ...vision(`visual_encoder${suffix}`, `${root}/vision`, config.vision),
    ...bertEmbeddings(`${name}.embeddings`, `${root}/text`, text),
    ...Array.from({ length: text.layers }, (_, i) => bertLayer(`${layer}.${i}`, `${root}/text/layers/${i}`, text)).flat(),
    ...Array.from({ length: text.fusionLayers }, (_, i) => [
      ...pairLayer(`${layer}.${text.layers + 2 * i}`, `${root}/pairs/${i}`, 'left', config),
      ...pairLayer(`${layer}.${text.layers + 2 * i + 1}`, `${root}/pairs/${i}`, 'right', config),
    ]).flat(),
  ]
}

/** The trained part of the official checkpoint of the text assignment. */
export const assignmentStudentNames = (config: Sizes): readonly OfficialTensor[] => [
  ...twoImageNames('', 'student', config),
  ...linear('ta_head', 'student/head', [['answer', 3]], [['hidden', config.text.hidden]]),
]

/** All of it that is used; its text projection and temperature are not. */
export const assignmentNames = (config: Sizes & Pick<Albef, 'embed'>): readonly OfficialTensor[] => [
  ...assignmentStudentNames(config),
  ...linear('vision_proj', 'projection', [['embed', config.embed]], [['hidden', config.vision.hidden]]),
]

/** The answer decoder of VQA: BERT whose every layer looks at the question, with its word predictor. */
export const decoderNames = (suffix: '' | '_m', path: string, { text }: Sizes, layers: number): readonly OfficialTensor[] => [
  ...bertEmbeddings(`text_decoder${suffix}.bert.embeddings`, `${path}/embeddings`, text),
  ...Array.from({ length: layers }, (_, i) => fusionLayer(`text_decoder${suffix}.bert.encoder.layer.${i}`, `${path}/layers/${i}`, text.hidden, text)).flat(),
  ...wordHead(`text_decoder${suffix}.cls.predictions`, `${path}/words`, text),
]
