import type { AxleError } from './error.ts'
import type { Node } from './node.ts'

/**
 * What a rule demands of sizes: `left` is the `same` as `right`, is `within` it (at most), is a multiple of it (`divides`), or is by itself
 * a `size` (whole, above zero) or a `place` (whole, from zero).
 */
export interface Claim {
  readonly kind: 'same' | 'within' | 'divides' | 'size' | 'place'
  readonly left: number
  readonly right: number
}

export const holds = ({ kind, left, right }: Claim): boolean => {
  if (kind === 'same') return left === right
  if (kind === 'within') return left <= right
  if (kind === 'divides') return left % right === 0
  return Number.isInteger(left) && left >= (kind === 'size' ? 1 : 0)
}

/** A checker that looks on while a program is traced: it hears every claim and decides what happens where one does not hold. */
export interface Observer {
  /** Gradients are not made: their sizes follow from those of the operations they belong to. */
  readonly forwardOnly: boolean
  readonly claim: (claim: Claim, mistake: () => AxleError) => void
  readonly made: (node: Node) => void
  /** The program read a size of a node as a number. */
  readonly read: (node: Node, axis: string) => void
  /** Another size for an axis of a declared input. */
  readonly resize: (axis: string, size: number) => number
}
