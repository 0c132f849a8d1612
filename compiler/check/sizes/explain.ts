import { fileURLToPath } from 'node:url'
import type { AxleError } from '../../program/error.ts'
import { frameOf, mapFrame, type Frame, type Site } from '../../program/site.ts'
import type { Finding, Span } from '../finding.ts'

const spanOf = (frame: Frame): Span => {
  const { file, line, column } = mapFrame(frame)
  return { file: fileURLToPath(file), line, column }
}

const place = (site: Site): Span => {
  const frame = frameOf(site)
  return frame === undefined ? { file: '', line: 1, column: 1 } : spanOf(frame)
}

/** A mistake as a finding: its exact expression, and for each of its sizes where that came from. */
export const explain = (error: AxleError, more = ''): Finding => ({
  kind: 'size',
  code: error.code,
  span: place(error.site),
  sentence: `${error.sentence}${more}`,
  related: [],
  ...(error.scope === '' ? {} : { scope: error.scope }),
})
