import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { onStop, yieldToEvents } from '../../../runtime/training/signals.ts'

const listening = () => {
  const source = new EventEmitter()
  const printed: string[] = []
  const exits: number[] = []
  const stop = onStop({ source, print: line => printed.push(line), exit: code => exits.push(code) })
  return { source, printed, exits, stop }
}

test('the first signal sets the flag and prints one line; one that comes with it changes nothing', () => {
  const { source, printed, exits, stop } = listening()
  assert.is(stop.requested(), false)
  source.emit('SIGTERM')
  source.emit('SIGINT')
  assert.is(stop.requested(), true)
  assert.equal(printed, ['finishing the step, then saving (Ctrl-C again to stop at once)'])
  assert.equal(exits, [])
  stop.dispose()
  assert.is(source.listenerCount('SIGINT') + source.listenerCount('SIGTERM'), 0)
})

test('a later signal exits with code 130', async () => {
  const { source, printed, exits, stop } = listening()
  source.emit('SIGINT')
  for (let tries = 0; exits.length === 0 && tries < 200; tries++) {
    await pause(50)
    source.emit('SIGINT')
  }
  assert.equal(exits, [130])
  assert.is(printed.length, 1)
  stop.dispose()
})

// A training loop whose steps block the thread, as TensorFlow's do, and whose saving blocks it until a line comes in.
const LOOP = `
const { readSync } = await import('node:fs')
const { onStop, yieldToEvents } = await import(process.argv[1])
const stop = onStop()
const block = milliseconds => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
console.log('training')
while (!stop.requested()) {
  block(20)
  await yieldToEvents()
}
console.log('saving')
readSync(0, Buffer.alloc(1))
block(700) // longer than the time after which a second signal counts
await yieldToEvents()
console.log('saved')
stop.dispose()
`

/** Runs the loop and calls `answer` with each line it prints. */
const runLoop = async (answer: (line: string, child: ChildProcessWithoutNullStreams) => void) => {
  const module = fileURLToPath(new URL('../../../runtime/training/signals.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', LOOP, module])
  const lines: string[] = []
  let errors = ''
  child.stderr.on('data', chunk => { errors += chunk })
  createInterface(child.stdout).on('line', line => {
    lines.push(line)
    answer(line, child)
  })
  const [code, signal] = await once(child, 'close')
  return { code, signal, lines, errors: errors.trim() }
}

test('a loop of blocking steps stops and saves, though Ctrl-C arrives twice (as under npm) and the second time while it is blocked', async () => {
  const result = await runLoop((line, child) => {
    if (line !== 'saved') child.kill('SIGINT')
    if (line === 'saving') child.stdin.end('\n')
  })
  assert.equal(result, {
    code: 0, signal: null, lines: ['training', 'saving', 'saved'], errors: 'finishing the step, then saving (Ctrl-C again to stop at once)',
  })
})

test('yielding serves timers that are due', async () => {
  let fired = 0
  setTimeout(() => { fired += 1 }, 1)
  while (fired === 0) await yieldToEvents()
  assert.is(fired, 1)
})

test.run()
