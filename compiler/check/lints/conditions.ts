import type { ts } from 'ts-morph'
import type { Finding, Span } from '../finding.ts'

/** The module of TypeScript that made the program: the checker itself imports none. */
type TypeScript = typeof ts

const spanOf = (file: ts.SourceFile, node: ts.Node): Span => {
  const from = file.getLineAndCharacterOfPosition(node.getStart(file))
  const to = file.getLineAndCharacterOfPosition(node.getEnd())
  return { file: file.fileName, line: from.line + 1, column: from.character + 1, endLine: to.line + 1, endColumn: to.character + 1 }
}

const tensorTypes: ReadonlySet<string> = new Set(['Tensor', 'Leaf', 'Key'])

/** A tensor or key of the language, by the declaration of its type; never something that may be missing, whose presence may well be asked for. */
const isTensor = (type: ts.Type): boolean => {
  if (type.isUnion()) return type.types.every(isTensor)
  if (type.isIntersection()) return type.types.some(isTensor)
  const { symbol } = type
  return symbol !== undefined && tensorTypes.has(symbol.name) && (symbol.declarations ?? []).some(each => each.getSourceFile().fileName.endsWith('compiler/language/types.ts'))
}

/** AX046: a sign of JavaScript before a tensor. AX059: a tensor where JavaScript asks whether something is true, or compares objects. It is always true, and equal to nothing but itself. */
export const conditionFindings = (ts: TypeScript, program: ts.Program, files: readonly string[]): readonly Finding[] => {
  const checker = program.getTypeChecker()
  const kind = ts.SyntaxKind
  const comparisons: ReadonlyMap<ts.SyntaxKind, string> = new Map([
    [kind.EqualsEqualsEqualsToken, 'equal'], [kind.EqualsEqualsToken, 'equal'], [kind.ExclamationEqualsEqualsToken, 'not(equal)'], [kind.ExclamationEqualsToken, 'not(equal)'],
    [kind.LessThanToken, 'less'], [kind.LessThanEqualsToken, 'less'], [kind.GreaterThanToken, 'less'], [kind.GreaterThanEqualsToken, 'less'],
  ])
  const signs: ReadonlyMap<ts.SyntaxKind, string> = new Map([[kind.MinusToken, '-'], [kind.PlusToken, '+'], [kind.TildeToken, '~']])
  const logical: ReadonlySet<ts.SyntaxKind> = new Set([kind.AmpersandAmpersandToken, kind.BarBarToken])
  const holds = (node: ts.Expression): boolean => isTensor(checker.getTypeAtLocation(node))

  const conditionOf = (node: ts.Node): ts.Expression | undefined => {
    if (ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node)) return node.expression
    if (ts.isConditionalExpression(node) || ts.isForStatement(node)) return node.condition
    if (ts.isPrefixUnaryExpression(node) && node.operator === kind.ExclamationToken) return node.operand
    return ts.isBinaryExpression(node) && logical.has(node.operatorToken.kind) ? node.left : undefined
  }
  const inFile = (file: ts.SourceFile): readonly Finding[] => {
    const found: Finding[] = []
    const say = (node: ts.Node, sentence: string): void => void found.push({ kind: 'lint', code: 'AX059', span: spanOf(file, node), sentence, related: [] })
    const visit = (node: ts.Node): void => {
      const condition = conditionOf(node)
      if (condition !== undefined && holds(condition)) say(condition, 'a tensor is no condition: while a program is traced it has no value, and every object is true; choose element by element with select')
      if (ts.isBinaryExpression(node)) {
        const instead = comparisons.get(node.operatorToken.kind)
        if (instead !== undefined && holds(node.left) && holds(node.right)) say(node, `'${node.operatorToken.getText(file)}' compares objects, not elements: say ${instead}`)
      }
      const sign = ts.isPrefixUnaryExpression(node) ? signs.get(node.operator) : undefined
      // TypeScript has nothing against it: every object is a number, if only NaN.
      if (sign !== undefined && ts.isPrefixUnaryExpression(node) && holds(node.operand)) found.push({ kind: 'type', code: 'AX046', span: spanOf(file, node), sentence: `'${sign}' is no operation on tensors: ${sign === '-' ? `say neg(${node.operand.getText(file)})` : 'it makes no number of one'}`, related: [] })
      ts.forEachChild(node, visit)
    }
    visit(file)
    return found
  }
  return files.flatMap(name => {
    const file = program.getSourceFile(name)
    return file === undefined ? [] : inFile(file)
  })
}
