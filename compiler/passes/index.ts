import type { Program } from '../program/program.ts'
import { hoist } from './hoist.ts'
import { narrow } from './narrow.ts'
import { share } from './share.ts'
import { simplify } from './simplify.ts'
import { verify } from './verify.ts'

export interface Pass {
  readonly name: string
  readonly run: (program: Program) => Program
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

/** Runs every pass, verifying the program after each. */
export const optimize = (program: Program): Program => passes.reduce((now, pass) => verify(pass.name, pass.run(now)), verify('trace', program))
