import { bare } from './source.ts'
import { typescript, type ts } from './typescript.ts'

/** Functions of numbers that a size may be computed by. */
const functions: Readonly<Record<string, (...xs: readonly number[]) => number>> = {
  'Math.min': Math.min, 'Math.max': Math.max, 'Math.floor': (x = 0) => Math.floor(x), 'Math.ceil': (x = 0) => Math.ceil(x), 'Math.round': (x = 0) => Math.round(x), 'Math.sqrt': (x = 0) => Math.sqrt(x),
}

/** The operands of one arithmetic expression and what it makes of their values; `undefined` for any other expression. */
export interface Arithmetic {
  readonly operands: readonly ts.Expression[]
  readonly compute: (...values: readonly number[]) => number
}

export const arithmeticOf = (expression: ts.Expression): Arithmetic | undefined => {
  const T = typescript()
  const node = bare(expression)
  if (T.isPrefixUnaryExpression(node) && node.operator === T.SyntaxKind.MinusToken) return { operands: [node.operand], compute: (x = Number.NaN) => -x }
  if (T.isBinaryExpression(node)) {
    const compute = binary(node.operatorToken.kind)
    return compute && { operands: [node.left, node.right], compute: (l = Number.NaN, r = Number.NaN) => compute(l, r) }
  }
  if (!T.isCallExpression(node)) return undefined
  const [, size, , count] = node.arguments
  // `quotient('hidden', 768, 'head', 12)`
  if (node.expression.getText() === 'quotient' && size !== undefined && count !== undefined) return { operands: [size, count], compute: (l = Number.NaN, r = Number.NaN) => l / r }
  const known = functions[node.expression.getText()]
  return known && { operands: node.arguments, compute: known }
}

const binary = (kind: ts.SyntaxKind): ((l: number, r: number) => number) | undefined => {
  const { SyntaxKind: K } = typescript()
  if (kind === K.PlusToken) return (l, r) => l + r
  if (kind === K.MinusToken) return (l, r) => l - r
  if (kind === K.AsteriskToken) return (l, r) => l * r
  if (kind === K.SlashToken) return (l, r) => l / r
  if (kind === K.PercentToken) return (l, r) => l % r
  return kind === K.AsteriskAsteriskToken ? (l, r) => l ** r : undefined
}
