// What the kinds of mutants ask of the sources: calls of the language, names of axes, types of expressions.
import { ts } from 'ts-morph'
import { concernsTensors, shapeAt, type Look, type Shape } from '../../compiler/check/types/look.ts'

/** A source file of the models, and what TypeScript knows of it. */
export interface Source {
  readonly root: string
  readonly file: ts.SourceFile
  readonly look: Look
}

export const sourceIn = (root: string, program: ts.Program, name: string): Source => {
  const file = program.getSourceFile(root + name)
  if (file === undefined) throw new Error(`there is no ${name} in ${root}`)
  return { root, file, look: { ts, program, checker: program.getTypeChecker(), file } }
}

/** Every node but types and imports: what runs. */
export const nodesOf = ({ file }: Source): readonly ts.Node[] => {
  const found: ts.Node[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isTypeParameterDeclaration(node)) return
    found.push(node)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

export const rangeOf = (node: ts.Node): { readonly start: number; readonly end: number } => ({ start: node.getStart(), end: node.end })

/** The name that is called: `softmax`, also of `u.softmax`. */
export const calleeOf = (call: ts.CallExpression): string => {
  const { expression } = call
  return ts.isIdentifier(expression) ? expression.text : ts.isPropertyAccessExpression(expression) ? expression.name.text : ''
}

export const callsOf = (source: Source, ...names: readonly string[]): readonly ts.CallExpression[] => nodesOf(source).filter(ts.isCallExpression).filter(call => names.length === 0 || names.includes(calleeOf(call)))

export const shapeOf = ({ look }: Source, node: ts.Node): Shape | undefined => shapeAt(look, node)

/** Whether a value is a tensor, or a tree of tensors. */
export const hasTensors = ({ look }: Source, node: ts.Node): boolean => concernsTensors(look, look.checker.getTypeAtLocation(node), 3)

/** Functions of the language whose records have axes for keys. */
const byAxes: ReadonlySet<string> = new Set(['rename', 'unflatten', 'broadcast', 'constant', 'input', 'param', 'buffer', 'oneHot', 'groupwise', 'linearParams', 'layerNormParams', 'torchLinear', 'uniform', 'gaussian', 'bernoulli', 'randomInteger', 'categoricalWithoutReplacement'])

/** The record of axes that a property belongs to, if it is one. */
export const axesRecordOf = (node: ts.Node): ts.CallExpression | undefined => {
  const { parent } = node
  if (!ts.isObjectLiteralExpression(parent)) return undefined
  return ts.isCallExpression(parent.parent) && byAxes.has(calleeOf(parent.parent)) ? parent.parent : undefined
}

/** The function, declaration or class at the top of a file that a node belongs to. */
export const topOf = (node: ts.Node): ts.Node => (node.parent === undefined || ts.isSourceFile(node.parent) ? node : topOf(node.parent))

/** Whether a node is the value of a parameter that a type calls the axis: `softmax('key', …)`. */
export const isAxisArgument = (node: ts.Node): node is ts.StringLiteral => {
  if (!ts.isStringLiteral(node)) return false
  const call = ts.isArrayLiteralExpression(node.parent) ? node.parent.parent : node.parent
  if (!ts.isCallExpression(call) || (ts.isPropertyAccessExpression(call.expression) && call.expression.expression.getText() !== 'u')) return false
  return !['fold', 'buffer', 'input', 'drop', 'inside', 'scope', 'cast', 'outer', 'zipTrees', 'here'].includes(calleeOf(call)) && (ts.isArrayLiteralExpression(node.parent) || call.arguments.includes(node)) || (calleeOf(call) === 'outer' && call.arguments[0] !== node)
}

/** Names of axes that the types and operations of a top declaration mention, in order; those of the whole file where it has no other than `but`. */
export const axesInScope = ({ file, look }: Source, node: ts.Node, but: string): readonly string[] => {
  const within = (top: ts.Node): readonly string[] => {
    const found = new Set<string>()
    const visit = (each: ts.Node): void => {
      if (isAxisArgument(each)) found.add(each.text)
      if (ts.isTypeReferenceNode(each) && each.typeName.getText() === 'Tensor') {
        const shape = shapeAt(look, each)
        for (const axis of shape?.axes ?? []) found.add(axis)
      }
      ts.forEachChild(each, visit)
    }
    visit(top)
    found.delete(but)
    return [...found]
  }
  const own = within(topOf(node))
  return own.length > 0 ? own : within(file)
}

