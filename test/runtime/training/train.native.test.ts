import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readTensors } from '../../../runtime/checkpoints/safetensors.ts'
import { cacheFolder } from '../../../runtime/cli/setup/cache.mjs'
import { pixelFolder } from '../../../runtime/data/pixel-cache.ts'
import { readMetrics, withoutRepeated, type MetricsLine } from '../../../runtime/training/metrics.ts'
import { findCheckpoint } from '../../../runtime/training/run-folder.ts'
import { model, train, writePairs, type Ended } from './command.ts'

// One layer of everything over the real vocabulary; both phases, and dropout, so that whatever is drawn must go on as well.
const changes = ['vision.layers=1', 'text.layers=1', 'text.fusionLayers=1', 'text.words=30522', 'text.special.cls=101', 'text.special.mask=103', 'text.dropout=0.1', 'headStart=0.5']
const steps = 50
const seed = 7
const pictureSize = 32

const folder = mkdtempSync(join(tmpdir(), 'axle-train-'))
const pairs = await writePairs(join(folder, 'pictures'))
test.after(() => {
  rmSync(folder, { recursive: true, force: true })
  rmSync(pixelFolder(cacheFolder(), pairs, pictureSize), { recursive: true, force: true })
})

const rightOf = <A>(result: E.Either<string, A>): A => {
  if (E.isLeft(result)) throw new Error(result.left)
  return result.right
}

const said = ({ code, lines }: Ended): string => `exit code ${code}, seed ${seed}:\n${lines.join('\n')}`

const given = (out: string, count = steps): readonly string[] => ['--config', 'tiny', '--steps', String(count), '--seed', String(seed), '--data', pairs, '--out', out, ...changes.flatMap(change => ['--set', change])]

const onlyRun = (out: string): string => {
  const [name, ...others] = readdirSync(out)
  assert.equal(others, [])
  return join(out, name ?? '')
}

/** Steps whose metrics are written, of the one run in a folder. */
const stepsDone = (out: string): number => {
  const [name] = existsSync(out) ? readdirSync(out) : []
  const metrics = join(out, name ?? '', 'metrics.jsonl')
  return existsSync(metrics) ? rightOf(readMetrics(metrics)).length : 0
}

/** Every number of a run's steps that is not a time. */
const numbersOf = (run: string): readonly MetricsLine[] =>
  withoutRepeated(rightOf(readMetrics(join(run, 'metrics.jsonl')))).map(line => ({ ...Object.fromEntries(Object.entries(line).filter(([name]) => name !== 'seconds' && name !== 'waiting')), step: line.step }))

/** The bytes of every tensor of a run's last checkpoint. Its metadata names the run, so files of two runs differ. */
const bytesOf = async (run: string): Promise<ReadonlyMap<string, Buffer>> => {
  const { metadata, tensors } = rightOf(await readTensors(rightOf(await findCheckpoint(run)()))())
  assert.is(metadata['step'], String(steps))
  return new Map([...tensors].map(([name, { data }]) => [name, Buffer.from(data.buffer, data.byteOffset, data.byteLength)]))
}

const differing = (one: ReadonlyMap<string, Buffer>, other: ReadonlyMap<string, Buffer>): readonly string[] => [...new Set([...one.keys(), ...other.keys()])].filter(name => !(one.get(name)?.equals(other.get(name) ?? Buffer.alloc(0)) ?? false))

const whole = join(folder, 'whole')

test('a run: what cannot be used is named and counted, both phases run, and a checkpoint and a plot are left', async () => {
  const ended = await train(given(whole))
  assert.is(ended.code, 0, said(ended))
  const [first = '', second = '', third = '', summary] = ended.lines
  assert.is(first, `${pairs}: entry 26: 1 of 2 captions have no words and are skipped`)
  assert.is(second, `${pairs}: entry 27: no caption with words in it; the picture blue-box.png is skipped`)
  assert.match(third, new RegExp(`^${join(folder, 'pictures', 'broken.png')}: .+; the picture is skipped$`))
  assert.is(summary, '25 pictures, 49 captions (skipped: 2 pictures, 2 captions)')
  const run = onlyRun(whole)
  assert.ok(existsSync(join(run, 'losses.png')))
  const lines = numbersOf(run)
  assert.equal(lines.map(({ step, phase }) => [step, phase]), Array.from({ length: steps }, (_, step) => [step, step < steps / 2 ? 'contrast' : 'step']))
  for (const { loss, step, ...others } of lines) {
    assert.ok(Number.isFinite(loss), `loss ${loss} at step ${step}`)
    for (const name of step < steps / 2 ? ['lossContrast'] : ['lossContrast', 'lossMatching', 'lossWords', 'alpha']) assert.type(others[name], 'number', `${name} at step ${step}`)
  }
  assert.is(new Set(lines.map(({ loss }) => loss)).size, steps, 'every batch has a loss of its own')
})

