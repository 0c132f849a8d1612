/** How far a long piece of work is. */
export interface Progress {
  readonly done: number
  readonly total: number
}

/** Runs `work` for the numbers 0 to `count` - 1, at most `limit` of them at a time; the first failure ends it. */
export const forEachLimited = async (
  count: number,
  limit: number,
  work: (index: number) => Promise<void>,
  onProgress: (progress: Progress) => void = () => {},
): Promise<void> => {
  let next = 0
  let done = 0
  let failed = false
  const runner = async () => {
    while (next < count && !failed) {
      try {
        await work(next++)
      } catch (cause) {
        failed = true
        throw cause
      }
      onProgress({ done: ++done, total: count })
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, count) }, runner))
}
