// Running runtime/cli/main.ts as a child process, the same way for `npm start` and for the `axle` command.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { exitCodeOf } from './setup/process.mjs'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const followParent = new URL('./follow-parent.mjs', import.meta.url).href

// A Ctrl-C arrives here up to three times: from the terminal, from npm and from a shell between them.
const SAME_PRESS_MS = 250

// Passes signals on; Ctrl-Z suspends both. Returns the function that ends that.
const forwardSignals = child => {
  const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP'].map(signal => {
    let last = -Infinity
    return [signal, () => {
      const now = performance.now()
      if (now - last > SAME_PRESS_MS) child.kill(signal)
      last = now
    }]
  })
  const suspend = () => {
    child.kill('SIGSTOP')
    process.kill(process.pid, 'SIGSTOP')
  }
  const all = process.platform === 'win32' ? handlers : [...handlers, ['SIGTSTP', suspend], ['SIGCONT', () => child.kill('SIGCONT')]]
  for (const [signal, handler] of all) process.on(signal, handler)
  return () => {
    for (const [signal, handler] of all) process.off(signal, handler)
  }
}

/**
 * Runs `main.ts` (or another script) with these arguments under tsx and resolves to its exit code (128 + n when signal n ended it).
 * SIGINT, SIGTERM and SIGHUP reach the child exactly once each time: it has a process group of its own, so that only this
 * process gets them from the terminal and passes them on. It is told to stop when this process is gone.
 */
export const runMain = (args, script = main) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), '--import', followParent, script, ...args], {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      detached: process.platform !== 'win32',
    })
    const stop = forwardSignals(child)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      stop()
      resolve(code ?? exitCodeOf(signal))
    })
  })
