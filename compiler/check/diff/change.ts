import type { Traced } from '../../language/compile.ts'
import { typeText } from '../../program/print.ts'
import type { Program } from '../../program/program.ts'
import { costOf, type Cost, type CostOf } from '../cost/index.ts'
import { compare, type Compared } from './compare.ts'

/** Costs of a scope before and after; nothing where it was not, or is not any more. */
export interface ScopeChange {
  readonly scope: string
  readonly before: CostOf
  readonly after: CostOf
}

/** What a change did to one program that both sides have. */
export interface ProgramChange {
  readonly name: string
  /** Types of inputs and outputs. */
  readonly shapes: Compared<string, string>
  readonly before: Cost
  readonly after: Cost
  readonly scopes: readonly ScopeChange[]
}

/** What a change did to a definition. */
export interface Change {
  /** Leaves of the state, as types: `param f32[hidden 768]`. */
  readonly leaves: Compared<string, string>
  readonly programs: Compared<string, string>
  readonly changes: readonly ProgramChange[]
}

const leavesOf = ({ state }: Traced): ReadonlyMap<string, string> => new Map(state.map(({ path, kind, node }) => [path, `${kind} ${typeText(node)}`]))

const shapesOf = ({ inputs, outputs }: Program): ReadonlyMap<string, string> => new Map([
  ...inputs.map(({ name, node }) => [`input ${name}`, typeText(node)] as const),
  ...outputs.map(({ name, node }) => [`output ${name}`, typeText(node)] as const),
])

const none = (name: string): CostOf => ({ name, flops: 0, backward: 0, parameters: 0, kept: 0 })

const scopesOf = (before: Cost, after: Cost): readonly ScopeChange[] => {
  const [old, now] = [new Map(before.scopes.map(each => [each.name, each])), new Map(after.scopes.map(each => [each.name, each]))]
  return [...new Set([...old.keys(), ...now.keys()])].map(scope => ({ scope, before: old.get(scope) ?? none(scope), after: now.get(scope) ?? none(scope) }))
    .filter(each => each.before.flops !== each.after.flops || each.before.kept !== each.after.kept || each.before.parameters !== each.after.parameters)
    .sort((a, b) => Math.abs(b.after.flops - b.before.flops) - Math.abs(a.after.flops - a.before.flops) || Math.abs(b.after.kept - b.before.kept) - Math.abs(a.after.kept - a.before.kept))
}

/** What a change did to parameters, to the shapes of programs, and to what they cost. Both sides are after the passes (`trace`). */
export const diffOf = (before: Traced, after: Traced): Change => {
  const byName = ({ programs }: Traced): ReadonlyMap<string, Program> => new Map(programs.map(program => [program.name, program]))
  const [old, now] = [byName(before), byName(after)]
  const named = (programs: ReadonlyMap<string, Program>): ReadonlyMap<string, string> => new Map([...programs.keys()].map(name => [name, '']))
  const equal = (a: string, b: string): boolean => a === b
  const changes = [...old].flatMap(([name, program]): readonly ProgramChange[] => {
    const next = now.get(name)
    if (next === undefined) return []
    const [first, second] = [costOf(program, before.state), costOf(next, after.state)]
    return [{ name, shapes: compare(shapesOf(program), shapesOf(next), equal), before: first, after: second, scopes: scopesOf(first, second) }]
  })
  return { leaves: compare(leavesOf(before), leavesOf(after), equal), programs: compare(named(old), named(now), equal), changes }
}
