import { readFileSync } from 'node:fs'
import { loadavg } from 'node:os'

/** Hundredths of a second that all processors worked since the start of the system, for whomever, time taken by a host included; undefined where nobody says. */
const worked = (): number | undefined => {
  try {
    const [user = 0, nice = 0, system = 0, , , interrupts = 0, soft = 0, stolen = 0] = (/^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? '').split(' ').map(Number)
    return user + nice + system + interrupts + soft + stolen
  } catch {
    return undefined
  }
}

const TICKS = 100

/** Starts watching: the function returned is told the processor seconds that were one's own, and says how many cores others used meanwhile. */
export const watchOthers = (): ((own: number) => number) => {
  const [before, start] = [worked(), performance.now()]
  return own => {
    const after = worked()
    const elapsed = (performance.now() - start) / 1000
    return before === undefined || after === undefined ? loadavg()[0] ?? Number.NaN : Math.max(0, ((after - before) / TICKS - own) / elapsed)
  }
}
