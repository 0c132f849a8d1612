import { meshAxisOf, type Placement } from '../program/mesh.ts'
import type { Node } from '../program/node.ts'
import type { Program } from '../program/program.ts'
import { nothingSplit, type IsSplit } from './choice.ts'
import { hoist } from './hoist.ts'
import { narrow } from './narrow.ts'
import { schedule } from './schedule.ts'
import { shard } from './shard.ts'
import { share } from './share.ts'
import { simplify } from './simplify.ts'
import { verify } from './verify.ts'

export { onOneDevice } from './shard.ts'

export interface Pass {
  readonly name: string
  /** `isSplit` says which axes will be split over devices. */
  readonly run: (program: Program, isSplit?: IsSplit) => Program
}

/** All passes, in order. */
export const passes: readonly Pass[] = [
  { name: 'simplify', run: simplify },
  { name: 'share', run: share },
  { name: 'narrow', run: narrow },
  { name: 'hoist', run: hoist },
  { name: 'simplify again', run: simplify },
  { name: 'share again', run: share },
]

/** Passes over the program that one of several devices runs, in order. */
const passesOfDevice: readonly Pass[] = [
  { name: 'simplify on a device', run: simplify },
  { name: 'share on a device', run: share },
  { name: 'schedule', run: schedule },
]

const inOrder = (all: readonly Pass[], program: Program, isSplit: IsSplit): Program => all.reduce((now, pass) => verify(pass.name, pass.run(now, isSplit)), program)

/** Runs every pass, verifying the program after each. */
export const optimize = (program: Program, placement?: Placement): Program =>
  inOrder(passes, verify('trace', program), placement === undefined ? nothingSplit : axis => meshAxisOf(placement, axis) !== undefined)

/** An optimised program as each device of a mesh runs it; `entered` are the inputs and leaves that programs share. */
export const distribute = (program: Program, placement: Placement, entered: Map<string, Node>): Program => inOrder(passesOfDevice, verify('shard', shard(program, placement, entered)), nothingSplit)
