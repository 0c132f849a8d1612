import type { Node } from '../../program/node.ts'
import type { Finding } from '../finding.ts'
import type { Graph, Graphs } from './graph.ts'
import { lintAtDeclaration } from './place.ts'

const unused = (graphs: readonly Graph[], inputs: readonly { readonly name: string; readonly node: Node }[], where: string): readonly Finding[] => {
  const isUsed = (node: Node): boolean => graphs.some(({ nodes }) => nodes.includes(node))
  return inputs.filter(({ node }) => !isUsed(node)).map(({ name, node }) => lintAtDeclaration('AX055', node, `the input '${name}' is never used: nothing that ${where} returns depends on it`))
}

/** AX055: an input that no output and no update depends on. The steps share their inputs: one use is enough. */
export const unusedInputs = ({ all, initialize, steps }: Graphs): readonly Finding[] => {
  const evaluations = all.filter(graph => graph !== initialize && !steps.includes(graph))
  const [first] = steps
  return [
    ...(first === undefined ? [] : unused(steps, first.program.inputs, steps.length === 1 ? 'the step' : 'any step')),
    ...evaluations.flatMap(graph => unused([graph], graph.program.inputs, `'${graph.program.name}'`)),
  ]
}
