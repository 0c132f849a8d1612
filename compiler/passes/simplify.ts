import type { Node } from '../program/node.ts'
import type { Program } from '../program/program.ts'
import { rewrite } from './rewrite.ts'
import { remarks } from './verify.ts'

/** Applies a primitive's own simplification until none is left. */
const simplest = (node: Node): Node => {
  for (let now = node; ; ) {
    const next = now.rules.simplify(now)
    if (next === undefined || next === now) return now
    now = next
  }
}

/** Every node replaced by an equal, simpler one, as the primitives say. */
export const simplify = (program: Program): Program => rewrite(program, simplest)

/** Only what says something about a program and computes nothing is taken out. */
export const unmark = (program: Program): Program => rewrite(program, node => (remarks.has(node.op) ? simplest(node) : node))
