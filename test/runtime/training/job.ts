import type { Job } from '../../../compiler/language/index.ts'
import { task } from '../compile/regression.ts'

/** A job for tests that compile nothing: that of a small regression, with other phases or inputs. */
export const jobOf = ({ phases, inputs }: { readonly phases?: Job['phases']; readonly inputs?: Job['data']['inputs'] } = {}): Job => {
  const made = task.configs['small']?.()
  if (made === undefined) throw new Error('the regression has no configuration called small')
  return { ...made, ...(phases === undefined ? {} : { phases }), data: { ...made.data, ...(inputs === undefined ? {} : { inputs }) } }
}
