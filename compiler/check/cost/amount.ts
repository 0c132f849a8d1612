/** What a program, a line or a scope costs. */
export interface Amount {
  /** Floating-point operations of one execution, and how many of them differentiation made. */
  readonly flops: number
  readonly backward: number
  /** Trained numbers declared here. */
  readonly parameters: number
  /** Bytes that the forward pass keeps for the backward pass. */
  readonly kept: number
}

/** What one source line (`models/albef/text.ts:41`) or one scope costs. */
export interface CostOf extends Amount {
  readonly name: string
}

/** Values of one source line, or leaves of one part of the state, that are in memory at the peak. */
export interface Alive {
  readonly name: string
  readonly bytes: number
  readonly values: number
}

/** What one execution of a program costs. Plain data. */
export interface Cost {
  readonly program: string
  readonly total: Amount
  /** Dearest first. */
  readonly lines: readonly CostOf[]
  readonly scopes: readonly CostOf[]
  /** Bytes of the state, all of which is in memory all the time. */
  readonly state: number
  /** The most bytes that are in memory at once, state included, and where: before the operation of this line and scope is done. */
  readonly peak: { readonly bytes: number; readonly line: string; readonly scope: string }
  /** What is in memory then, largest first: lines whose values are alive, parts of the state. */
  readonly alive: readonly Alive[]
}

export const nothing: Amount = { flops: 0, backward: 0, parameters: 0, kept: 0 }
export const plus = (a: Amount, b: Amount): Amount => ({ flops: a.flops + b.flops, backward: a.backward + b.backward, parameters: a.parameters + b.parameters, kept: a.kept + b.kept })
