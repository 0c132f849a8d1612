// Running other programs, and leaving nothing behind when interrupted.
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'

const children = new Set()
const folders = new Set()

/** Marks a folder as unfinished: it is removed when this process is interrupted. Returns the function that ends that. */
export const removeIfInterrupted = folder => {
  folders.add(folder)
  return () => folders.delete(folder)
}

/**
 * Runs a program to its end; never throws.
 * Resolves to `{ code, output }`: the exit code (127 when the program cannot be started, 128 + n after signal n)
 * and everything it printed. With `show` the output goes to the terminal as well.
 */
export const run = (program, args, { cwd, env, show = false } = {}) =>
  new Promise(resolve => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    const chunks = []
    const collect = stream => chunk => {
      chunks.push(chunk)
      if (show) stream.write(chunk)
    }
    children.add(child)
    child.stdout.on('data', collect(process.stdout))
    child.stderr.on('data', collect(process.stderr))
    const end = code => {
      children.delete(child)
      resolve({ code, output: Buffer.concat(chunks).toString() })
    }
    child.on('error', () => end(127))
    child.on('close', (code, signal) => end(code ?? exitCodeOf(signal)))
  })

/** The exit code a shell reports for a process ended by this signal. */
export const exitCodeOf = signal => 128 + ({ SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 }[signal] ?? 0)

/** The last line of a program's output that says something. */
export const lastLine = output => output.split('\n').map(line => line.trim()).filter(Boolean).at(-1) ?? 'it printed nothing'

/** From now on a signal ends the running programs, removes the unfinished folders and exits. Returns the function that ends that. */
export const cleanUpOnSignals = () => {
  const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP'].map(signal => [signal, () => {
    for (const child of children) child.kill(signal)
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    process.exit(exitCodeOf(signal))
  }])
  for (const [signal, handler] of handlers) process.on(signal, handler)
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler)
  }
}
