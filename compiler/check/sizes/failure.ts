import { fileURLToPath } from 'node:url'
import type { Finding, Span } from '../finding.ts'

const ours = fileURLToPath(new URL('../../../', import.meta.url))
const pathOf = (place: string): string => (place.startsWith('file:') ? fileURLToPath(place) : place).replace(/\?.*$/, '')
const isModel = (file: string): boolean => !file.includes('/node_modules/') && !file.startsWith(`${ours}compiler/`) && !file.startsWith(`${ours}runtime/`)

/** The innermost place of an error in files that are no package and no part of the compiler. */
const thrownAt = (stack: string): Span | undefined => {
  for (const [, place = '', line, column] of stack.matchAll(/(?<![\w:/.-])(file:\/\/[^\s()]+|\/[^\s():]+):(\d+):(\d+)/g)) {
    const file = pathOf(place)
    if (isModel(file)) return { file, line: Number(line), column: Number(column) }
  }
  return undefined
}

/** What a model threw that is no mistake of sizes or axes. */
export const failureFinding = (error: unknown, doing: string): Finding => {
  const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const span = error instanceof Error ? thrownAt(error.stack ?? '') : undefined
  return { kind: 'failure', code: 'AX071', span: span ?? { file: '', line: 1, column: 1 }, sentence: `${doing} throws ${said.replace(/\s+/g, ' ').trim()}`, related: [] }
}
