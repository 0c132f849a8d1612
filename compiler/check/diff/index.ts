import type { Traced } from '../../language/compile.ts'

/** What a change did to a definition. Both sides are after the passes (`trace`). */
export interface Change {
  readonly before: string
}

export const diffOf = (_before: Traced, _after: Traced): Change => ({ before: '' })

/** The change as text; empty where there is none. */
export const diffText = (change: Change): string => change.before
