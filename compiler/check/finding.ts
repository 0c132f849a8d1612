/** A stretch of a source file; lines and columns count from 1, the end is exclusive. Without an end it is a point. */
export interface Span {
  /** Absolute path. */
  readonly file: string
  readonly line: number
  readonly column: number
  readonly endLine?: number
  readonly endColumn?: number
}

/** Another place that a finding is about, and what is there: "768 in x comes from here". */
export interface Related {
  readonly span: Span
  readonly sentence: string
}

/** Which part of the checker found it. `typescript`: an error of TypeScript that is not about tensors, passed on unchanged. */
export type FindingKind = 'type' | 'typescript' | 'size' | 'lint' | 'weights' | 'failure'

/** One thing that the checker has to say: a stable number, the place, one sentence that a person can act on, and the places it refers to. */
export interface Finding {
  readonly kind: FindingKind
  /** `AX021`; for `typescript`, `TS2345`. Each AX number has a page in docs/errors. */
  readonly code: string
  readonly span: Span
  readonly sentence: string
  readonly related: readonly Related[]
  /** Configurations in which it occurs, where it depends on one. */
  readonly configs?: readonly string[]
  /** Scope of the program (`text/layer.3/crossAttention`), where there is one. */
  readonly scope?: string
}
