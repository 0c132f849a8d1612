import type { Program } from '../../compiler/program/program.ts'
import type { StateLeaf } from '../../compiler/targets/target.ts'
import { entriesOf, isSame, type Entry } from './entries.ts'
import { hunksOf, hunkText, type Hunk, type Paint } from './hunks.ts'
import { figuresOf, figuresText, operationsText } from './summary.ts'

/** A program before and after a pass. */
export interface Change {
  readonly pass: string
  readonly before: Program
  readonly after: Program
}

export interface View {
  /** How many places of the program, lines of each and rows of the table are shown at most; all of them without. */
  readonly most?: number
  readonly paint: Paint
}

const weight = ({ entries, scopes }: Hunk): number => scopes.length * entries.reduce((total, entry) => {
  const cost = (has: string | undefined, node = entry.node): number => (has === undefined || node === undefined ? 0 : node.rules.cost(node))
  return total + Math.abs(cost(entry.after) - cost(entry.before, entry.old)) + (isSame(entry) ? 0 : 1)
}, 0)

/** The heaviest of them, still in the order of the program. */
const heaviest = (hunks: readonly Hunk[], most: number): readonly Hunk[] => {
  const chosen = new Set([...hunks].sort((a, b) => weight(b) - weight(a)).slice(0, most))
  return hunks.filter(hunk => chosen.has(hunk))
}

const countsText = (entries: readonly Entry[]): string => {
  const nodes = entries.filter(({ node }) => node !== undefined)
  const [gone, made] = [nodes.filter(({ after }) => after === undefined).length, nodes.filter(({ before }) => before === undefined).length]
  const changed = nodes.filter(entry => entry.before !== undefined && entry.after !== undefined && !isSame(entry)).length
  return `${gone} operations gone, ${made} new, ${changed} changed, ${nodes.length - gone - made - changed} the same (numbers and inputs stand where they are used)`
}

/**
 * What a pass did to a program: its figures, what became of operations by line and scope, and the lines that changed as in a unified diff.
 * Values are named by line and scope, so that what hangs below a change is no change.
 */
export const differenceText = ({ pass, before, after }: Change, state: readonly StateLeaf[], { most = Number.POSITIVE_INFINITY, paint }: View): string => {
  const entries = entriesOf(before, after)
  const hunks = hunksOf(entries)
  const head = [`${pass}: program ${before.name}`, '', ...figuresText(figuresOf(before, state), figuresOf(after, state)), '']
  if (hunks.length === 0) return `${[...head, 'nothing changed'].join('\n')}\n`
  const shown = heaviest(hunks, most)
  const left = hunks.length - shown.length
  return `${[
    ...head,
    countsText(entries),
    '',
    ...operationsText(entries, before, after, most),
    '',
    ...shown.flatMap(hunk => [...hunkText(hunk, paint, most), '']),
    ...(left === 0 ? [] : [`… and ${left} more places that weigh less`]),
  ].join('\n').trimEnd()}\n`
}
