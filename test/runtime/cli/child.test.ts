import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite<{ folder: string }>('child', { folder: '' })
test.before.each(context => {
  context.folder = mkdtempSync(join(tmpdir(), 'axle-child-'))
})
test.after.each(context => rmSync(context.folder, { recursive: true }))

const childModule = new URL('../../../runtime/cli/child.mjs', import.meta.url).href

// Starts a process that runs the script by runMain, as the leader of a process group, as a shell does.
const start = (folder: string, script: string, args: readonly string[] = []) => {
  const path = join(folder, 'script.ts')
  writeFileSync(path, script)
  const code = `import { runMain } from ${JSON.stringify(childModule)}; process.exitCode = await runMain(${JSON.stringify(args)}, ${JSON.stringify(path)})`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', code], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  const waiting = new Map<string, () => void>()
  parent.stdout.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString().split('\n').filter(text => text !== '')) {
      lines.push(line)
      waiting.get(line)?.()
    }
  })
  return {
    parent,
    lines,
    printed: (line: string) => new Promise<void>(resolve => (lines.includes(line) ? resolve() : waiting.set(line, resolve))),
    // Resolves when the pipe is closed, that is when both processes are gone.
    ended: new Promise<number | null>(resolve => parent.on('close', code => resolve(code))),
  }
}

const counting = `
let count: number = 0
const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM']
for (const signal of signals) process.on(signal, () => {
  count++
  setTimeout(() => { console.log(signal + ' ' + count); process.exit(42) }, 500)
})
setInterval(() => {}, 1000)
console.log('ready')
`

test('arguments go in, the exit code comes out', async ({ folder }) => {
  const run = start(folder, "console.log(process.argv.slice(2).join('|')); process.exit(7)", ['a b', '--c'])
  assert.is(await run.ended, 7)
  assert.equal(run.lines, ['a b|--c'])
})

test('a Ctrl-C of the whole group, repeated by npm, arrives once', async ({ folder }) => {
  const run = start(folder, counting)
  await run.printed('ready')
  const pid = run.parent.pid
  assert.type(pid, 'number')
  process.kill(-(pid ?? 0), 'SIGINT')
  run.parent.kill('SIGINT')
  assert.is(await run.ended, 42)
  assert.equal(run.lines, ['ready', 'SIGINT 1'])
})

test('a script without a handler ends by the signal, which is reported as 130', async ({ folder }) => {
  const run = start(folder, "setInterval(() => {}, 1000); console.log('ready')")
  await run.printed('ready')
  run.parent.kill('SIGINT')
  assert.is(await run.ended, 130)
})

test('when the parent is killed, the child is asked to stop', async ({ folder }) => {
  const run = start(folder, counting)
  await run.printed('ready')
  run.parent.kill('SIGKILL')
  await run.ended
  assert.equal(run.lines, ['ready', 'SIGTERM 1'])
})

test.run()
