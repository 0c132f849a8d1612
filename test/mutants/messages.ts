// What the process that makes mutants and the processes that trace them say to each other.
import type { Finding } from '../../compiler/check/finding.ts'
import type { Shapes } from './shapes.ts'

export interface Request {
  /** The file that the mutant differs in, from the root, and its text. */
  readonly file: string
  readonly text: string
  readonly config: string
  /** Whether the program after all passes is asked for. */
  readonly optimize: boolean
}

/** One configuration of a mutant, traced: what the checker finds, and, where a program came of it, what that computes and in which shapes. */
export interface Traced {
  readonly findings: readonly Finding[]
  readonly program?: {
    readonly canonical: string
    readonly sizeless: string
    readonly optimized?: string
    readonly shapes: Shapes
  }
}

export const isRequest = (x: unknown): x is Request => typeof x === 'object' && x !== null && 'text' in x && 'file' in x
export const isTraced = (x: unknown): x is Traced => typeof x === 'object' && x !== null && 'findings' in x
