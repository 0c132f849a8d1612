import { codeFrameColumns } from '@babel/code-frame'
import type { Span } from './finding.ts'

/** Lines of source around a span, the span marked with carets; empty where the source has no such line. */
export const frameOf = (text: string, { line, column, endLine, endColumn }: Span, context: number, colour: boolean): string => {
  if (line > text.split('\n').length) return ''
  const end = endLine === undefined || endColumn === undefined ? {} : { end: { line: endLine, column: endColumn } }
  return codeFrameColumns(text, { start: { line, column }, ...end }, { linesAbove: context, linesBelow: context, highlightCode: colour, forceColor: colour })
}
