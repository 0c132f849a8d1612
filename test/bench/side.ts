// A process that does what it is asked, line by line: both sides of a comparison are warm, and only the one that was asked works.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import * as E from 'fp-ts/Either'
import type * as t from 'io-ts'

export interface Side {
  /** Sends one request and waits for its answer, one line of JSON. Rejects, with the last thing the process said, where it ends or says something else. */
  readonly ask: <A>(request: string, type: t.Type<A>) => Promise<A>
  /** Ends the process and waits for its end. */
  readonly end: () => Promise<void>
}

const kept = 4000

/** Starts a process that reads requests on standard input. `name` stands in errors. */
export const openSide = (name: string, command: readonly [string, ...string[]], options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> }): Side => {
  const [program, ...args] = command
  const child = spawn(program, args, { cwd: options.cwd, env: { ...process.env, ...options.env }, stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  let over = false
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-kept)
  })
  child.stdin.on('error', () => undefined)
  const lastWords = (): string => said.split('\n').map(line => line.trim()).filter(Boolean).at(-1) ?? 'it said nothing'
  const ended = new Promise<void>(resolve => {
    const end = (): void => {
      over = true
      resolve()
    }
    child.on('error', error => {
      said = error.message
      end()
    })
    child.on('close', end)
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ask = async <A>(request: string, type: t.Type<A>): Promise<A> => {
    if (!over) child.stdin.write(`${request}\n`)
    const line = await Promise.race([lines.next(), ended.then(() => undefined)])
    if (line === undefined || line.done === true) {
      await ended
      throw new Error(`${name} ended at '${request}': ${lastWords()}`)
    }
    const decoded = E.tryCatch((): unknown => JSON.parse(line.value), () => undefined)
    const answer = E.isLeft(decoded) ? decoded : type.decode(decoded.right)
    if (E.isLeft(answer)) throw new Error(`${name} answered '${request}' with: ${line.value.slice(0, 200)}`)
    return answer.right
  }
  return {
    ask,
    end: () => {
      child.stdin.end()
      return ended
    },
  }
}
