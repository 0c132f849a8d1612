import type { Albef } from './config.ts'
import { linear, multimodal, vision, type OfficialTensor } from './official.ts'

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
