import type { Node } from '../program/node.ts'
import type { Program } from '../program/program.ts'
import { rewrite } from './rewrite.ts'

/** JSON writes infinities and NaN alike, and the sign of zero not at all. */
export const exact = (_key: string, value: unknown): unknown => (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)) ? `number ${Object.is(value, -0) ? '-0' : value}` : value)

/** Equal operations on equal inputs become one node (common subexpressions); what nothing needs is left behind. */
export const share = (program: Program): Program => {
  const known = new Map<string, Node>()
  return rewrite(program, node => {
    const key = `${node.op}|${node.inputs.map(input => input.id).join(',')}|${JSON.stringify(node.attributes, exact)}`
    const before = known.get(key)
    if (before !== undefined) return before
    known.set(key, node)
    return node
  })
}
