import { elements } from '../program/node.ts'
import { nodesOf, type Program } from '../program/program.ts'

/** Operations that say something about a program and compute nothing: the first pass takes them out. */
export const remarks: ReadonlySet<string> = new Set(['tap', 'target', 'stopGradient', 'noGradient'])

/** What every program between passes must satisfy; a failure is a mistake of the compiler, not of its user. */
export const verify = (pass: string, program: Program): Program => {
  const known = new Set(program.inputs.map(({ node }) => node))
  const wrong = (text: string): never => {
    throw new Error(`internal: after ${pass}, ${program.name}: ${text}`)
  }
  for (const node of nodesOf(program)) {
    for (const input of node.inputs) if (input.id >= node.id) wrong(`${node.op} uses a value made after it`)
    if (!(elements(node.axes) > 0)) wrong(`${node.op} has no elements`)
    if (remarks.has(node.op) && pass !== 'trace') wrong(`${node.op} is left`)
    if (node.op === 'input' && node.attributes['kind'] === 'input' && !known.has(node)) wrong(`'${String(node.attributes['path'])}' is no input of this program`)
  }
  for (const { name, node } of [...program.outputs, ...program.updates]) for (const axis of Object.keys(node.axes)) if (axis.startsWith('^')) wrong(`'${name}' carries a lifted axis`)
  return program
}
