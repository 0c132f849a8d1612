import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../../../', import.meta.url))

/** A place in a file, as the protocol of tsserver counts: from 1. */
export interface Point {
  readonly line: number
  readonly offset: number
}

export interface Shown {
  readonly start: Point
  readonly end: Point
  readonly text: string
  readonly code: number
  readonly source?: string
  readonly category: string
  readonly relatedInformation?: readonly { readonly message: string; readonly span?: { readonly start: Point; readonly file: string } }[]
}

export interface CodeFix {
  readonly fixName: string
  readonly description: string
  readonly changes: readonly { readonly fileName: string; readonly textChanges: readonly { readonly start: Point; readonly end: Point; readonly newText: string }[] }[]
}

interface Message {
  readonly type: string
  readonly request_seq?: number
  readonly event?: string
  readonly success?: boolean
  readonly message?: string
  readonly body?: unknown
}

const isMessage = (value: unknown): value is Message => typeof value === 'object' && value !== null && 'type' in value

/** A real tsserver over its standard streams. `ask` gives the body of an answer, `event` the next event of a name. */
export const tsserver = (...options: readonly string[]) => {
  const server = spawn(process.execPath, [createRequire(import.meta.url).resolve('typescript/lib/tsserver.js'), '--disableAutomaticTypingAcquisition', ...options], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] })
  const answers = new Map<number, (message: Message) => void>()
  const listeners = new Set<(message: Message) => void>()
  let rest = Buffer.alloc(0)
  let sent = 0
  server.stdout.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    for (;;) {
      const head = rest.indexOf('\r\n\r\n')
      const length = head < 0 ? undefined : Number(/Content-Length: (\d+)/.exec(rest.subarray(0, head).toString())?.[1])
      if (length === undefined || rest.length < head + 4 + length) return
      const value: unknown = JSON.parse(rest.subarray(head + 4, head + 4 + length).toString())
      rest = rest.subarray(head + 4 + length)
      if (!isMessage(value)) continue
      if (value.request_seq !== undefined) answers.get(value.request_seq)?.(value)
      for (const listener of [...listeners]) listener(value)
    }
  })
  const tell = (command: string, args: unknown): number => {
    server.stdin.write(`${JSON.stringify({ seq: ++sent, type: 'request', command, arguments: args })}\n`)
    return sent
  }
  const ask = (command: string, args: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => answers.set(tell(command, args), ({ success, message, body }) => (success === true ? resolve(body) : reject(new Error(`${command}: ${message}`)))))
  const event = (name: string): Promise<unknown> =>
    new Promise(resolve => {
      const listener = ({ event: given, body }: Message): void => {
        if (given !== name) return
        listeners.delete(listener)
        resolve(body)
      }
      listeners.add(listener)
    })
  const close = async (): Promise<void> => {
    const exited = once(server, 'exit')
    tell('exit', {})
    await exited
  }
  return { tell, ask, event, close }
}

export type Server = ReturnType<typeof tsserver>

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)
const isShown = (value: unknown): value is Shown => typeof value === 'object' && value !== null && 'text' in value && 'start' in value
const isFix = (value: unknown): value is CodeFix => typeof value === 'object' && value !== null && 'fixName' in value

export const diagnosticsOf = async (server: Server, file: string): Promise<readonly Shown[]> => {
  const body = await server.ask('semanticDiagnosticsSync', { file })
  return isList(body) ? body.filter(isShown) : []
}

export const fixesOf = async (server: Server, file: string, { start, end, code }: Shown): Promise<readonly CodeFix[]> => {
  const body = await server.ask('getCodeFixes', { file, startLine: start.line, startOffset: start.offset, endLine: end.line, endOffset: end.offset, errorCodes: [code] })
  return isList(body) ? body.filter(isFix) : []
}

/** What a hover shows at a place: its lines as text. */
export const hoverAt = async (server: Server, file: string, { line, offset }: Point): Promise<string> => {
  const body = await server.ask('quickinfo', { file, line, offset }).catch(() => undefined)
  return typeof body === 'object' && body !== null && 'displayString' in body ? String(body.displayString) : ''
}

/** Where a piece of text stands in another, and `into` characters further. */
export const pointOf = (text: string, piece: string, into = 0): Point => {
  const at = text.indexOf(piece)
  if (at < 0) throw new Error(`'${piece}' is not in the text`)
  const before = text.slice(0, at + into).split('\n')
  return { line: before.length, offset: (before[before.length - 1]?.length ?? 0) + 1 }
}

/** The text after the changes of a fix. */
export const changed = (text: string, { changes }: CodeFix): string => {
  const lines = text.split('\n')
  const index = ({ line, offset }: Point): number => lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + offset - 1
  return [...(changes[0]?.textChanges ?? [])].sort((a, b) => index(b.start) - index(a.start)).reduce((now, { start, end, newText }) => now.slice(0, index(start)) + newText + now.slice(index(end)), text)
}

/** The diagnostics of an event that brings some. */
export const shownIn = (body: unknown): readonly Shown[] => (typeof body === 'object' && body !== null && 'diagnostics' in body && isList(body.diagnostics) ? body.diagnostics.filter(isShown) : [])
