import type { ts } from 'ts-morph'
import { shapeAt, type Look, type Shape } from './look.ts'
import { bare, called, calleeOf } from './wording.ts'

/** Text put in the place of a stretch of the file. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

export type ProposalKind = 'rename' | 'swap' | 'outer' | 'vmap' | 'cast' | 'axis' | 'mean' | 'operation'

/** A way to make a mistake go away, and what of the language it needs imported. */
export interface Proposal {
  readonly kind: ProposalKind
  readonly title: string
  readonly edits: readonly Edit[]
  readonly needs: readonly string[]
}

const replace = (node: ts.Node, text: string): Edit => ({ start: node.getStart(), end: node.end, text })

/** `rename(x, { token: 'key' })` around an operand. */
export const renaming = (look: Look, node: ts.Expression, from: string, to: string): Proposal => {
  const key = /^[A-Za-z_$][\w$]*$/.test(from) ? from : `'${from}'`
  const entry = look.ts.isShorthandPropertyAssignment(node.parent) ? `${node.getText()}: ` : ''
  return { kind: 'rename', title: `Rename '${from}' of ${called(look, node)} to '${to}'`, edits: [replace(node, `${entry}rename(${node.getText()}, { ${key}: '${to}' })`)], needs: ['rename'] }
}

/** Every rename of one axis in `has` and not in `kept` to one of `wanted`. */
export const renamings = (look: Look, node: ts.Expression, has: readonly string[], kept: readonly string[], wanted: readonly string[]): readonly Proposal[] =>
  has.filter(axis => !kept.includes(axis) && !wanted.includes(axis)).flatMap(from => wanted.filter(to => !has.includes(to)).map(to => renaming(look, node, from, to)))

export const casting = (look: Look, node: ts.Expression, to: string): Proposal => ({ kind: 'cast', title: `Cast ${called(look, node)} to ${to}`, edits: [replace(node, `cast('${to}', ${node.getText()})`)], needs: ['cast'] })

/** Two arguments of a call in each other's place. */
export const swapping = (look: Look, left: ts.Expression, right: ts.Expression): Proposal =>
  ({ kind: 'swap', title: `Swap ${called(look, left)} and ${called(look, right)}`, edits: [replace(left, right.getText()), replace(right, left.getText())], needs: [] })

/** Every exchange of one argument with another of its call. */
export const swappings = (look: Look, call: ts.CallExpression, node: ts.Expression): readonly Proposal[] =>
  call.arguments.filter(each => each !== node && (shapeAt(look, each) !== undefined || look.ts.isStringLiteral(each))).map(each => (each.pos < node.pos ? swapping(look, each, node) : swapping(look, node, each)))

const outerOps: ReadonlySet<string> = new Set(['add', 'sub', 'mul', 'div', 'max', 'less', 'equal', 'and'])

/** `outer('add', x, y)` for `add(x, y)`. */
export const outerOf = (look: Look, call: ts.CallExpression): readonly Proposal[] => {
  const op = calleeOf(look, call)
  return outerOps.has(op) ? [{ kind: 'outer', title: `Say outer('${op}', …)`, edits: [replace(call, `outer('${op}', ${call.arguments.map(each => each.getText()).join(', ')})`)], needs: ['outer'] }] : []
}

/** Another name in the place of a string literal or of a key. */
export const respelling = (node: ts.Node, name: string): Proposal => ({ kind: 'axis', title: `Say '${name}'`, edits: [replace(node, `'${name}'`)], needs: [] })

/** `add(x, y)` for `x + y`. */
export const operation = (node: ts.Node, text: string, name: string): Proposal => ({ kind: 'operation', title: `Say ${text}`, edits: [replace(node, text)], needs: [name] })

/** The mean over everything, around what a function returns. */
export const averaging = (nodes: readonly ts.Expression[]): Proposal => ({ kind: 'mean', title: 'Take the mean: meanAll(…)', edits: nodes.map(node => replace(node, `meanAll(${node.getText()})`)), needs: ['meanAll'] })

const tensorType = ({ axes, dtype }: Shape): string => `Tensor<${axes.length === 0 ? 'never' : axes.map(axis => `'${axis}'`).join(' | ')}${dtype === 'f32' ? '' : `, '${dtype}'`}>`

/** A parameter's name for an argument: its own where it is a name. */
const parameterFor = (look: Look, node: ts.Expression, i: number): string => {
  const inner = bare(look, node)
  if (look.ts.isIdentifier(inner)) return inner.text
  return look.ts.isPropertyAccessExpression(inner) ? inner.name.text : i === 0 ? 'one' : `one${i + 1}`
}

/**
 * `vmap('batch', …)` around a call of a function of one example: bare where every argument is a tensor with the axis, else a function
 * that captures the others.
 */
export const mapping = (look: Look, call: ts.CallExpression, axis: string): readonly Proposal[] => {
  const mapped = call.arguments.flatMap((node, i) => {
    const shape = shapeAt(look, node)
    return shape?.axes.includes(axis) === true && shape.open.length === 0 ? [{ node, name: parameterFor(look, node, i), shape: { ...shape, axes: shape.axes.filter(each => each !== axis) } }] : []
  })
  if (mapped.length === 0) return []
  const unique = mapped.filter(({ node }, i) => mapped.findIndex(each => each.node.getText() === node.getText()) === i)
  const nameOf = (node: ts.Expression): string => unique.find(each => each.node.getText() === node.getText())?.name ?? node.getText()
  const given = unique.map(({ node }) => node.getText()).join(', ')
  const parameters = unique.map(({ name, shape }) => `${name}: ${tensorType(shape)}`).join(', ')
  const title = `Map over '${axis}': vmap('${axis}', …)`
  const bareCall: Proposal = { kind: 'vmap', title, edits: [replace(call, `vmap('${axis}', ${call.expression.getText()})(${call.arguments.map(each => each.getText()).join(', ')})`)], needs: ['vmap'] }
  const lambda: Proposal = { kind: 'vmap', title, edits: [replace(call, `vmap('${axis}', (${parameters}) => ${call.expression.getText()}(${call.arguments.map(nameOf).join(', ')}))(${given})`)], needs: ['vmap', 'Tensor'] }
  return [...(mapped.length === call.arguments.length ? [bareCall] : []), lambda]
}

/** A call `vmap(axis, f)(x, weight)` some of whose arguments lack the axis: those are captured instead. */
export const capturing = (look: Look, call: ts.CallExpression, axis: string): readonly Proposal[] => {
  const { ts } = look
  const vmap = bare(look, call.expression)
  const f = ts.isCallExpression(vmap) ? vmap.arguments[1] : undefined
  if (f === undefined) return []
  return mapping(look, call, axis).filter(({ needs }) => needs.includes('Tensor')).map(each => ({
    ...each,
    title: 'Capture what is the same for all',
    edits: each.edits.map(edit => ({ ...edit, text: edit.text.replace(`=> ${call.expression.getText()}(`, () => `=> ${f.getText()}(`) })),
  }))
}

