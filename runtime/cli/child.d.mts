/**
 * Runs `main.ts` (or another script) with these arguments under tsx and resolves to its exit code (128 + n when signal n ended it).
 * Signals reach it exactly once each time.
 */
export declare const runMain: (args: readonly string[], script?: string) => Promise<number>
