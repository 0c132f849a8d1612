/** What a test file's process left: its exit code or the signal that ended it, and everything it printed. */
export type Ended = { readonly code: number | null, readonly signal: string | null, readonly output: string }

/** What one file's run amounts to; the reason says why it failed where no test of it did. */
export type Verdict = { readonly passed: number, readonly failed: number, readonly reason?: string }

export declare const judge: (ended: Ended) => Verdict

/** Runs the type check and the test files whose names match; resolves to the exit code. */
export declare const runTests: (root: string, patterns: readonly string[]) => Promise<number>
