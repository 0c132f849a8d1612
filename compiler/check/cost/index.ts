import type { AnyDefinition } from '../../language/compile.ts'
import type { Program } from '../../program/program.ts'
import type { StateLeaf } from '../../targets/target.ts'

/** FLOPs of one execution, trained numbers, and bytes kept for the backward pass. */
export interface Amount {
  readonly flops: number
  readonly parameters: number
  readonly stored: number
}

/** What one source line or one scope costs. */
export interface CostOf extends Amount {
  /** `models/albef/text.ts:41`, or a scope. */
  readonly name: string
}

/** A value that is in memory at the peak. */
export interface Alive {
  readonly name: string
  readonly bytes: number
}

export interface Cost {
  readonly program: string
  readonly total: Amount
  readonly lines: readonly CostOf[]
  readonly scopes: readonly CostOf[]
  /** Bytes of the state, which is in memory all the time. */
  readonly state: number
  /** Bytes at the peak, state included, and the lines whose values are alive then. */
  readonly peak: number
  readonly alive: readonly Alive[]
}

/** What a program costs, by source line and by scope, before anything runs. `program` is one after the passes (`trace`). */
export const costOf = (program: Program, _state: readonly StateLeaf[]): Cost =>
  ({ program: program.name, total: { flops: 0, parameters: 0, stored: 0 }, lines: [], scopes: [], state: 0, peak: 0, alive: [] })

/** Costs as tables, the dearest lines first. */
export const costText = (cost: Cost, _rows = 20): string => `${cost.program}\n`

export interface Fit {
  /** The largest batch whose peak is within the budget; 0 where not even the smallest is. */
  readonly batch: number
  readonly peak: number
  /** The next batch that can be traced, and its peak. */
  readonly next?: { readonly batch: number; readonly peak: number }
  readonly traces: number
}

/** The largest batch that fits into a budget of bytes. `definitionAt` throws an AxleError where a batch is impossible. */
export const fit = (_definitionAt: (batch: number) => AnyDefinition, _program: string, _budgetBytes: number): Fit => ({ batch: 0, peak: 0, traces: 0 })

export const fitText = (found: Fit, _budgetBytes: number): string => `${found.batch}\n`

/** `24GiB`, `500MB`, `1e9`: bytes; `undefined` where it is no amount of memory. */
export const bytesFrom = (_text: string): number | undefined => undefined
