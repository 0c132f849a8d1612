import { boxScores } from '../../evaluation/grounding.ts'
import { resizeMap } from '../../evaluation/heat-map.ts'
import { rerank, type Directions } from '../../evaluation/retrieval.ts'
import { transpose } from '../../data/retrieval.ts'
import type { HostTensor } from '../../checkpoints/element-types.ts'
import type { Arrays } from '../replay.ts'
import type { RecordedTask } from './folder.ts'

/** Similarities and scores in both directions; the right answers are those of the folder. */
export const directionsFrom = ({ config }: RecordedTask, imageToText: Float32Array, textToImage: Float32Array, texts: number): Directions => {
  const ofPicture = Object.entries(config.img2txt ?? {}).map(([picture, right]) => [Number(picture), right] as const)
  const pictures = imageToText.length / texts
  return {
    imageToText: { scores: imageToText, queries: pictures, answers: texts, right: picture => ofPicture.find(([own]) => own === picture)?.[1] ?? [] },
    textToImage: { scores: textToImage, queries: texts, answers: pictures, right: text => ofPicture.flatMap(([picture, right]) => (right.includes(text) ? [picture] : [])) },
  }
}

/** The best candidates of every query in the order of the matching scores, by the code that evaluates. */
const reranked = (recorded: RecordedTask, made: Arrays): Arrays => {
  const [sims, scores] = [made.get('sims'), made.get('matching')]
  const texts = recorded.outputs.get('sims')?.shape[1] ?? 1
  if (!(sims instanceof Float32Array) || scores === undefined) return new Map()
  const candidates = { imageToText: recorded.config.k_test ?? 1, textToImage: recorded.config.k_test ?? 1 }
  const given = directionsFrom(recorded, sims, transpose(sims, sims.length / texts, texts), texts)
  const { imageToText, textToImage } = rerank(given, candidates, pairs => Float32Array.from(pairs, ([picture, text]) => scores[picture * texts + text] ?? Number.NaN))
  return new Map([['score_i2t', imageToText.scores], ['score_t2i', textToImage.scores]])
}

const boxesFrom = ({ data }: HostTensor): readonly (readonly [number, number, number, number])[] =>
  Array.from({ length: data.length / 4 }, (_, i) => [data[4 * i] ?? 0, data[4 * i + 1] ?? 0, data[4 * i + 2] ?? 0, data[4 * i + 3] ?? 0])

/** The first picture's map of a caption at the size of a picture, and its sums in the recorded boxes, by the code that evaluates. */
const scoredBoxes = ({ outputs }: RecordedTask, made: Arrays): Arrays => {
  const [size, boxes] = [outputs.get('upsampled0')?.shape, outputs.get('boxes_xywh')]
  // The map is that of the layer whose maps of words were recorded too.
  const layer = [...outputs.keys()].flatMap(name => /^per_token_(itm_block\d+)$/.exec(name)?.slice(1) ?? [])[0]
  const [maps, shape] = [made.get(`gradcam_${layer}`), outputs.get(`gradcam_${layer}`)?.shape]
  if (size === undefined || boxes === undefined || !(maps instanceof Float32Array) || shape === undefined) return new Map()
  const [height, width] = [shape[1] ?? 1, shape[2] ?? 1]
  const map = resizeMap({ data: maps.subarray(0, height * width), height, width }, size[0] ?? 1, size[1] ?? 1)
  return new Map([['upsampled0', map.data], ['box_scores', Float32Array.from(boxScores(map, boxesFrom(boxes)))]])
}

/** What evaluation goes on to make of the programs' outputs, under recorded names. */
export const hostOutputs = (recorded: RecordedTask, made: Arrays): Arrays =>
  recorded.kind === 'retrieval_eval' ? reranked(recorded, made) : recorded.kind === 'gradcam' ? scoredBoxes(recorded, made) : new Map()
