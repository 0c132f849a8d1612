import { elements, type Node } from '../../program/node.ts'
import { nodesOf, type Program } from '../../program/program.ts'
import type { StateLeaf } from '../../targets/target.ts'
import { nothing, plus, type Amount, type Cost, type CostOf } from './amount.ts'
import { memoryOf } from './memory.ts'
import { lineOf, scopeOf } from './place.ts'

/** Leaves that a program trains: new values that depend on a gradient. A program that trains nothing has those parameters that it reads. */
const parametersOf = (nodes: readonly Node[], program: Program, state: readonly StateLeaf[]): readonly StateLeaf[] => {
  const params = state.filter(({ kind }) => kind === 'param')
  if (program.updates.length === 0) {
    const read = new Set(nodes)
    return params.filter(({ node }) => read.has(node))
  }
  const moved = new Set<Node>()
  for (const node of nodes) if (node.backward || node.inputs.some(input => moved.has(input))) moved.add(node)
  const trained = new Set(program.updates.filter(({ node }) => moved.has(node)).map(({ name }) => name))
  return params.filter(({ path }) => trained.has(path))
}

type Part = readonly [of: Pick<Node, 'site' | 'scope'>, amount: Partial<Amount>]

const totals = (parts: readonly Part[], nameOf: (of: Part[0]) => string): readonly CostOf[] => {
  const found = new Map<string, Amount>()
  for (const [of, amount] of parts) {
    const name = nameOf(of)
    found.set(name, plus(found.get(name) ?? nothing, { ...nothing, ...amount }))
  }
  return [...found].map(([name, amount]) => ({ name, ...amount })).filter(({ flops, parameters, kept }) => flops + parameters + kept > 0)
    .sort((a, b) => b.flops - a.flops || b.kept - a.kept || b.parameters - a.parameters)
}

/** The folder of a leaf: the scope of what uses it. */
const folderOf = (path: string): string => path.split('/').slice(0, -1).join('/')

/** What one execution of a program costs, by source line and by scope, before anything runs. The program is one of `trace`: after the passes. */
export const costOf = (program: Program, state: readonly StateLeaf[]): Cost => {
  const nodes = nodesOf(program)
  const memory = memoryOf(program, state)
  const parts: readonly Part[] = [
    ...nodes.map((node): Part => {
      const flops = node.rules.cost(node)
      return [node, { flops, backward: node.backward ? flops : 0 }]
    }),
    ...parametersOf(nodes, program, state).map(({ path, node }): Part => [{ site: node.site, scope: folderOf(path) }, { parameters: elements(node.axes) }]),
    ...memory.kept.map(({ node, bytes }): Part => [node, { kept: bytes }]),
  ]
  return {
    program: program.name,
    total: parts.reduce((total, [, amount]) => plus(total, { ...nothing, ...amount }), nothing),
    lines: totals(parts, lineOf),
    scopes: totals(parts, scopeOf),
    state: memory.state,
    peak: { bytes: memory.peak, line: memory.at === undefined ? '' : lineOf(memory.at), scope: memory.at?.scope ?? '' },
    alive: memory.alive,
  }
}
