import type { ts } from 'ts-morph'
import { shapeAt, type Look, type Shape } from './look.ts'

/** `'token' 'hidden'`, as everywhere in messages. */
export const quoted = (axes: readonly string[]): string => (axes.length === 0 ? 'no axes' : axes.map(axis => `'${axis}'`).join(' '))

/** `'token' 'hidden'`, with type parameters as they are called; a key is 'a random key'. */
export const axesText = ({ axes, open, dtype }: Shape): string => (dtype === 'key' ? 'a random key' : open.length === 0 ? quoted(axes) : [...axes.map(axis => `'${axis}'`), ...open].join(' '))

/** `Tensor<'token' 'hidden'>`, `Tensor<'token', i32>`, `Tensor` for a number, `Key`. */
export const tensorText = (shape: Shape): string => {
  if (shape.dtype === 'key') return 'Key'
  const axes = shape.axes.length + shape.open.length === 0 ? '' : axesText(shape)
  const elements = shape.dtype === 'f32' ? '' : `${axes === '' ? 'no axes' : ''}, ${shape.dtype}`
  return axes === '' && elements === '' ? 'Tensor' : `Tensor<${axes}${elements}>`
}

/** The expression without parentheses and assertions around it. */
export const bare = (look: Look, node: ts.Expression): ts.Expression => {
  const { ts } = look
  return ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node) || ts.isNonNullExpression(node) ? bare(look, node.expression) : node
}

/** What a call calls: `dot`, `u.dot`, and of `attention(p, 64)(x, x)` the first name. */
export const calleeOf = (look: Look, call: ts.CallExpression): string => {
  const { ts } = look
  const callee = bare(look, call.expression)
  if (ts.isIdentifier(callee)) return callee.text
  if (ts.isPropertyAccessExpression(callee)) return callee.name.text
  return ts.isCallExpression(callee) ? calleeOf(look, callee) : 'this function'
}

/** An expression as a sentence names it: its text where it is short. */
export const called = (look: Look, node: ts.Expression): string => {
  const { ts } = look
  const text = node.getText()
  if (text.length <= 28 && !text.includes('\n')) return text
  const inner = bare(look, node)
  if (ts.isCallExpression(inner)) return `the result of ${calleeOf(look, inner)}`
  return ts.isArrowFunction(inner) || ts.isFunctionExpression(inner) ? 'the function' : 'this expression'
}

/** "x has 'token' 'inner'". */
export const hasText = (look: Look, node: ts.Expression): string => {
  const shape = shapeAt(look, node)
  if (shape === undefined) return called(look, node)
  return shape.dtype === 'key' ? `${called(look, node)} is a random key` : `${called(look, node)} has ${axesText(shape)}`
}

/** The nearest of some names to one that is misspelled, if one is near: at most a third of its letters change. */
export const nearest = (name: string, names: readonly string[]): string | undefined => {
  const ranked = names.map(each => ({ each, far: distance(name, each) })).sort((a, b) => a.far - b.far)
  const [best] = ranked
  return best !== undefined && best.far * 3 <= Math.max(name.length, best.each.length) ? best.each : undefined
}

/** Levenshtein's distance, an exchange of neighbours counted as one change. */
const distance = (a: string, b: string): number => {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      const exchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (rows[i - 2]?.[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY
      row.push(Math.min((row[j - 1] ?? 0) + 1, (rows[i - 1]?.[j] ?? 0) + 1, (rows[i - 1]?.[j - 1] ?? 0) + same, exchanged))
    }
    rows.push(row)
  }
  return rows[a.length]?.[b.length] ?? 0
}
