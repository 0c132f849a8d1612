import { axesOf, elements, from, type Node, without } from '../program/node.ts'
import { broadcast, gather, rename, slice } from '../primitives/index.ts'
import { listOf, namesOf, numberOf, textOf } from './attributes.ts'

/** Some positions of an axis: a run of them, or those that ids name (for each position of the axes of ids). */
export type Choice =
  | { readonly kind: 'run'; readonly axis: string; readonly start: number; readonly size: number }
  | { readonly kind: 'ids'; readonly axis: string; readonly ids: Node }

export const keyOf = (choice: Choice): string => (choice.kind === 'run' ? `${choice.axis} ${choice.start} ${choice.size}` : `${choice.axis} by ${choice.ids.id}`)

/** The axes that come in with a choice. */
export const axesOfIds = (choice: Choice): readonly string[] => (choice.kind === 'ids' ? axesOf(choice.ids) : [])

/** What a slice or a gather chooses from its first input. */
export const choiceOf = (node: Node): Choice | undefined => {
  if (node.op === 'slice') return { kind: 'run', axis: textOf(node, 'axis'), start: numberOf(node, 'start'), size: numberOf(node, 'size') }
  const ids = node.inputs[1]
  return node.op === 'gather' && ids !== undefined ? { kind: 'ids', axis: textOf(node, 'axis'), ids } : undefined
}

/** The chosen positions of a value, taken from the value itself. */
const chosen = (choice: Choice, node: Node): Node =>
  choice.kind === 'run' ? slice([node], { axis: choice.axis, start: choice.start, size: choice.size }) : gather([node, choice.ids], { axis: choice.axis })

/** Operations whose result at a position depends on the operands at that position alone. */
const pointwise: ReadonlySet<string> = new Set(['neg', 'exp', 'log', 'sqrt', 'rsqrt', 'tanh', 'erf', 'sin', 'floor', 'not', 'add', 'sub', 'mul', 'div', 'mod', 'max', 'pow', 'less', 'equal', 'and', 'select', 'cast'])

/** What a choice finds between the padding around it. */
const padded = (choice: Choice, node: Node): Node | undefined => {
  const [inner] = node.inputs
  const found = node.op === 'pad' && choice.kind === 'run' && textOf(node, 'axis') === choice.axis && numberOf(node, 'before') === choice.start && inner?.axes[choice.axis] === choice.size
  return found ? inner : undefined
}

const disjoint = (a: Iterable<string>, b: readonly string[]): boolean => [...a].every(each => !b.includes(each))

/** Chooses from values, as far up as that is possible: operations then compute the chosen positions alone. */
export interface Chooser {
  (choice: Choice, node: Node): Node
}

/** Which axes are split over devices: what is chosen along one is not chosen along another. */
export type IsSplit = (axis: string) => boolean
export const nothingSplit: IsSplit = () => false

/** `stops` says which values are there in full in any case: from those it costs least to take what is chosen. */
export const chooser = (stops: (node: Node) => boolean, isSplit: IsSplit = nothingSplit): Chooser => {
  const known = new Map<string, Node>()
  const choose: Chooser = (choice, node) => {
    if (!(choice.axis in node.axes)) return node
    const key = `${keyOf(choice)}|${node.id}`
    const before = known.get(key)
    if (before !== undefined) return before
    const made = from(node, () => padded(choice, node) ?? (stops(node) ? undefined : through(choice, node)) ?? chosen(choice, node))
    known.set(key, made)
    return made
  }
  const through = (choice: Choice, node: Node): Node | undefined => {
    const { op, inputs } = node
    const [first] = inputs
    const named = [choice.axis, ...axesOfIds(choice)]
    const rest = (): Node => node.rules.rebuild(inputs.map(input => choose(choice, input)))
    if (first === undefined) return undefined
    if (pointwise.has(op)) return rest()
    if (op === 'sum' || op === 'maximum') return disjoint(named, listOf(node, 'axes')) ? rest() : undefined
    if (op === 'dot') return disjoint(named, listOf(node, 'over')) ? rest() : undefined
    if (op === 'broadcast') {
      const inner = choose(choice, first)
      const wanted = { ...without(node.axes, [choice.axis]), ...(choice.kind === 'run' ? { [choice.axis]: choice.size } : choice.ids.axes) }
      return broadcast([inner], { sizes: without(wanted, axesOf(inner)) })
    }
    if (op === 'slice') return named.includes(textOf(node, 'axis')) ? undefined : rest()
    if (op === 'rename') {
      const names = namesOf(node)
      if (disjoint([...names.keys(), ...names.values()], named)) return rest()
      if (choice.kind === 'ids') return undefined
      const before = [...names].find(([, after]) => after === choice.axis)?.[0] ?? choice.axis
      if (isSplit(before) !== isSplit(choice.axis)) return undefined
      return rename([choose({ ...choice, axis: before }, first)], { names: Object.fromEntries(names) })
    }
    return undefined
  }
  return choose
}

/** Whether a choice leaves so little of a value that computing it anew may pay. */
export const isNarrow = (part: Node, whole: Node): boolean => 2 * elements(part.axes) <= elements(whole.axes)
