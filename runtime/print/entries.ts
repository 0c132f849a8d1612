import type { Node } from '../../compiler/program/node.ts'
import { nodesOf, type Named, type Program } from '../../compiler/program/program.ts'
import { match, type Matching } from './match.ts'
import { isInline, namesOf, nodeText, operandText, type Names } from './names.ts'

/** One line of a program before and after a pass; one that is new has no `before`, one that is gone no `after`, and one that is the same has both alike. */
export interface Entry {
  readonly scope: string
  /** The node that the line is about, where it is about one: after the pass if it is still there. */
  readonly node: Node | undefined
  readonly before: string | undefined
  readonly after: string | undefined
  /** What the line was about before. */
  readonly old: Node | undefined
}

export const isSame = ({ before, after }: Entry): boolean => before === after

/** Where new lines go: behind the last line of the place and scope that they come from, or else behind their last operand. */
const anchors = (olds: readonly Node[], positions: ReadonlyMap<Node, number>, matching: Matching) => {
  const ofPlace = new Map<Node['site'], Map<string, number>>()
  olds.forEach((node, i) => ofPlace.set(node.site, (ofPlace.get(node.site) ?? new Map<string, number>()).set(`${node.scope} ${node.backward}`, i)))
  const behind = new Map<Node, number>()
  return (node: Node): number => {
    const operands = node.inputs.map(input => behind.get(input) ?? positions.get(matching.get(input) ?? input) ?? -1)
    const at = ofPlace.get(node.site)?.get(`${node.scope} ${node.backward}`) ?? Math.max(-1, ...operands)
    behind.set(node, at)
    return at
  }
}

/** The scope of what a program returns and keeps. */
const results = '(results)'

/** A program's results: what it returns, and the new values of the state. */
const resultsOf = (names: Names, { outputs, updates }: Program): ReadonlyMap<string, string> => {
  const each = (named: readonly Named[], lineOf: (name: string, value: string) => string): readonly (readonly [string, string])[] =>
    named.map(({ name, node }) => [lineOf(name, ''), lineOf(name, operandText(names, node, results))] as const)
  return new Map([...each(updates, (name, value) => `${name} <- ${value}`), ...each(outputs, (name, value) => `return ${name}: ${value}`)])
}

/** Both versions of a program as one list of lines, in the order of the first; what is new stands where it came from. */
export const entriesOf = (before: Program, after: Program): readonly Entry[] => {
  const matching = match(before, after)
  const names = namesOf(before, after, matching)
  const olds = nodesOf(before).filter(node => !isInline(node))
  const positions = new Map(olds.map((node, i) => [node, i]))
  const news = nodesOf(after).filter(node => !isInline(node))
  const laterOf = new Map(news.flatMap(node => {
    const old = matching.get(node)
    return old === undefined ? [] : [[old, node] as const]
  }))
  const anchorOf = anchors(olds, positions, matching)
  const inserted = new Map<number, Entry[]>()
  for (const node of news) {
    if (matching.has(node)) continue
    const at = anchorOf(node)
    inserted.set(at, [...(inserted.get(at) ?? []), { scope: node.scope, node, before: undefined, after: nodeText(names, node), old: undefined }])
  }
  const lines = olds.flatMap((old, i): readonly Entry[] => {
    const node = laterOf.get(old)
    return [{ scope: old.scope, node: node ?? old, before: nodeText(names, old), after: node === undefined ? undefined : nodeText(names, node), old }, ...(inserted.get(i) ?? [])]
  })
  const [first, then] = [resultsOf(names, before), resultsOf(names, after)]
  const ends = [...new Set([...first.keys(), ...then.keys()])].map((key): Entry => ({ scope: results, node: undefined, before: first.get(key), after: then.get(key), old: undefined }))
  return [...(inserted.get(-1) ?? []), ...lines, ...ends]
}
