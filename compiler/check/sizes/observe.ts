import { AxleError, type Given, type Sentence } from '../../program/error.ts'
import { holds, type Claim, type Observer } from '../../program/claim.ts'
import { currentContext, within, type Node } from '../../program/node.ts'
import type { Program } from '../../program/program.ts'
import { allFrames, captureSite, type Site } from '../../program/site.ts'

/** A mistake that a trace came upon, and which of the trace's claims it is; structural mistakes and those inside a gradient are none. */
export interface Mistake {
  readonly error: AxleError
  readonly claim: number | undefined
}

/** What came of tracing one program: the program as written where it has no mistake, every mistake that is not the consequence of another, or whatever the model threw. */
export interface Observed {
  readonly program?: Program
  readonly mistakes: readonly Mistake[]
  /** The sizes that the program read as numbers, and where. */
  readonly reads: readonly Read[]
  readonly thrown?: { readonly error: unknown }
}

/** A size that a program reads as a number, to compute others with. */
export interface Read {
  readonly node: Node
  readonly axis: string
  readonly site: Site
}

export const givensOf = (sentence: Sentence): readonly Given[] => sentence.flatMap(part => (typeof part === 'string' ? [] : [part]))

/**
 * Traces on behind a mistake. What is made from the result of a wrong operation is not judged any more; and once the program has read a
 * size of such a tensor as a number, or a wrong number was computed outside any tensor, nothing is.
 */
export const observe = (trace: () => Program): Observed => {
  const doubtful = new Set<number>()
  const mistakes: Mistake[] = []
  const reads: Read[] = []
  let lost = false
  let wrong = false
  let count = 0
  const hear = (claim: Claim, mistake: () => AxleError): void => {
    const index = currentContext().backward ? undefined : count++
    if (holds(claim) || lost || wrong) return
    const error = mistake()
    const operands = givensOf(error.parts).flatMap(({ through }) => (through === undefined ? [] : [through]))
    if (operands.length === 0) lost = true
    // A new value of the state is compared after it was made; every other claim is about the node that is made next.
    wrong = error.code !== 'AX031'
    if (!operands.some(({ id }) => doubtful.has(id))) mistakes.push({ error, claim: index })
  }
  const observer: Observer = {
    forwardOnly: false,
    claim: hear,
    made: (node: Node) => {
      // A gradient takes sizes from operations that are none of its inputs.
      if (wrong || (doubtful.size > 0 && (node.backward || node.inputs.some(({ id }) => doubtful.has(id))))) doubtful.add(node.id)
      wrong = false
    },
    read: (node, axis) => {
      lost ||= doubtful.has(node.id)
      reads.push({ node, axis, site: captureSite(allFrames) })
    },
    resize: (_axis, size) => size,
  }
  try {
    const program = within({ observer }, trace)
    return { ...(mistakes.length === 0 ? { program } : {}), mistakes, reads }
  } catch (error) {
    if (error instanceof AxleError) return { mistakes: lost ? mistakes : [...mistakes, { error, claim: undefined }], reads }
    return { mistakes, reads, ...(mistakes.length === 0 ? { thrown: { error } } : {}) }
  }
}
