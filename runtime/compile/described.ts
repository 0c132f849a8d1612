import * as E from 'fp-ts/Either'
import type { Compiled } from '../../compiler/language/index.ts'
import { elements } from '../../compiler/program/node.ts'
import type { ArraySpec } from '../../compiler/targets/artifact.ts'
import type { StateLeaf } from '../../compiler/targets/target.ts'

/** A program as a caller sees it. */
export interface DescribedProgram {
  readonly name: string
  readonly inputs: readonly ArraySpec[]
  /** Empty for a program that returns nothing. */
  readonly outputs: readonly ArraySpec[]
  /** Leaves of the state that it replaces. */
  readonly updates: number
}

/** A leaf of the state as a caller sees it. */
export interface DescribedLeaf {
  readonly spec: ArraySpec
  readonly kind: StateLeaf['kind']
}

/** What a compiled module offers, as plain data: the source of its functions, its declarations and its texts. */
export interface Described {
  readonly title: string
  readonly programs: readonly DescribedProgram[]
  readonly state: readonly DescribedLeaf[]
}

/** Functions that every module has beside its programs; `then` would make the opened object a promise. */
const taken: ReadonlySet<string> = new Set(['readState', 'writeState', 'close', 'then'])

const leafOf = ({ path, axes, dtype, kind }: StateLeaf): DescribedLeaf => ({
  kind,
  spec: {
    name: path,
    dtype: dtype === 'key' ? 'i32' : dtype,
    axes: [...Object.entries(axes).map(([name, size]) => ({ name, size })), ...(dtype === 'key' ? [{ name: 'word', size: 2 }] : [])],
  },
})

/** Left: one sentence about a program whose name cannot be that of a function here. */
export const describe = (title: string, { artifact, programs, state }: Compiled): E.Either<string, Described> => {
  const names = programs.map(({ name }) => name)
  const bad = names.find((name, i) => taken.has(name) || names.indexOf(name) !== i)
  if (bad !== undefined) return E.left(`${title}: a program cannot be called '${bad}', since ${taken.has(bad) ? 'every compiled module has a function of that name' : 'another one is'}`)
  return E.right({
    title,
    programs: programs.map(({ name, outputs, updates }) => {
      const signature = artifact.signatures[name]
      return { name, inputs: signature?.inputs ?? [], outputs: outputs.length === 0 ? [] : signature?.outputs ?? [], updates: updates.length }
    }),
    state: state.map(leafOf),
  })
}

/** `u8: example 128, row 64`, or `f32, a single number`. */
export const arrayText = ({ dtype, axes }: ArraySpec): string =>
  axes.length === 0 ? `${dtype}, a single number` : `${dtype}: ${axes.map(({ name, size }) => `${name} ${size}`).join(', ')}`

const bytesOf: Readonly<Record<StateLeaf['dtype'], number>> = { f32: 4, i32: 4, u8: 1, bool: 1, key: 8 }

/** Bytes of a leaf of the state in memory. */
export const leafBytes = ({ axes, dtype }: StateLeaf): number => elements(axes) * bytesOf[dtype]
