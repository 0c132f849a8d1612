import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { frameOf, mapFrame, type Frame } from '../../program/site.ts'
import { elements, type DType, type Node } from '../../program/node.ts'

const known = new Map<string, string>()

const textOf = (frame: Frame): string => {
  const key = `${frame.file}:${frame.line}:${frame.column}`
  const before = known.get(key)
  if (before !== undefined) return before
  const { file, line } = mapFrame(frame)
  const text = `${relative(process.cwd(), file.startsWith('file:') ? fileURLToPath(file.replace(/[?#].*$/, '')) : file)}:${line}`
  known.set(key, text)
  return text
}

/** The source line that a node belongs to: the innermost one outside of layers that many share. */
export const lineOf = ({ site }: Pick<Node, 'site'>): string => {
  const frame = frameOf(site)
  return frame === undefined ? '(the compiler)' : textOf(frame)
}

/** Layers in a list are one scope, with a star for their numbers. */
export const scopeOf = ({ scope }: Pick<Node, 'scope'>): string => (scope === '' ? '(no scope)' : scope.replace(/(^|[/.])\d+(?=\/|$)/g, '$1*'))

const widths: Readonly<Record<DType, number>> = { f32: 4, i32: 4, bool: 1, u8: 1, key: 8, bf16: 2 }
export const bytesOf = ({ axes, dtype }: Pick<Node, 'axes' | 'dtype'>): number => elements(axes) * widths[dtype]
