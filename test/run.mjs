// The test runner: every file in a process of its own, so that a crash of the native library costs one file. Files named
// *.native.test.ts load TensorFlow, which takes all cores and much memory: they run alone, one after the other; of the
// others two run at a time. The type check counts as one test, and that by TypeScript 7 as another.
import { spawn } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const AT_ONCE = 2
// Not a speed limit: a hung file must not hang the run.
const HUNG_AFTER_MS = 15 * 60 * 1000

const { FORCE_COLOR: _, ...inherited } = process.env
const environment = { TF_CPP_MIN_LOG_LEVEL: '3', ...inherited, NO_COLOR: '1' }

const running = new Set()

const finish = (root, args) =>
  new Promise(resolve => {
    const child = spawn(process.execPath, args, { cwd: root, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
    const chunks = []
    const timer = setTimeout(() => child.kill('SIGKILL'), HUNG_AFTER_MS)
    running.add(child)
    child.stdout.on('data', chunk => chunks.push(chunk))
    child.stderr.on('data', chunk => chunks.push(chunk))
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      running.delete(child)
      resolve({ code, signal, output: Buffer.concat(chunks).toString() })
    })
  })

const sumOf = (output, label) => {
  const counts = [...output.matchAll(new RegExp(`^\\s*${label}:\\s+(\\d+)\\s*$`, 'gm'))]
  return counts.reduce((sum, [, count]) => sum + Number(count), 0)
}

/**
 * What one file's run amounts to, from its exit code and what uvu printed: `{ passed, failed, reason? }`.
 * A run that tested nothing, skipped tests, or ended badly without saying which test failed counts as one failure.
 */
export const judge = ({ code, signal, output }) => {
  const total = sumOf(output, 'Total')
  const passed = sumOf(output, 'Passed')
  const skipped = sumOf(output, 'Skipped')
  if (total > passed) return { passed, failed: total - passed }
  if (signal !== null) return { passed, failed: 1, reason: `was ended by ${signal}` }
  if (code !== 0) return { passed, failed: 1, reason: `exited with code ${code}, though no test of it failed` }
  if (skipped > 0) return { passed, failed: 1, reason: `left out ${skipped} tests (test.skip or test.only)` }
  if (total === 0) return { passed, failed: 1, reason: 'tested nothing (is test.run() missing?)' }
  return { passed, failed: 0 }
}

const runFile = async (root, file) => judgeWith(judge, await finish(root, ['--import', 'tsx', file]))

const typeCheck = async root => judgeWith(
  ({ code }) => (code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }),
  await finish(root, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', '.', '--noEmit', '--incremental', '--tsBuildInfoFile', join('out', 'typecheck.tsbuildinfo')]),
)

// The rewritten compiler must agree: it is fast enough for every commit, and one day the only one.
const typeCheck7 = async root => judgeWith(
  ({ code }) => (code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }),
  await finish(root, [join('node_modules', 'typescript7', 'bin', 'tsc'), '-p', '.', '--noEmit']),
)

const judgeWith = (rule, result) => ({ ...rule(result), output: result.output })

const report = (name, { passed, failed, reason, output }, since) => {
  const seconds = ((performance.now() - since) / 1000).toFixed(1)
  process.stdout.write(`${failed === 0 ? 'ok  ' : 'FAIL'}  ${name}  ${passed} passed${failed === 0 ? '' : `, ${failed} failed`}  ${seconds} s\n`)
  if (failed === 0) return
  process.stdout.write(`${output.trimEnd()}\n${reason === undefined ? '' : `${name} ${reason}\n`}\n`)
}

// Takes jobs off the list until it is empty; several of these share one list.
const work = async (jobs, results) => {
  for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
    const since = performance.now()
    const result = await job.run()
    report(job.name, result, since)
    results.push(result)
  }
}

const testFiles = async root => {
  const names = await readdir(join(root, 'test'), { recursive: true })
  return names.filter(name => name.endsWith('.test.ts')).map(name => join('test', name).split(sep).join('/')).sort()
}

const stopOnSignals = () => {
  for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]]) {
    process.once(signal, () => {
      for (const child of running) child.kill('SIGKILL')
      process.exit(code)
    })
  }
}

/**
 * Runs the type check and the test files under `root`, or only those whose name contains one of the patterns, prints what
 * failed in full and `N passed, N failed` last. Resolves to the exit code: 0, 1 when anything failed, 2 when no file matches.
 */
export const runTests = async (root, patterns) => {
  stopOnSignals()
  const wanted = patterns.map(pattern => relative(root, join(root, pattern)).split(sep).join('/'))
  const matches = name => wanted.length === 0 || wanted.some(pattern => name.includes(pattern))
  const files = (await testFiles(root)).filter(matches)
  const isNative = file => file.endsWith('.native.test.ts')
  const job = file => ({ name: file, run: () => runFile(root, file) })
  const light = [...[['typecheck', typeCheck], ['typecheck by TypeScript 7', typeCheck7]].filter(([name]) => matches(name)).map(([name, run]) => ({ name, run: () => run(root) })), ...files.filter(file => !isNative(file)).map(job)]
  const native = files.filter(isNative).map(job)
  if (light.length + native.length === 0) {
    process.stdout.write(`no test file's name contains ${patterns.join(' or ')}\n`)
    return 2
  }
  const results = []
  await Promise.all(Array.from({ length: AT_ONCE }, () => work(light, results)))
  await work(native, results)
  const sum = field => results.reduce((total, result) => total + result[field], 0)
  process.stdout.write(`${sum('passed')} passed, ${sum('failed')} failed\n`)
  return sum('failed') === 0 ? 0 : 1
}

const self = fileURLToPath(import.meta.url)
if (process.argv[1] === self) process.exitCode = await runTests(join(self, '..', '..'), process.argv.slice(2))
