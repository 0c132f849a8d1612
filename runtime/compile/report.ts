import type { Compiled } from '../../compiler/language/index.ts'
import { elements } from '../../compiler/program/node.ts'
import { printProgram } from '../../compiler/program/print.ts'
import { nodesOf, type Program } from '../../compiler/program/program.ts'
import { leafBytes } from './described.ts'

/** What a compiled module amounts to. */
export interface Counts {
  /** Nodes of each program, in order. */
  readonly nodes: readonly { readonly program: string; readonly count: number }[]
  /** Numbers declared as parameters, by the part of the state that holds them: a teacher's copy stands apart from its student. */
  readonly parameters: readonly { readonly part: string; readonly count: number }[]
  readonly stateBytes: number
  /** Floating-point operations of one step. */
  readonly operations: number
}

const parametersOf = (state: Compiled['state']): Counts['parameters'] => {
  const counts = new Map<string, number>()
  for (const { kind, path, axes } of state) {
    const [part = ''] = path.split('/')
    if (kind === 'param') counts.set(part, (counts.get(part) ?? 0) + elements(axes))
  }
  return [...counts].map(([part, count]) => ({ part, count }))
}

/** Floating-point operations of one run of a program, as its primitives count them. */
const operationsOf = (program: Program): number => nodesOf(program).reduce((sum, node) => sum + node.rules.cost(node), 0)

export const countsOf = ({ programs, state }: Compiled): Counts => ({
  nodes: programs.map(program => ({ program: program.name, count: nodesOf(program).length })),
  parameters: parametersOf(state),
  stateBytes: state.reduce((sum, leaf) => sum + leafBytes(leaf), 0),
  operations: programs.filter(({ name }) => name === 'step').reduce((sum, program) => sum + operationsOf(program), 0),
})

/** Digits in groups of three, the same in every locale: `1 234 567`. */
export const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ' ')

/** `137 (step 91, predict 46)`: a sum and its parts. */
export const sumText = (parts: readonly (readonly [name: string, count: number])[]): string => {
  const total = grouped(parts.reduce((sum, [, count]) => sum + count, 0))
  return parts.length < 2 ? total : `${total} (${parts.map(([name, count]) => `${name} ${grouped(count)}`).join(', ')})`
}

/** Every program as text, line by line, after what they amount to. */
export const programText = (title: string, compiled: Compiled): string => {
  const { nodes, parameters, stateBytes, operations } = countsOf(compiled)
  const head = [
    `# ${title}, compiled for ${compiled.artifact.target}`,
    `# nodes             ${sumText(nodes.map(({ program, count }) => [program, count]))}`,
    `# parameters        ${sumText(parameters.map(({ part, count }) => [part, count]))}`,
    `# state             ${grouped(stateBytes)} bytes in ${grouped(compiled.state.length)} arrays`,
    `# FLOPs per step    ${grouped(operations)}`,
  ]
  return [`${head.join('\n')}\n`, ...compiled.programs.map(printProgram)].join('\n')
}
