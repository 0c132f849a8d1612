import { defineTask, type Job } from '../../compiler/language/index.ts'
import { mapPrograms, type MapLayers } from './gradcam.ts'
import { base as retrievalBase, emoji as retrievalEmoji, retrievalJob, tiny as retrievalTiny, type Retrieval } from './retrieval-task.ts'
import { configured, official } from './tuning.ts'

/** Weakly supervised grounding: the model of retrieval, trained on pictures and expressions without boxes; boxes are chosen by its maps. */
export interface Grounding extends Retrieval {
  readonly maps: MapLayers
}

const job = (config: Grounding): Job => {
  const common = retrievalJob('grounding', config, mapPrograms(config, config.maps, config.batch))
  return {
    ...common,
    data: { ...common.data, examples: { kind: 'references' } },
    measure: { kind: 'boxes', program: 'matchingMaps', inputs: { image: 'picture', ids: 'words' }, maps: 'map' },
  }
}

/** The official configuration for RefCOCO+: 120,191 expressions, whole pictures; maps of the third fusion layer and of the last block. */
const base: Grounding = { ...retrievalBase, maps: { layer: 2, block: 11 }, crop: 1, distillation: { ...retrievalBase.distillation, ramp: 469 }, schedule: official(1e-5, 1e-6, 1, 5, 120_191) }
/**
 * Of two fusion layers the first: in the last one only the class token's look counts, and its maps choose fewer right boxes. Negatives are drawn
 * uniformly: the picture most like an expression is often one that shows what it means.
 */
const emoji: Grounding = {
  ...retrievalEmoji,
  text: { ...retrievalEmoji.text, tokens: 10 },
  negatives: { easyUntil: 1, hardFrom: 1 },
  schedule: { ...retrievalEmoji.schedule, peak: 1e-3 },
  maps: { layer: 0, block: 3 },
}
const tiny: Grounding = { ...retrievalTiny, maps: { layer: 0, block: 1 } }

/** Weakly supervised visual grounding (RefCOCO+) by Grad-CAM. */
export const task = defineTask({ name: 'grounding', configs: { base: configured(base, job), emoji: configured(emoji, job), tiny: configured(tiny, job) } })
