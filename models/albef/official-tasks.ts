import type { Albef } from './config.ts'
import { attention, bertEmbeddings, bertLayer, fusionLayer, linear, multimodal, one, queueNames, vision, wordHead, type OfficialTensor } from './official.ts'

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
  ...queueNames(config),
  one('idx_queue', [1, config.queue], 'queues/identity', ['slot']),
]

/** The same tensor under the name of the layer after. */
const ofNextLayer = (name: string): string => name.replace(/\.layer\.(\d+)\./, (_, layer: string) => `.layer.${Number(layer) + 1}.`)

const isShared = ({ name }: OfficialTensor): boolean => /\.self\.(key|value)\./.test(name)

/** One layer of a pair: keys and values of its cross-attention are the pair's own; they stand under both names, and we read the first. */
const pairLayer = (name: string, pair: string, side: 'left' | 'right', { text, vision: { hidden } }: Sizes): readonly OfficialTensor[] => [
  ...bertLayer(name, `${pair}/${side}`, text),
  ...attention(`${name}.crossattention`, `${pair}/${side}/crossAttention`, hidden, text)
    .filter(tensor => side === 'left' || !isShared(tensor))
    .map(tensor => ({ ...tensor, ...(isShared(tensor) ? { beside: [ofNextLayer(tensor.name)] } : {}), parts: tensor.parts.map(({ path, order }) => ({ path: path.replace(/left\/crossAttention\/(key|value)/, 'shared/$1'), order })) })),
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
  ...linear('vision_proj', 'projection', [['embed', config.embed]], [['hidden', config.vision.hidden]]).map(tensor => ({ ...tensor, beside: ['text_proj.weight', 'text_proj.bias', 'temp'] })),
]

/** The answer decoder of VQA: BERT whose every layer looks at the question, with its word predictor. */
export const decoderNames = (suffix: '' | '_m', path: string, { text }: Sizes, layers: number): readonly OfficialTensor[] => [
  ...bertEmbeddings(`text_decoder${suffix}.bert.embeddings`, `${path}/embeddings`, text),
  ...Array.from({ length: layers }, (_, i) => fusionLayer(`text_decoder${suffix}.bert.encoder.layer.${i}`, `${path}/layers/${i}`, text.hidden, text)).flat(),
  ...wordHead(`text_decoder${suffix}.cls.predictions`, `${path}/words`, text),
]
