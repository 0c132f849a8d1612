import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cacheFolder } from '../../../runtime/cli/setup/cache.mjs'
import { pixelFolder } from '../../../runtime/data/pixel-cache.ts'
import { readMetrics, withoutRepeated, type MetricsLine } from '../../../runtime/training/metrics.ts'
import { quiet, train, writePairs, type Ended } from '../training/command.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'axle-devices-'))
const pairs = await writePairs(join(folder, 'pictures'))
test.after(() => {
  rmSync(folder, { recursive: true, force: true })
  rmSync(pixelFolder(cacheFolder(), pairs, 32), { recursive: true, force: true })
})

// One layer of everything over the real vocabulary, and dropout, so that whatever is drawn must not depend on the mesh.
const changes = ['vision.layers=1', 'text.layers=1', 'text.fusionLayers=1', 'text.words=30522', 'text.special.cls=101', 'text.special.mask=103', 'text.dropout=0.1']
const steps = 24
const seed = 11

const given = (out: string, ...more: readonly string[]): readonly string[] => ['--config', 'tiny', '--steps', String(steps), '--seed', String(seed), '--data', pairs, '--out', out, '--no-evaluation', ...changes.flatMap(change => ['--set', change]), ...more]
const said = ({ code, lines }: Ended): string => `exit code ${code}, seed ${seed}:\n${lines.join('\n')}`

const runIn = (out: string): string => join(out, readdirSync(out)[0] ?? '')
const metricsOf = (run: string): readonly MetricsLine[] => {
  const found = readMetrics(join(run, 'metrics.jsonl'))
  if (E.isLeft(found)) throw new Error(found.left)
  return withoutRepeated(found.right)
}
const stepsDone = (out: string): number => (existsSync(out) && existsSync(join(runIn(out), 'metrics.jsonl')) ? metricsOf(runIn(out)).length : 0)

test('a run begun on four devices and gone on with on two has the losses of a run on one', async () => {
  const [one, several] = [join(folder, 'one'), join(folder, 'several')]
  const whole = await train(given(one))
  assert.is(whole.code, 0, said(whole))
  const begun = await train(given(several, '--devices', 'cpu:4'), () => stepsDone(several) >= 3)
  assert.is(begun.code, 130, said(begun))
  const broken = stepsDone(several)
  assert.ok(broken >= 3 && broken < steps, `interrupted after ${broken} of ${steps} steps`)
  assert.match(said(begun), /loaded in .* s, on 4 devices of the processor/)
  assert.match(said(begun), new RegExp(`go on with: npx axle train .* --resume ${runIn(several)} --devices cpu:4`))
  const ended = await train(['--resume', runIn(several), '--devices', 'cpu:2', '--no-evaluation'])
  assert.is(ended.code, 0, said(ended))
  assert.match(said(ended), `step ${broken} of ${steps}`)
  const [wanted, found] = [metricsOf(runIn(one)), metricsOf(runIn(several))]
  assert.equal([wanted.length, found.length], [steps, steps])
  wanted.forEach(({ loss, lossMatching }, step) => {
    // Rounding of sums in another order, of which twenty steps make somewhat more.
    for (const [name, value] of Object.entries({ loss, lossMatching })) assert.ok(Math.abs(Number(found[step]?.[name]) - Number(value)) < 2e-4 * Number(value), `${name} of step ${step}: ${found[step]?.[name]}, on one device ${value}`)
  })
})

test('devices that do not divide a batch are one line, before a run is made', async () => {
  const out = join(folder, 'none')
  const ended = await train(given(out, '--devices', 'cpu:3'))
  assert.is(ended.code, 2, said(ended))
  assert.match(ended.lines.at(-1) ?? '', / AX\d+ .*which the 3 devices along the mesh axis 'data' do not divide$/)
  assert.not(existsSync(out))
})

test('more devices than there are, or none, are one line each and nothing else; so they are for the comparison', async () => {
  for (const [devices, sentence] of [['gpu:999', /^--devices gpu:999: TensorFlow sees .* here; --devices cpu:999 makes so many devices of the processor$/], ['0', /^--devices 0: wanted a number of devices/]] as const) {
    const ended = await train(given(join(folder, 'none'), '--devices', devices))
    assert.is(ended.code, 2, said(ended))
    assert.is(ended.lines.length, 1, said(ended))
    assert.match(ended.lines[0] ?? '', sentence)
    const compared = spawnSync(process.execPath, ['--import', 'tsx', join('runtime', 'cli', 'main.ts'), 'devices', devices], { cwd: root, encoding: 'utf8', env: quiet })
    assert.equal([compared.status, compared.stdout], [2, ''])
    assert.match(compared.stderr.trim(), sentence)
  }
})

test.run()
