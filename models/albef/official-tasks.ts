import type { Albef } from './config.ts'
import { linear, multimodal, one, vision, type OfficialTensor } from './official.ts'

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