test('the same seed gives the same numbers and the same bits', async () => {
  const again = join(folder, 'again')
  const ended = await train(given(again))
  assert.is(ended.code, 0, said(ended))
  assert.equal(numbersOf(onlyRun(again)), numbersOf(onlyRun(whole)), said(ended))
  const [one, other] = [await bytesOf(onlyRun(whole)), await bytesOf(onlyRun(again))]
  assert.ok(one.has('student/vision/cls') && one.has('moments/first/vision/cls') && one.has('teacher/vision/cls') && one.has('queues/image'), [...one.keys()].join(' '))
  assert.equal(differing(one, other), [], said(ended))
})

test('Ctrl-C saves and says how to go on; the run then ends with the bits of one that was never interrupted', async () => {
  const out = join(folder, 'interrupted')
  // In the second phase, and in a later pass over the pictures than the first.
  const early = steps / 2 + 2
  const stopped = await train(given(out), () => stepsDone(out) >= early)
  const run = onlyRun(out)
  assert.is(stopped.code, 130, said(stopped))
  const done = stepsDone(out)
  assert.ok(done >= early && done < steps, `${done} of ${steps} steps`)
  assert.is(stopped.lines.at(-1), `stopped after step ${done}; go on with: npx axle train ${model} --resume ${run}`)
  const ended = await train(['--resume', run])
  assert.is(ended.code, 0, said(ended))
  assert.ok(ended.lines.includes(`${run}: step ${done} of ${steps}`), said(ended))
  assert.equal(numbersOf(run), numbersOf(onlyRun(whole)), said(ended))
  assert.equal(differing(await bytesOf(onlyRun(whole)), await bytesOf(run)), [], said(ended))
})

test('a run whose losses are not finite breaks off with exit code 1 and says which and when', async () => {
  const out = join(folder, 'diverged')
  const ended = await train([...given(out), '--set', 'schedule.first=1e30', '--set', 'schedule.peak=1e30', '--set', 'headStart=0'])
  assert.is(ended.code, 1, said(ended))
  assert.match(ended.lines.at(-1) ?? '', /^step \d+: [\w/]+ is (NaN|-?Infinity); stopped, before there was a checkpoint$/)
  assert.not(existsSync(join(onlyRun(out), 'losses.png')))
})

const entry = { image: 'red-ball.png', caption: 'a red ball' }

const broken: readonly (readonly [name: string, text: string | undefined, reason: string])[] = [
  ['missing.json', undefined, 'no such file'],
  ['broken.json', '[{"image": "red-ball.png",\n "caption" "a red ball"}]', `line 2, column 12: not valid JSON: expected ':', found '"a red ball"}]'`],
  ['wrong.json', JSON.stringify([entry, { ...entry, caption: 5 }]), "entry 2: field 'caption': expected text or a list of texts, found 5"],
]

test('a data file that is wrong is one line with file, entry and field, and exit code 2, before anything is made', async () => {
  for (const [name, text, reason] of broken) {
    const file = join(folder, 'pictures', name)
    if (text !== undefined) writeFileSync(file, text)
    const out = join(folder, `out of ${name}`)
    assert.equal(await train(['--config', 'tiny', '--steps', '2', '--data', file, '--out', out]), { code: 2, lines: [`${file}: ${reason}`] })
    assert.not(existsSync(out))
  }
})

test('captions of more words than the model knows are refused', async () => {
  const out = join(folder, 'out of words')
  const { code, lines } = await train(['--config', 'tiny', '--steps', '2', '--data', pairs, '--out', out])
  assert.is(code, 2)
  assert.is(lines.at(-1), 'tiny: the model knows 100 words, the vocabulary of the captions has 30522')
  assert.not(existsSync(out))
})

test('a run that cannot be gone on with is one line and exit code 2', async () => {
  const none = join(folder, 'none')
  assert.equal(await train(['--resume', none]), { code: 2, lines: [`${none}: not the folder of a run: it has no config.json`] })
  const run = onlyRun(whole)
  const config = join(run, 'config.json')
  const before = readFileSync(config, 'utf8')
  writeFileSync(config, before.replace(`"seed": ${seed}`, '"seed": "seven"'))
  assert.equal(await train(['--resume', run]), { code: 2, lines: [`${config}: field 'seed' is "seven"`] })
})

test.run()
