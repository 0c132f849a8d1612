import { parts, type Judged, type Part } from './judge.ts'
import { kinds, mutantText } from './mutant.ts'
import { nearnesses, type Nearness } from './place.ts'

const count = (all: readonly Judged[], is: (each: Judged) => boolean): number => all.filter(is).length
const caughtBy = (part: Part) => ({ fate }: Judged): boolean => fate.kind === 'caught' && fate.part === part
const caughtHow = (nearness: Nearness) => ({ fate }: Judged): boolean => fate.kind === 'caught' && fate.nearness === nearness
const isCaught = ({ fate }: Judged): boolean => fate.kind === 'caught'
const isEscaped = ({ fate }: Judged): boolean => fate.kind === 'escaped'

/** What the goals are about: mutants that change a shape and are more than the same model, or another size of it. */
const counts = ({ fate, changesShape }: Judged): boolean => changesShape && (fate.kind === 'caught' || fate.kind === 'escaped')

export interface Goals {
  readonly shapeChanging: number
  readonly escaped: number
  readonly caught: number
  readonly exact: number
  readonly reached: boolean
}

/** No shape-changing mutant escapes, and 95 of 100 of them are caught at the exact expression. */
export const goalsOf = (all: readonly Judged[]): Goals => {
  const changing = all.filter(counts)
  const [escaped, caught] = [count(changing, isEscaped), count(changing, isCaught)]
  const exact = count(changing, caughtHow('at')) + count(changing, caughtHow('named'))
  return { shapeChanging: changing.length, escaped, caught, exact, reached: escaped === 0 && exact >= 0.95 * caught }
}

const columns: readonly (readonly [title: string, is: (each: Judged) => boolean])[] = [
  ['mutants', () => true],
  ['same program', ({ fate }) => fate.kind === 'same'],
  ['another size', ({ fate }) => fate.kind === 'resized'],
  ...parts.map(part => [part, caughtBy(part)] as const),
  ...nearnesses.map(nearness => [nearness, caughtHow(nearness)] as const),
  ['escaped', isEscaped],
  ['shape escaped', each => isEscaped(each) && each.changesShape],
]

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |\n`

/** The table by kind, in Markdown. */
export const tableOf = (all: readonly Judged[]): string => {
  const line = (title: string, some: readonly Judged[]): string => row([title, ...columns.map(([, is]) => count(some, is))])
  const found = kinds.filter(kind => all.some(({ mutant }) => mutant.kind === kind))
  return row(['kind', ...columns.map(([title]) => title)]) + row(['---', ...columns.map(() => '---:')])
    + found.map(kind => line(kind, all.filter(({ mutant }) => mutant.kind === kind))).join('') + line('**all**', all)
}

const saying = ({ mutant, fate, changesShape }: Judged): string => {
  const told = fate.kind === 'caught' ? `\n    ${fate.finding.span.file}:${fate.finding.span.line}:${fate.finding.span.column} ${fate.finding.code} ${fate.finding.sentence}` : ''
  return `  ${mutantText(mutant)} (${mutant.kind}${changesShape ? ', changes a shape' : ''})${told}\n`
}

const listed = (title: string, all: readonly Judged[]): string => (all.length === 0 ? '' : `\n${title}\n${all.map(saying).join('')}`)

export const listsOf = (all: readonly Judged[]): string => [
  listed('Escaped, changing a shape:', all.filter(each => isEscaped(each) && each.changesShape)),
  listed('Caught, and said only near the slip or elsewhere:', all.filter(each => caughtHow('near')(each) || caughtHow('elsewhere')(each))),
  listed('Escaped with every shape as it was:', all.filter(each => isEscaped(each) && !each.changesShape)),
  listed('The same model in another size:', all.filter(({ fate }) => fate.kind === 'resized')),
].join('')

export const goalText = ({ shapeChanging, escaped, caught, exact, reached }: Goals): string =>
  `${shapeChanging} mutants change a shape: ${escaped} escaped, ${caught} caught, ${exact} of them (${caught === 0 ? 100 : Math.floor((1000 * exact) / caught) / 10} %) at the exact expression. The goals (none escapes, 95 % exact) are ${reached ? '' : 'not '}reached.\n`
