import type { Job } from '../../compiler/language/index.ts'
import type { HostArray, Session } from '../backends/backend.ts'

/** Which step program runs at which step: each phase has a share of all steps. */
export const programAt = (phases: Job['phases'], steps: number, step: number): string => {
  let end = 0
  for (const { program, share } of phases) {
    end += share * steps
    if (step < Math.round(end)) return program
  }
  return phases[phases.length - 1]?.program ?? 'step'
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0

/** Seconds of one step of each phase: the median of a few, after a first one that TensorFlow prepares itself in. The state moves. */
export const timePhases = (session: Session, phases: Job['phases'], feeds: () => Readonly<Record<string, HostArray>>, repeats = 5): readonly number[] =>
  phases.map(({ program }) => {
    session.run(program, feeds())
    return median(
      Array.from({ length: repeats }, () => {
        const start = performance.now()
        session.run(program, feeds())
        return (performance.now() - start) / 1000
      }),
    )
  })

/** As many steps as fit into the seconds; at least one for each phase. */
export const stepsWithin = (seconds: number, phases: Job['phases'], secondsOfStep: readonly number[]): number => {
  const mean = phases.reduce((total, { share }, i) => total + share * (secondsOfStep[i] ?? 0), 0)
  return Math.max(phases.length * 2, Math.floor(seconds / Math.max(mean, 1e-6)))
}
