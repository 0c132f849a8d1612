import { fileURLToPath } from 'node:url'
import type { Finding, Span } from '../../../compiler/check/finding.ts'
import { declarationsOf, type AnyDefinition, type ForeignName } from '../../../compiler/language/index.ts'
import { mapFrame, nowhere, type Site } from '../../../compiler/program/site.ts'
import type { StoredTensor } from './read.ts'

/** A tensor that the model wants: under which name, of which shape, for which leaf of its state. */
interface Place {
  readonly name: string
  readonly shape: readonly number[]
  readonly path: string
  readonly site: Site
  /** Tensors beside it that tell nothing. */
  readonly beside: readonly string[]
}

const spanOf = ({ frames: [frame] }: Site, otherwise: Span): Span => {
  if (frame === undefined) return otherwise
  const { file, line, column } = mapFrame(frame)
  return { file: fileURLToPath(file), line, column }
}

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`

/** Our own names and layouts: those of a checkpoint that a run here writes. */
const ownPlaces = (definition: AnyDefinition): readonly Place[] =>
  declarationsOf(definition.state).map(({ path, declaration: { sizes, dtype, site } }) => ({ name: path, path, site, beside: [], shape: [...Object.values(sizes), ...(dtype === 'key' ? [2] : [])] }))

/** Official names: a tensor may hold several of our leaves. */
const officialPlaces = (names: readonly ForeignName[], own: readonly Place[]): readonly Place[] => {
  const sites = new Map(own.map(({ path, site }) => [path, site]))
  return names.map(({ name, shape, parts, beside = [] }) => ({ name, shape, beside, path: parts.map(({ path }) => path).join(', '), site: sites.get(parts[0]?.path ?? '') ?? nowhere }))
}

const matches = (places: readonly Place[], names: ReadonlySet<string>): number => places.filter(({ name }) => names.has(name)).length

const same = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((size, i) => size === b[i])

/**
 * Every tensor of a checkpoint that has no place in the state (AX081), every place that has no tensor (AX082), and every shape that
 * disagrees (AX083). Names are official ones or our own, whichever the checkpoint has more of (AX085: none of either). Copies and constants
 * that official files are known to have need no place.
 */
export const compareWeights = (definition: AnyDefinition, names: readonly ForeignName[], file: string, tensors: readonly StoredTensor[]): readonly Finding[] => {
  const whole: Span = { file, line: 1, column: 1 }
  const stored = new Map(tensors.map(tensor => [tensor.name, tensor]))
  const own = ownPlaces(definition)
  const [places = own] = [own, officialPlaces(names, own)].sort((a, b) => matches(b, new Set(stored.keys())) - matches(a, new Set(stored.keys())))
  const finding = (code: string, span: Span, sentence: string): Finding => ({ kind: 'weights', code, span, sentence, related: [] })
  if (matches(places, new Set(stored.keys())) === 0) {
    const examples = [...own.slice(0, 1), ...officialPlaces(names, own).slice(0, 1)].map(({ name }) => `'${name}'`).join(' or ')
    return [finding('AX085', whole, `none of its ${tensors.length} tensors, such as '${tensors[0]?.name ?? ''}', has a name of this model, such as ${examples}`)]
  }
  const wanted = new Set(places.flatMap(({ name, beside }) => [name, ...beside]))
  return [
    ...tensors.filter(({ name }) => !wanted.has(name)).map(({ name, shape }) => finding('AX081', whole, `tensor '${name}' ${shapeText(shape)} has no place in the model`)),
    ...places.filter(({ name }) => !stored.has(name)).map(({ name, shape, path, site }) =>
      finding('AX082', spanOf(site, whole), `${path} has no tensor in the checkpoint: there is no '${name}' ${shapeText(shape)}`)),
    ...places.flatMap(({ name, shape, path, site }) => {
      const found = stored.get(name)
      return found === undefined || same(found.shape, shape) ? [] : [finding('AX083', spanOf(site, whole), `${path} wants ${shapeText(shape)}, but tensor '${name}' of the checkpoint is ${shapeText(found.shape)}`)]
    }),
  ]
}
