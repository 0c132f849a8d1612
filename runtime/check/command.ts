import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import { askedFor, type CheckArguments } from './asked.ts'
import type { Checked } from './check.ts'
import { openTracer } from './trace/tracer.ts'
import { watchFiles } from './watch.ts'

/** Exit codes of a check. */
export const exitCode = { clean: 0, findings: 1, refused: 2 } as const

const codeOf = ({ findings, refused }: Checked): number => (refused ? exitCode.refused : findings.length > 0 ? exitCode.findings : exitCode.clean)

const compiler = fileURLToPath(new URL('../../compiler/', import.meta.url))

const refuse = (sentence: string): number => {
  process.stderr.write(`${sentence}\n`)
  return exitCode.refused
}

/** Runs `axle check` and prints what it finds; with `watch`, again after every change, until the process is ended. Returns the exit code. */
export const checkCommandLine = async (given: CheckArguments): Promise<number> => {
  const { names, cwd, json, watch } = given
  if (watch && (json || given.diff !== undefined)) return refuse(`--watch goes with neither --json nor --diff`)
  const tracer = openTracer()
  try {
    // TypeScript is loaded while the processes that trace begin.
    const [{ openCheck }, { checkedJson, checkedText, earlyText }] = await Promise.all([import('./check.ts'), import('./output.ts')])
    const asked = await askedFor(given)
    if (E.isLeft(asked)) return refuse(asked.left)
    const check = openCheck({ names, cwd, asked: asked.right }, tracer)
    const colour = process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === ''
    const show = (result: E.Either<string, Checked>): number => {
      if (E.isLeft(result)) return refuse(result.left)
      process.stdout.write(json ? checkedJson(result.right, cwd) : checkedText(result.right, cwd, colour))
      return codeOf(result.right)
    }
    const code = show(await check.run())
    if (!watch) return code
    watchFiles(check.watched, async files => {
      // A change of the compiler is one of every model.
      const deep = files.some(file => file.startsWith(compiler))
      if (deep) tracer.restart()
      show(await check.run(files, deep, early => process.stdout.write(earlyText(early, cwd, colour))))
    })
    // Said when it is true: whoever edits on reading it is heard.
    process.stdout.write('watching for changes\n')
    return await new Promise<number>(() => undefined)
  } finally {
    tracer.close()
  }
}
