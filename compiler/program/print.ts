import { describeDeclaration, describeSite } from './site.ts'
import { plain } from './axes.ts'
import { collectiveOf } from './mesh.ts'
import type { Attribute, DType, Node } from './node.ts'
import { nodesOf, type Program } from './program.ts'

const axesText = (axes: Readonly<Record<string, number | string>>): string => Object.entries(axes).map(([axis, size]) => `${axis.startsWith('^') ? `${plain(axis)}^` : axis} ${size}`).join(', ')

/** `f32[batch 4, token 10]`. */
export const typeText = (node: { readonly dtype: DType; readonly axes: Readonly<Record<string, number | string>> }): string => `${node.dtype}[${axesText(node.axes)}]`

const attributeText = (value: Attribute): string => {
  if (typeof value !== 'object') return String(value)
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text.replaceAll('"', '')
}

const skipped = new Set(['kind', 'axes'])

/** The attributes of a node that a reader looks for: `over=[hidden]`. */
export const attributesText = (node: Node): string => {
  const attributes = Object.entries(node.attributes).filter(([key]) => node.op !== 'input' ? key !== 'values' && (node.op === 'table' || !skipped.has(key) || key === 'axes') : key === 'path')
  const collective = collectiveOf(node)
  return [...attributes.map(([key, value]) => `${key}=${attributeText(value)}`), ...(collective === undefined ? [] : [`bytes=${collective.bytes}`])].join(' ')
}

/** A number as it stands in a program, with as many digits as a reader looks at. */
export const literalText = ({ attributes: { value }, dtype }: Node): string => {
  if (typeof value !== 'number' || dtype !== 'f32') return String(value)
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? `${value}.0` : String(Number(value.toPrecision(7)))
}

/** A program as text: a line a node, with its type, its place in the source and, above each run of nodes, the scope they belong to. */
export const printProgram = (program: Program): string => printed(program, ({ axes }) => axes)

/** The same with sizes as a reader wants them: as expressions of symbols, say. */
export const printed = (program: Program, sizesOf: (node: Node) => Readonly<Record<string, number | string>>): string => {
  const type = (node: Node): string => typeText({ dtype: node.dtype, axes: sizesOf(node) })
  const nodes = nodesOf(program)
  const numbers = new Map(nodes.map((node, i) => [node, i]))
  const name = (node: Node): string => `%${numbers.get(node) ?? '?'}`
  const lines: string[] = [`program ${program.name}(${program.inputs.map(input => `${input.name}: ${type(input.node)}`).join(', ')})`]
  let scope = ''
  for (const node of nodes) {
    if (node.scope !== scope) {
      scope = node.scope
      lines.push(`  # ${scope === '' ? '(top)' : scope}`)
    }
    const details = attributesText(node)
    const place = node.op === 'input' ? describeDeclaration(node.site) : describeSite(node.site)
    lines.push(`  ${name(node)} ${type(node)} = ${node.op}(${node.inputs.map(name).join(', ')})${details === '' ? '' : ` ${details}`}  @ ${place}`)
  }
  for (const { name: path, node } of program.updates) lines.push(`  ${path} <- ${name(node)}`)
  lines.push(`  return ${program.outputs.map(output => `${output.name}: ${name(output.node)}`).join(', ')}`)
  return `${lines.join('\n')}\n`
}
