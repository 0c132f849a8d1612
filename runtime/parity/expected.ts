import type { HostArray } from '../backends/backend.ts'
import type { RecordedRun } from './recorded.ts'

/** The student's tensor that a teacher's tensor follows; any other tensor's own name. */
export const studentOf = (name: string): string => name.replace(/^(visual_encoder|text_encoder|vision_proj|text_proj)_m\b/, '$1')

/** A tensor of the state after the first step, as recorded; the teacher's, where a folder leaves it out, follows from the state before the step. */
export const stateAfterOne = ({ state0, state1, config: { momentum } }: Pick<RecordedRun, 'state0' | 'state1' | 'config'>, name: string): HostArray | undefined => {
  const given = state1.get(name)?.data
  const [twin, student] = [state0.get(name)?.data, state0.get(studentOf(name))?.data]
  if (given !== undefined || twin === undefined || student === undefined || studentOf(name) === name) return given
  return Float32Array.from(twin, (x, i) => momentum * x + (1 - momentum) * (student[i] ?? Number.NaN))
}
