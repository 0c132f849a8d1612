import { fileURLToPath } from 'node:url'
import type { Finding, Span } from '../../../compiler/check/finding.ts'
import { AxleError } from '../../../compiler/language/index.ts'
import { frameOf, mapFrame } from '../../../compiler/program/site.ts'

const compiler = fileURLToPath(new URL('../../../compiler/', import.meta.url))
const runtime = fileURLToPath(new URL('../../../runtime/', import.meta.url))

const pathOf = (place: string): string => (place.startsWith('file:') ? fileURLToPath(place.replace(/\?.*$/, '')) : place.replace(/\?axle=.*$/, ''))

/** The innermost frame of an error in files that are no package and not ours. */
const thrownAt = (error: Error): Span | undefined => {
  for (const [, place = '', line, column] of (error.stack ?? '').matchAll(/(file:\/\/[^\s()]+|\/[^\s():]+):(\d+):(\d+)/g)) {
    const file = pathOf(place)
    if (!file.includes('/node_modules/') && !file.startsWith(compiler) && !file.startsWith(runtime)) return { file, line: Number(line), column: Number(column) }
  }
  return undefined
}

const spanOfSite = (error: AxleError): Span | undefined => {
  const frame = frameOf(error.site)
  if (frame === undefined) return undefined
  const { file, line, column } = mapFrame(frame)
  return { file: fileURLToPath(file), line, column }
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()

/** What was thrown while a file was read or a program was traced: a mistake of the program as what it is, anything else as AX071 at the innermost place of the model. */
export const failureOf = (error: unknown, file: string, doing: string): Finding => {
  const start: Span = { file, line: 1, column: 1 }
  if (error instanceof AxleError) return { kind: 'size', code: error.code, span: spanOfSite(error) ?? start, sentence: oneLine(error.sentence), related: [] }
  const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return { kind: 'failure', code: 'AX071', span: (error instanceof Error ? thrownAt(error) : undefined) ?? start, sentence: `${doing} throws ${oneLine(said)}`, related: [] }
}
