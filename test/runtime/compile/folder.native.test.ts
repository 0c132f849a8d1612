import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compile } from '../../../compiler/language/index.ts'
import { tensorflow as target } from '../../../compiler/targets/tensorflow/emit.ts'
import type { HostArray, Session } from '../../../runtime/backends/backend.ts'
import { tensorflow } from '../../../runtime/backends/tensorflow.ts'
import { compileFile } from '../../../runtime/cli/compile.ts'
import { external } from '../../../runtime/compile/bundle.ts'
import { readState } from '../../../runtime/state.ts'
import { inTemporaryFolder } from '../checkpoints/temporary.ts'
import { task } from './regression.ts'

const file = fileURLToPath(new URL('./regression.ts', import.meta.url))
const STEPS = 4
const SEED = 11

interface Sizes {
  readonly examples: number
  readonly features: number
}

const bytes = (count: number, from: number): readonly number[] => Array.from({ length: count }, (_, i) => (i * 37 + from * 11) % 256)

/** Plain numbers for a step, the same in both processes. */
const numbersOf = ({ examples, features }: Sizes, step: number) => ({
  pixels: bytes(examples * features, step),
  value: Array.from({ length: examples }, (_, i) => Math.sin(i + step)),
  group: Array.from({ length: examples }, (_, i) => i - 2),
  rate: 0.05,
  stop: step === 2 ? 1 : 0,
})

const plan = (sizes: Sizes) => ({ seed: SEED, steps: Array.from({ length: STEPS }, (_, step) => numbersOf(sizes, step)), rows: bytes(3 * sizes.features, 5) })

// Runs in a process that knows neither TypeScript nor this repository.
const script = `
import { readFileSync } from 'node:fs'
import { open } from './model/index.mjs'

const { seed, steps, rows } = JSON.parse(readFileSync(new URL('./plan.json', import.meta.url), 'utf8'))
const plain = record => Object.fromEntries(Object.entries(record).map(([name, value]) => [name, typeof value === 'number' ? value : [value.constructor.name, ...value]]))
const sentence = body => { try { body(); return 'nothing was thrown' } catch (error) { return error.message } }

const model = await open()
const results = { unready: sentence(() => model.predict({ pixels: Uint8Array.from(rows) })) }
results.nothing = model.initialize(seed) === undefined
results.first = plain(model.readState())
results.steps = steps.map(({ pixels, value, group, rate, stop }) =>
  plain(model.step({ pixels: Uint8Array.from(pixels), 'truth/value': Float32Array.from(value), 'truth/group': Int32Array.from(group), rate, stop })))
results.predicted = plain(model.predict({ pixels: Uint8Array.from(rows) }))
results.both = plain(model['both weights']())
const last = model.readState()
results.last = plain(last)
results.some = plain(model.readState(['steps']))

const other = await open()
other.writeState(last)
results.copied = plain(other.readState())
other.writeState({ 'line/bias': 2, steps: 9 })
results.changed = plain(other.readState())
results.untouched = plain(model.readState())
other.close()

const bad = { ...Object.fromEntries(['rate', 'stop'].map(name => [name, 0])), pixels: Uint8Array.from(steps[0].pixels), 'truth/value': Float32Array.from(steps[0].value), 'truth/group': Int32Array.from(steps[0].group) }
results.errors = [
  sentence(() => model.step({ ...bad, pixels: new Uint8Array(1) })),
  sentence(() => model.step({ ...bad, pixels: 1 })),
  sentence(() => model.step({ ...bad, rate: Float32Array.of(1) })),
  sentence(() => model.step({ ...bad, stop: 2 })),
  sentence(() => model.step({ ...bad, speed: 1 })),
  sentence(() => model.step({ ...bad, rate: undefined })),
  sentence(() => model.initialize(0.5)),
  sentence(() => model.readState(['slope'])),
  sentence(() => model.writeState({ slope: 1 })),
  sentence(() => model.writeState({ 'line/weight': new Float32Array(99) })),
  sentence(() => other.step(bad)),
]
model.close()
model.close()
process.stdout.write(JSON.stringify(results))
`

