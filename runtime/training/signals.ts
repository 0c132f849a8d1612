// Stopping a run in good order. A step blocks the main thread, so a signal is noticed only when the event loop turns: the training
// loop calls `yieldToEvents` once a step and then asks `requested`.

/** The part of `process` that is needed, so that tests can stand in for it. */
export type SignalSource = {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
}

export type StopOptions = {
  readonly source?: SignalSource
  readonly print?: (line: string) => void
  readonly exit?: (code: number) => void
}

export type StopSignal = {
  /** Whether somebody has asked the run to stop. */
  readonly requested: () => boolean
  /** Gives SIGINT and SIGTERM their usual meaning back. */
  readonly dispose: () => void
}

const MESSAGE = 'finishing the step, then saving (Ctrl-C again to stop at once)'
const AGAIN_AFTER_MS = 500

/**
 * From now on the first SIGINT or SIGTERM sets a flag and prints one line; a later one exits with code 130.
 * One Ctrl-C under `npm` arrives twice, from the terminal and from npm, and possibly while the thread is blocked; so a second
 * signal counts only if it came in after the event loop has turned freely half a second after the first.
 */
export const onStop = (options: StopOptions = {}): StopSignal => {
  const source = options.source ?? process
  const print = options.print ?? (line => { process.stderr.write(`\n${line}\n`) })
  const exit = options.exit ?? (code => { process.exit(code) })
  let requested = false
  let armed = false
  // The timer alone would not do: after a long block it fires before the signals of that block are handed out.
  const arm = (): void => { setImmediate(() => { armed = true }).unref() }
  const listener = (): void => {
    if (requested) {
      if (armed) exit(130)
      return
    }
    requested = true
    print(MESSAGE)
    setTimeout(arm, AGAIN_AFTER_MS).unref()
  }
  source.on('SIGINT', listener)
  source.on('SIGTERM', listener)
  return {
    requested: () => requested,
    dispose: () => {
      source.off('SIGINT', listener)
      source.off('SIGTERM', listener)
    },
  }
}

const turn = (): Promise<void> => new Promise(resolve => { setImmediate(resolve) })

/** Lets waiting signals, timers and messages be served. Two turns: the first may begin after the loop has looked for events. */
export const yieldToEvents = async (): Promise<void> => {
  await turn()
  await turn()
}
