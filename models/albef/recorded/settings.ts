import { input, scalar } from '../../../compiler/language/index.ts'
import type { Albef } from '../config.ts'
import type { RecordedSizes } from '../parity.ts'
import { tinyTuning, type Tuning, type TuningChoices } from '../tuning.ts'

type Shapes = Readonly<Record<string, readonly number[]>>

/** What a recorded folder of a task says about itself. */
export interface RecordedTask {
  readonly size: RecordedSizes
  readonly special: Albef['text']['special']
  /** The teacher's share. */
  readonly alpha: number
  /** Candidates that are ranked again. */
  readonly candidates: number
  readonly inputs: Shapes
  readonly outputs: Shapes
  readonly state: Shapes
}

/** The size of a recorded array along one of its axes; 1 where there is none, which the check of the inputs then refuses. */
export const sizeOf = (shapes: Shapes, name: string, axis: number): number => shapes[name]?.[axis] ?? 1

/** Our configuration of a recorded task. `sentences` names its word ids. */
export const tuningOf = ({ size, special, inputs, state, alpha }: RecordedTask, sentences: string): Tuning => ({
  ...tinyTuning,
  name: 'recorded',
  vision: { image: size.image, patch: size.patch, hidden: size.vwidth, layers: size.vdepth, heads: size.vheads, inner: sizeOf(state, 'visual_encoder.blocks.0.mlp.fc1.bias', 0), stem: [] },
  text: { ...tinyTuning.text, words: size.vocab, places: size.maxpos, hidden: size.thidden, heads: size.theads, inner: size.tinter, layers: size.tfusion, fusionLayers: size.tlayers - size.tfusion, tokens: sizeOf(inputs, sentences, 1), dropout: 0, special },
  batch: sizeOf(inputs, sentences, 0),
  distillation: { teacher: 'momentum', alpha, ramp: 0 },
  pretrained: size.image,
})

/** The same of two images: the recorded layers of fusion come in pairs. */
export const twoImagesOf = (recorded: RecordedTask): Tuning => {
  const config = tuningOf(recorded, 'input_ids')
  const layers = Object.keys(recorded.state).filter(name => /^text_encoder\.encoder\.layer\.\d+\.output\.dense\.bias$/.test(name)).length
  return { ...config, text: { ...config.text, fusionLayers: (layers - config.text.layers) / 2 } }
}

/** The recorded share of the teacher; the rate does not matter. */
export const replayedChoices = ({ alpha }: RecordedTask): TuningChoices => ({ alpha: () => scalar(alpha), rate: () => scalar(0) })

/** Normalised pictures in the official layout, and sentences. */
export const recordedSentences = (config: Tuning, pictures: number) => ({
  image: input({ batch: pictures, channel: 3, row: config.vision.image, column: config.vision.image }),
  ids: input({ batch: config.batch, token: config.text.tokens }, 'i32'),
})
