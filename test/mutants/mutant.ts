import type { ts } from 'ts-morph'

/** What kind of slip a mutant is. */
export const kinds = [
  'axis name replaced', 'wrong axis in a reduction', 'reduction dropped', 'rename dropped', 'vmap dropped', 'cast dropped',
  'operand of another tower', 'another leaf of the tree', 'operands swapped', 'size in a configuration', 'size of a declaration', 'length of a slice', 'slice or position moved',
  'residual removed', 'stopGradient dropped', 'student for teacher', 'key reused', 'parameter never used',
] as const
export type Kind = (typeof kinds)[number]

/** One slip: a stretch of a source file (offsets), and what stands there instead. */
export interface Mutant {
  readonly kind: Kind
  /** Path from the root of the project. */
  readonly file: string
  readonly start: number
  readonly end: number
  readonly before: string
  readonly after: string
  /** Line and column of `start`, from 1. */
  readonly line: number
  readonly column: number
}

const newlines = (text: string): number => text.split('\n').length - 1

/** What stands in place of a node. Lines keep their numbers: what loses some gets empty ones. */
export const replaced = (kind: Kind, root: string, source: ts.SourceFile, node: { readonly start: number; readonly end: number }, after: string): Mutant => {
  const before = source.text.slice(node.start, node.end)
  const { line, character } = source.getLineAndCharacterOfPosition(node.start)
  return { kind, file: source.fileName.slice(root.length), ...node, before, after: after + '\n'.repeat(Math.max(0, newlines(before) - newlines(after))), line: line + 1, column: character + 1 }
}

/** The file with the slip in it. */
export const applied = (text: string, { start, end, after }: Mutant): string => text.slice(0, start) + after + text.slice(end)

const flat = (text: string): string => {
  const one = text.replace(/\s+/g, ' ').trim()
  return one.length <= 90 ? one : `${one.slice(0, 50)} … ${one.slice(-35)}`
}

/** `models/albef/text.ts:41:20 rename(x, { token: 'key' }) -> x`. */
export const mutantText = ({ file, line, column, before, after }: Mutant): string => `${file}:${line}:${column} ${flat(before)} -> ${flat(after)}`
