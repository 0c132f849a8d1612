import { parseArgs } from 'node:util'
import * as E from 'fp-ts/Either'
import { parseWithout } from '../../runtime/compile/without.ts'
import { parseChanges } from '../../runtime/training/run-config.ts'
import type { StepOptions } from './job.ts'

/** What `bench step` is asked. */
export interface Asked {
  readonly step: StepOptions
  /** Whom our step is timed beside, and which of its variants; without any, all. */
  readonly against: string | undefined
  readonly variants: readonly string[]
}

/** A whole number from 1 on, or undefined for anything else. */
const whole = (text: string | undefined): number | undefined => (text !== undefined && /^[1-9]\d*$/.test(text) ? Number(text) : undefined)

const text = { type: 'string' } as const
const known = { config: text, batch: text, steps: text, seed: text, program: text, xla: { type: 'boolean' }, without: text, set: { type: 'string', multiple: true }, against: text, variants: text } as const

/** Reads the options of `bench step`. Left: one sentence. */
export const readOptions = (args: readonly string[]): E.Either<string, Asked> => {
  const parsed = E.tryCatch(() => parseArgs({ args: [...args], options: known }).values, error => (error instanceof Error ? error.message : String(error)))
  if (E.isLeft(parsed)) return parsed
  const { config = 'base', batch, steps, seed, program, xla = false, against, variants } = parsed.right
  for (const [name, given] of Object.entries({ batch, steps, seed })) if (given !== undefined && whole(given) === undefined) return E.left(`--${name} ${given}: wanted a whole number from 1 on.`)
  const without = parseWithout(parsed.right.without)
  if (E.isLeft(without)) return without
  const changes = parseChanges(parsed.right.set ?? [])
  if (E.isLeft(changes)) return changes
  return E.right({
    step: { config, program, xla, batch: whole(batch), steps: whole(steps) ?? 5, seed: whole(seed) ?? 1, without: without.right, changes: changes.right },
    against,
    variants: (variants ?? '').split(',').map(name => name.trim()).filter(name => name !== ''),
  })
}
