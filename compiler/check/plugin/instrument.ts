import type { ts } from 'ts-morph'
import type { TypeScript } from '../types/look.ts'

/** The name of the function that records a value and returns it. */
export const recorder = '__axleSeen'

const assigns = ({ SyntaxKind }: TypeScript, { operatorToken: { kind } }: ts.BinaryExpression): boolean => kind >= SyntaxKind.FirstAssignment && kind <= SyntaxKind.LastAssignment

/** A name that stands for a value, not one that declares something or says which property. */
const isValue = (ts: TypeScript, node: ts.Identifier): boolean => {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (ts.isPropertyAssignment(parent) || ts.isVariableDeclaration(parent) || ts.isParameter(parent) || ts.isPropertyDeclaration(parent)) return parent.initializer === node
  if (ts.isBindingElement(parent)) return parent.initializer === node
  return ts.isCallExpression(parent) || ts.isNewExpression(parent) || ts.isReturnStatement(parent) || ts.isArrowFunction(parent) || ts.isBinaryExpression(parent) || ts.isConditionalExpression(parent)
    || ts.isArrayLiteralExpression(parent) || ts.isParenthesizedExpression(parent) || ts.isSpreadElement(parent) || ts.isSpreadAssignment(parent) || ts.isElementAccessExpression(parent)
    || ts.isAsExpression(parent) || ts.isNonNullExpression(parent) || ts.isSatisfiesExpression(parent) || ts.isExpressionStatement(parent)
}

/** Whether an expression may be wrapped in a call without a change of meaning. */
const mayWrap = (ts: TypeScript, node: ts.Node): node is ts.Expression => {
  if (!ts.isCallExpression(node) && !ts.isPropertyAccessExpression(node) && !ts.isElementAccessExpression(node) && !(ts.isIdentifier(node) && isValue(ts, node))) return false
  const { parent } = node
  if ((ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.expression === node) return ts.isCallExpression(node) && ts.isCallExpression(parent) && !ts.isOptionalChain(parent)
  if (ts.isTaggedTemplateExpression(parent) || ts.isDeleteExpression(parent) || ts.isTypeOfExpression(parent) || ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent) || ts.isForOfStatement(parent) || ts.isForInStatement(parent)) return false
  if (ts.isCallExpression(node) && (node.expression.kind === ts.SyntaxKind.SuperKeyword || node.expression.kind === ts.SyntaxKind.ImportKeyword)) return false
  return !(ts.isOptionalChain(node) && ts.isOptionalChain(parent)) && !(ts.isExpression(parent) && ts.isOptionalChain(parent) && 'expression' in parent && parent.expression === node && ts.isOptionalChain(node))
}

/**
 * The text of a module with every name, property and call in it passed through the recorder, which is given a number for each. The types
 * stay as they are: whoever runs it strips them.
 */
export const instrumented = (ts: TypeScript, name: string, text: string, numberOf: (start: number, end: number) => number): string => {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true)
  const puts: { readonly at: number; readonly order: number; readonly text: string }[] = []
  const open = (node: ts.Node): string => `${recorder}(${numberOf(node.getStart(file), node.end)}, `
  const visit = (node: ts.Node, depth: number): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return
    if (ts.isBinaryExpression(node) && assigns(ts, node)) return visit(node.right, depth + 1)
    if (ts.isShorthandPropertyAssignment(node)) {
      // In a pattern that is assigned to it has no value; patterns that declare are no literals.
      puts.push({ at: node.end, order: -depth, text: `: ${open(node.name)}${node.name.text})` })
      return
    }
    if (mayWrap(ts, node)) puts.push({ at: node.getStart(file), order: depth, text: open(node) }, { at: node.end, order: -depth, text: ')' })
    ts.forEachChild(node, child => visit(child, depth + 1))
  }
  visit(file, 1)
  // At one place, what ends stands before what begins: inner ends first, outer beginnings first.
  const sorted = [...puts].sort((a, b) => a.at - b.at || (Math.sign(a.order) === Math.sign(b.order) ? a.order - b.order : Math.sign(a.order) - Math.sign(b.order)))
  const parts: string[] = []
  let from = 0
  for (const { at, text: put } of sorted) {
    parts.push(text.slice(from, at), put)
    from = at
  }
  return parts.join('') + text.slice(from)
}
