import type { Direction } from '../../evaluation/retrieval.ts'
import { compareNumbers, type Comparison } from '../compare.ts'
import type { Arrays } from '../replay.ts'
import type { RecordedTask } from './folder.ts'
import { directionsFrom } from './host.ts'

const places = [1, 5, 10] as const

/** Percentages of queries whose best right answer is among the first 1, 5 and 10. Wrong answers of the same score stand before it, or behind. */
const recalls = ({ scores, queries, answers, right }: Direction, ties: 'before' | 'behind'): readonly number[] => {
  const ranks = Array.from({ length: queries }, (_, query) => {
    const [row, own] = [scores.subarray(query * answers, (query + 1) * answers), right(query)]
    const best = Math.max(...own.map(answer => row[answer] ?? Number.NEGATIVE_INFINITY))
    return row.reduce((rank, score, answer) => rank + (score > best || (ties === 'before' && score === best && !own.includes(answer)) ? 1 : 0), 0)
  })
  return places.map(place => (100 * ranks.filter(rank => rank < place).length) / queries)
}

const mean = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length

const metricsOf = (imageToText: Direction, textToImage: Direction, ties: 'before' | 'behind'): Readonly<Record<string, number>> => {
  const [txt, img] = [recalls(imageToText, ties), recalls(textToImage, ties)]
  const named = (side: string, values: readonly number[]) => [...places.map((place, i) => [`${side}_r${place}`, values[i] ?? Number.NaN] as const), [`${side}_r_mean`, mean(values)] as const]
  return Object.fromEntries([...named('txt', txt), ...named('img', img), ['r_mean', (mean(txt) + mean(img)) / 2]])
}

/**
 * Recalls from the scores. The official order of equal scores (all that were not ranked again) is unspecified: a recorded recall is right
 * between those with every tie against the model and for it.
 */
export const compareRecalls = (recorded: RecordedTask, found: Arrays): readonly Comparison[] => {
  const [imageToText, textToImage] = [found.get('score_i2t'), found.get('score_t2i')]
  const texts = recorded.outputs.get('sims')?.shape[1] ?? 1
  if (!(imageToText instanceof Float32Array) || !(textToImage instanceof Float32Array)) return []
  const directions = directionsFrom(recorded, imageToText, textToImage, texts)
  const [low, high] = (['before', 'behind'] as const).map(ties => metricsOf(directions.imageToText, directions.textToImage, ties))
  return Object.entries(recorded.config.metrics ?? {}).map(([name, value]) => compareNumbers(name, Math.min(Math.max(value, low?.[name] ?? Number.NaN), high?.[name] ?? Number.NaN), value, 1e-9 * value))
}
