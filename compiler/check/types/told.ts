import type { ts } from 'ts-morph'
import type { TypeCode } from './codes.ts'
import type { Place } from './origin.ts'
import type { Proposal } from './proposal.ts'

/** An error in words: its number, the expression at fault, one sentence, the places it refers to, and ways out of it. */
export interface Told {
  readonly code: TypeCode
  readonly node: ts.Node
  readonly sentence: string
  readonly related: readonly Place[]
  readonly proposals: () => readonly Proposal[]
}
