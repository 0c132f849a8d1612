import { meshAxisOf, type Placement } from '../program/mesh.ts'
import type { Node } from '../program/node.ts'
import type { Program } from '../program/program.ts'
import { nothingSplit, type IsSplit } from './choice.ts'
import { hoist } from './hoist.ts'
import { narrow } from './narrow.ts'
import { order } from './order.ts'
import { inBf16, type Precision } from './precision.ts'
import { number, schedule } from './schedule.ts'
import { shard } from './shard.ts'
import { share } from './share.ts'
import { simplify, unmark } from './simplify.ts'
import { verify } from './verify.ts'

export { precisions, type Precision } from './precision.ts'
export { onOneDevice } from './shard.ts'

export interface Pass {
  readonly name: string
  /** `isSplit` says which axes will be split over devices. */
  readonly run: (program: Program, isSplit?: IsSplit) => Program
  /** What is done all the same where the pass is switched off: without it the program could not be emitted. */
  readonly rest?: (program: Program) => Program
  /** Runs only where products of matrices are wanted like this. */
  readonly only?: Precision
}

export interface PassOptions {
  /** In what products of matrices are computed: f32 where nothing is said. */
  readonly precision?: Precision
  /** Passes that are switched off. A name stands for every run of a pass: `simplify` for `simplify again`, too. */
  readonly without?: readonly string[]
  /** Is shown every program before and after each pass that runs. */
  readonly look?: (pass: string, before: Program, after: Program) => void
}

/** All passes, in order. */
export const passes: readonly Pass[] = [
  { name: 'simplify', run: simplify, rest: unmark },
  { name: 'share', run: share },
  { name: 'narrow', run: narrow },
  { name: 'hoist', run: hoist },
  { name: 'simplify again', run: simplify },
  { name: 'share again', run: share },
]

const precision: Pass = { name: 'precision', run: inBf16, only: 'bf16' }

/** Passes over a program that runs on one device, after all others. */
const passesOfOne: readonly Pass[] = [precision, { name: 'order', run: order }]

/** Passes over the program that one of several devices runs, in order. */
const passesOfDevice: readonly Pass[] = [
  { name: 'simplify on a device', run: simplify },
  { name: 'share on a device', run: share },
  precision,
  { name: 'schedule', run: schedule, rest: number },
]

const repeats = / (again|on a device)$/

/** The names of everything that can be switched off, in order; what runs only where it is asked for need not be. */
export const passNames: readonly string[] = [...new Set([...passes, ...passesOfOne, ...passesOfDevice].filter(({ only }) => only === undefined).map(({ name }) => name.replace(repeats, '')))]

/** Whether a pass is switched off, by its own name or by that of its first run, or not wanted. */
const isOff = ({ name, only }: Pass, { without = [], precision: wanted = 'f32' }: PassOptions): boolean =>
  without.includes(name) || without.includes(name.replace(repeats, '')) || (only !== undefined && only !== wanted)

const applied = (pass: Pass, program: Program, isSplit: IsSplit, options: PassOptions): Program => {
  const run = isOff(pass, options) ? pass.rest : pass.run
  if (run === undefined) return program
  const after = verify(pass.name, run(program, isSplit))
  options.look?.(pass.name, program, after)
  return after
}

const inOrder = (all: readonly Pass[], program: Program, isSplit: IsSplit, options: PassOptions): Program => all.reduce((now, pass) => applied(pass, now, isSplit, options), program)

/** Runs every pass that is not switched off, verifying the program after each. */
export const optimize = (program: Program, placement?: Placement, options: PassOptions = {}): Program =>
  placement === undefined
    ? inOrder([...passes, ...passesOfOne], verify('trace', program), nothingSplit, options)
    : inOrder(passes, verify('trace', program), axis => meshAxisOf(placement, axis) !== undefined, options)

/** An optimised program as each device of a mesh runs it; `entered` are the inputs and leaves that programs share. */
export const distribute = (program: Program, placement: Placement, entered: Map<string, Node>, options: PassOptions = {}): Program =>
  inOrder(passesOfDevice, verify('shard', shard(program, placement, entered)), nothingSplit, options)
