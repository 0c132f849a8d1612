import { createHash } from 'node:crypto'
import { optimize } from '../../compiler/passes/index.ts'
import type { Traced } from '../../compiler/language/compile.ts'
import type { Attribute, Node } from '../../compiler/program/node.ts'
import { nodesOf, type Named, type Program } from '../../compiler/program/program.ts'

/** Operations whose operands may stand in any order. */
const symmetric: ReadonlySet<string> = new Set(['add', 'mul', 'max', 'min', 'equal', 'and', 'or', 'dot'])

/** What of a program counts: everything, or everything but its numbers (the same operations on the same axes, in another size). */
export type Form = 'exact' | 'sizeless'

const number = (value: number, form: Form): string => (form === 'sizeless' ? '#' : Object.is(value, -0) ? '-0' : String(value))

const written = (value: Attribute, form: Form): string => {
  if (typeof value === 'number') return number(value, form)
  if (typeof value !== 'object') return JSON.stringify(value)
  if (value instanceof Array) return `[${value.map(each => written(each, form)).join()}]`
  return `{${Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => `${key}:${written(each, form)}`).join()}}`
}

const digest = (text: string): string => createHash('sha1').update(text).digest('base64')

const nodeText = ({ op, inputs, attributes, axes, dtype }: Node, known: ReadonlyMap<Node, string>, form: Form): string => {
  const operands = inputs.map(each => known.get(each) ?? '')
  return [op, dtype, written(axes, form), written(attributes, form), ...(symmetric.has(op) ? operands.sort() : operands)].join('|')
}

const programText = (program: Program, form: Form): string => {
  const known = new Map<Node, string>()
  for (const node of nodesOf(program)) known.set(node, digest(nodeText(node, known, form)))
  const list = (all: readonly Named[], of: (node: Node) => string): readonly string[] => all.map(({ name, node }) => `${name}=${of(node)}`).sort()
  const typed = ({ axes, dtype }: Node): string => `${written(axes, form)}${dtype}`
  return [program.name, ...list(program.inputs, typed), '-', ...list(program.outputs, node => known.get(node) ?? ''), '-', ...list(program.updates, node => known.get(node) ?? '')].join(' ')
}

/**
 * All programs of a definition as one hash: operations with their attributes, axes and operands, from the roots down, wherever they were written and in whatever
 * order; operands of a symmetric operation in any order. Equal hashes: the same thing is computed.
 */
export const canonical = ({ state, programs }: Traced, form: Form = 'exact'): string => {
  const leaves = state.map(({ path, axes, dtype, kind }) => `${path} ${kind} ${dtype} ${written(axes, form)}`).sort()
  return digest([...leaves, ...programs.map(program => programText(program, form)).sort()].join('\n'))
}

/** The same after all passes: what is written otherwise and simplifies to the same is the same. */
export const canonicalOptimized = ({ state, programs }: Traced): string => {
  const olds = new Map(state.map(({ path, node }) => [path, node]))
  const kept = (program: Program): Program => ({ ...program, updates: program.updates.filter(({ name, node }) => olds.get(name) !== node) })
  return canonical({ state, programs: programs.map(program => kept(optimize(program))) })
}
