import { basename, extname } from 'node:path'
import { lineOf } from '../../compiler/check/cost/place.ts'
import { remarks } from '../../compiler/passes/verify.ts'
import { literalText, attributesText, typeText } from '../../compiler/program/print.ts'
import type { Node } from '../../compiler/program/node.ts'
import { nodesOf, type Program } from '../../compiler/program/program.ts'
import type { Matching } from './match.ts'

/** Names of values by the line and the scope that they belong to; the same before and after a pass. */
export type Names = ReadonlyMap<Node, string>

/** `text:41`: the file's name and the line. */
const shortLine = (node: Node): string => {
  const [file = '', line = ''] = lineOf(node).split(/:(?=\d+$)/)
  return line === '' ? 'compiler' : `${basename(file, extname(file))}:${line}`
}

/** What is the identity on its first operand goes under that one's name. */
const isRemark = (node: Node): boolean => remarks.has(node.op) && node.inputs.length > 0 && node.op !== 'noGradient'

/** A number is written where it is used, an input by its path; neither stands on a line of its own. */
export const isInline = (node: Node): boolean => node.op === 'literal' || node.op === 'input' || isRemark(node)

/**
 * `%text:41.dot`, with an apostrophe for what differentiation made and a number from the second of its scope on. Values that are matched have one name.
 */
export const namesOf = (before: Program, after: Program, matching: Matching): Names => {
  const counts = new Map<string, number>()
  const names = new Map<Node, string>()
  const add = (node: Node): void => {
    const own = `%${shortLine(node)}.${node.op}${node.backward ? "'" : ''}`
    const key = `${node.scope} ${own}`
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    names.set(node, count === 1 ? own : `${own}${count}`)
  }
  for (const node of nodesOf(before)) if (!isInline(node)) add(node)
  for (const node of nodesOf(after)) {
    const old = names.get(matching.get(node) ?? node)
    if (old !== undefined) names.set(node, old)
    else if (!isInline(node)) add(node)
  }
  return names
}

/** A value as an operand: of another scope than its user's, with that scope. */
export const operandText = (names: Names, node: Node, scope: string): string => {
  const [first] = node.inputs
  if (first !== undefined && isRemark(node)) return operandText(names, first, scope)
  if (node.op === 'literal') return literalText(node)
  if (node.op === 'input') return String(node.attributes['path'])
  const own = names.get(node) ?? '%?'
  return node.scope === scope ? own : `${own}{${node.scope === '' ? 'top' : node.scope}}`
}

/** `%text:41.dot = dot(%text:40.add, student/text/0/weight) over=[hidden]  f32[batch 4, token 10]`. */
export const nodeText = (names: Names, node: Node): string => {
  const attributes = attributesText(node)
  return `${operandText(names, node, node.scope)} = ${node.op}(${node.inputs.map(input => operandText(names, input, node.scope)).join(', ')})${attributes === '' ? '' : ` ${attributes}`}  ${typeText(node)}`
}

/** `f32[batch 4, token 10 → 1]`, where nothing but sizes changed in a line. */
export const resizedText = (before: string, after: string, old: Node, node: Node): string | undefined => {
  const [first, then] = [typeText(old), typeText(node)]
  const [head, other] = [before.slice(0, -first.length), after.slice(0, -then.length)]
  if (head !== other || Object.keys(old.axes).join() !== Object.keys(node.axes).join()) return undefined
  const sizes = Object.fromEntries(Object.entries(node.axes).map(([axis, size]) => [axis, old.axes[axis] === size ? size : `${old.axes[axis] ?? ''} → ${size}`]))
  return `${head}${typeText({ dtype: node.dtype, axes: sizes })}`
}