/** A folder elsewhere in which Node finds the native packages and nothing else of this repository. */
const furnish = (folder: string): void => {
  for (const name of external) {
    const link = join(folder, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(realpathSync(fileURLToPath(new URL(`../../../node_modules/${name}`, import.meta.url))), link, 'junction')
  }
}

const { NODE_OPTIONS: _, TF_CPP_MIN_LOG_LEVEL: __, ...quiet } = process.env

const runNode = (folder: string, name: string) => spawnSync(process.execPath, [join(folder, name)], { encoding: 'utf8', env: quiet, cwd: folder })

type Plain = Readonly<Record<string, unknown>>

const plain = (values: Iterable<readonly [name: string, data: HostArray, single: boolean]>): Plain =>
  Object.fromEntries([...values].map(([name, data, single]) => [name, single ? data[0] : [data.constructor.name, ...data]]))

const outputsOf = (session: Session, name: string, inputs: Readonly<Record<string, HostArray>>): Plain => {
  const outputs = session.run(name, inputs)
  return plain((session.signatures[name]?.outputs ?? []).map(spec => [spec.name, outputs[spec.name] ?? new Float32Array(), spec.axes.length === 0] as const))
}

const stateOf = (session: Session): Plain => plain([...readState(session)].map(([path, { data, axes }]) => [path, data, axes.length === 0] as const))

/** The same calls in this process, without a folder. */
const runHere = async (config: string, { seed, steps, rows }: ReturnType<typeof plan>): Promise<Plain> => {
  const job = task.configs[config]?.()
  if (job === undefined) throw new Error(`no ${config}`)
  const compiled = compile(job.definition, target)
  if (E.isLeft(compiled)) throw compiled.left
  const loaded = await tensorflow.load(compiled.right.artifact)()
  if (E.isLeft(loaded)) throw loaded.left
  const session = loaded.right
  session.run('initialize', { seed: Int32Array.of(seed) })
  const first = stateOf(session)
  const outputs = steps.map(({ pixels, value, group, rate, stop }) => outputsOf(session, 'step', {
    pixels: Uint8Array.from(pixels), 'truth/value': Float32Array.from(value), 'truth/group': Int32Array.from(group), rate: Float32Array.of(rate), stop: Uint8Array.of(stop),
  }))
  const predicted = outputsOf(session, 'predict', { pixels: Uint8Array.from(rows) })
  const both = outputsOf(session, 'both weights', {})
  const last = stateOf(session)
  session.close()
  return { first, steps: outputs, predicted, both, last }
}

const sentences = [
  /^Signature 'step', input 'pixels' \(u8, example 6 × feature 4\) wants a Uint8Array of 24, found a Uint8Array of 1\.$/,
  /^step: 'pixels' has the axes example, feature and wants an array, found 1\.$/,
  /^step: 'rate' has no axes and wants a number, found object\.$/,
  /^step: 'stop' \(bool\) wants a whole number from 0 to 1, found 2\.$/,
  /^step: there is no 'speed'; there is pixels, truth\/value, truth\/group, rate, stop\.$/,
  /^Signature 'step', input 'rate' \(a single f32\) is missing\.$/,
  /^initialize: 'seed' \(i32\) wants a whole number from -2147483648 to 2147483647, found 0\.5\.$/,
  /^readState: the state has no 'slope'\.$/,
  /^writeState: there is no 'slope'; there is line\/weight, line\/bias, /,
  /^writeState: 'line\/weight' wants 4 numbers, found 99\.$/,
  /^Signature 'step' cannot run: its session is closed\.$/,
]

for (const [config, sizes] of [['small', { examples: 6, features: 4 }], ['odd', { examples: 5, features: 3 }]] as const) {
  test(`a process with the folder alone gets the numbers of this process: ${config}, seed ${SEED}`, () =>
    inTemporaryFolder(async folder => {
      const written = await compileFile({ file, config, out: join(folder, 'model'), set: [] })()
      if (E.isLeft(written)) throw new Error(written.left.sentence)
      furnish(folder)
      writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan(sizes)))
      writeFileSync(join(folder, 'run.mjs'), script)
      const child = runNode(folder, 'run.mjs')
      assert.is(child.stderr, '')
      assert.is(child.status, 0)
      const { unready, nothing, some, copied, changed, untouched, errors, ...numbers } = JSON.parse(child.stdout)
      assert.equal(numbers, await runHere(config, plan(sizes)))
      assert.not.equal(numbers.first, numbers.last)
      assert.is(numbers.last.steps, STEPS)
      assert.equal(some, { steps: STEPS })
      assert.is(nothing, true)
      assert.equal(copied, numbers.last)
      assert.equal(changed, { ...numbers.last, 'line/bias': 2, steps: 9 })
      assert.equal(untouched, numbers.last)
      assert.is(unready, 'The state has no values yet: call initialize(seed), or writeState with every leaf of it, first.')
      if (config === 'small') sentences.forEach((pattern, i) => assert.match(errors[i], pattern))
    }))
}

test('the module imports nothing but the native packages and Node', () =>
  inTemporaryFolder(async folder => {
    const written = await compileFile({ file, config: 'small', out: folder, set: [] })()
    assert.ok(E.isRight(written))
    const code = readFileSync(join(folder, 'index.mjs'), 'utf8')
    const imported = [...code.matchAll(/(?:^import[^"']*|\bimport\(|\brequire\()["']([^"']+)["']/gm)].map(([, name]) => name ?? '')
    assert.ok(imported.length > 2)
    assert.equal(imported.filter(name => !name.startsWith('node:') && !external.some(each => each === name)), [])
    const root = fileURLToPath(new URL('../../../', import.meta.url))
    for (const name of ['index.mjs', 'index.d.mts', 'artifact.json', 'program.txt', 'README.md', 'axle.json']) assert.not.match(readFileSync(join(folder, name), 'utf8'), root)
  }))

test('what is missing is said in one sentence', () =>
  inTemporaryFolder(async folder => {
    const model = join(folder, 'model')
    const written = await compileFile({ file, config: 'small', out: model, set: [] })()
    assert.ok(E.isRight(written))
    writeFileSync(join(folder, 'run.mjs'), "import { open } from './model/index.mjs'\nawait open().catch(error => console.log(error.name, error.kind, error.message))\n")
    assert.match(runNode(folder, 'run.mjs').stdout, /^BackendError unavailable .*model\/: @tensorflow\/tfjs-node-gpu could not be loaded from here: [^\n]*\n$/)
    copyFileSync(join(model, 'README.md'), join(model, 'artifact.json'))
    assert.match(runNode(folder, 'run.mjs').stdout, /^BackendError load [^\n]*JSON[^\n]*\n$/)
    rmSync(join(model, 'artifact.json'))
    assert.match(runNode(folder, 'run.mjs').stdout, /^BackendError load [^\n]*no such file[^\n]*\n$/)
  }))

test.run()
