import type { Node } from '../program/node.ts'
import type { Program } from '../program/program.ts'
import { rewrite } from './rewrite.ts'

/** Equal operations on equal inputs become one node (common subexpressions); what nothing needs is left behind. */
export const share = (program: Program): Program => {
  const known = new Map<string, Node>()
  return rewrite(program, node => {
    const key = `${node.op}|${node.inputs.map(input => input.id).join(',')}|${JSON.stringify(node.attributes)}`
    const before = known.get(key)
    if (before !== undefined) return before
    known.set(key, node)
    return node
  })
}
