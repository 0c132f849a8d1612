// `npm run bench -- step --against torch`: our step and a peer's, in turns, in one run. First both must compute the same.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import * as t from 'io-ts'
import { cacheFolder } from '../../runtime/cli/setup/cache.mjs'
import { comparedConfig, type Losses } from './agreement.ts'
import { isPeer, peers, pythonOf, type Peer } from './environment.ts'
import type { StepOptions } from './job.ts'
import { median, rounded } from './measure.ts'
import { watchOthers } from './others.ts'
import { openSide, type Side } from './side.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Variants of each peer, the official style first. */
const variantsOf: Readonly<Record<Peer, readonly string[]>> = { torch: ['eager', 'sdpa', 'fused', 'eager fused', 'compiled'], jax: ['jit'] }

const Step = t.type({ seconds: t.number, cpuSeconds: t.number, loss: t.number })
/** One step, and how many cores others used while it ran. */
interface Step extends t.TypeOf<typeof Step> {
  readonly others: number
}
const Product = t.type({ flopsPerSecond: t.number })
const Memory = t.type({ peakResidentBytes: t.number })
const Version = t.type({ version: t.string })
const Agreed = t.type({ losses: t.array(t.type({ lossWords: t.number, lossContrast: t.number, lossMatching: t.number })) })
const Opened = t.type({ parameters: t.number, startSeconds: t.type({ trace: t.number, emit: t.number, load: t.number, initialize: t.number }) })
const Arithmetic = t.type({ written: t.number, compiled: t.number, expectedPeakBytes: t.number })

/** Largest relative difference of two sides' losses: of the first step, whose weights are equal, and of those after it, which optimisers moved. */
interface Agreement {
  readonly first: number
  readonly later: number
}

/** Float rounding of the forward pass; and of gradients, where Adam makes a whole move of a sign that rounding decides. */
const allowed: Agreement = { first: 1e-4, later: 5e-3 }

const apart = (a: Losses | undefined, b: Losses | undefined): number => {
  const each = (x: number | undefined, y: number | undefined): number => (x === undefined || y === undefined ? Number.NaN : Math.abs(x - y) / Math.abs(y))
  return Math.max(each(a?.lossWords, b?.lossWords), each(a?.lossContrast, b?.lossContrast), each(a?.lossMatching, b?.lossMatching))
}

const agreementOf = (ours: readonly Losses[], theirs: readonly Losses[]): Agreement =>
  ({ first: apart(theirs[0], ours[0]), later: Math.max(...ours.slice(1).map((losses, i) => apart(theirs[i + 1], losses))) })

interface Sides {
  readonly ours: () => Side
  readonly peer: (variant: string) => Side
}

/** Both sides from one file of weights, inputs and choices. Throws one sentence where they do not agree. */
const checkAgreement = async ({ ours, peer }: Sides, variants: readonly string[], say: (text: string) => void): Promise<Readonly<Record<string, Agreement>>> => {
  const folder = mkdtempSync(join(tmpdir(), 'axle-agree-'))
  const file = join(folder, 'agree.safetensors')
  try {
    say('our losses without dropout')
    const asked = async (side: Side) => {
      const { losses } = await side.ask(`agree ${file}`, Agreed)
      await side.end()
      return losses
    }
    const own = await asked(ours())
    const found: Record<string, Agreement> = {}
    for (const variant of variants) {
      const agreement = agreementOf(own, await asked(peer(variant)))
      say(`${variant}: losses differ by at most ${agreement.first.toExponential(1)} in the first step, ${agreement.later.toExponential(1)} after it`)
      if (!(agreement.first <= allowed.first && agreement.later <= allowed.later)) throw new Error(`${variant} computes something else: its losses are off by ${agreement.first.toExponential(1)} in the first step and ${agreement.later.toExponential(1)} after it (allowed ${allowed.first} and ${allowed.later}).`)
      found[variant] = agreement
    }
    return found
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Idle threads of the other side spin for a moment after a step. */
const settle = 300

/** Cores that others may use, in the median step, before its figures are doubted. */
const quiet = 0.2

interface Times {
  readonly variant: string
  readonly agreement: Agreement | undefined
  readonly firstStepSeconds: number
  readonly peer: readonly Step[]
  /** Our steps of the same rounds. */
  readonly ours: readonly Step[]
  readonly peakResidentBytes: number
  readonly product: number
}

/** A peer beside ours: warm both, then in turns, who is first alternating. */
const timeBeside = async (ours: Side, peer: Side, variant: string, agreement: Agreement | undefined, rounds: number, say: (text: string) => void): Promise<Times> => {
  const take = async (side: Side): Promise<Step> => {
    await pause(settle)
    const others = watchOthers()
    const step = await side.ask('step', Step)
    return { ...step, others: others(step.cpuSeconds) }
  }
  const { seconds: firstStepSeconds } = await take(peer)
  await take(peer)
  await take(ours)
  const times: { readonly peer: Step[]; readonly ours: Step[] } = { peer: [], ours: [] }
  for (let round = 0; round < rounds; round++) {
    const turns = round % 2 === 0 ? (['ours', 'peer'] as const) : (['peer', 'ours'] as const)
    for (const turn of turns) times[turn].push(await take(turn === 'ours' ? ours : peer))
    say(`${variant}, round ${round + 1}: ${times.peer.at(-1)?.seconds.toFixed(3)} s, ours ${times.ours.at(-1)?.seconds.toFixed(3)} s; others used ${times.peer.at(-1)?.others.toFixed(2)} and ${times.ours.at(-1)?.others.toFixed(2)} cores`)
  }
  const { peakResidentBytes } = await peer.ask('memory', Memory)
  const { flopsPerSecond } = await peer.ask('product', Product)
  await peer.end()
  return { variant, agreement, firstStepSeconds, peer: times.peer, ours: times.ours, peakResidentBytes, product: flopsPerSecond }
}

const secondsOf = (steps: readonly Step[]): readonly number[] => steps.map(step => step.seconds)
const cpuOf = (steps: readonly Step[]): readonly number[] => steps.map(step => step.cpuSeconds)
const least = (steps: readonly Step[]): number => Math.min(...secondsOf(steps))

const seconds = (steps: readonly Step[]) => ({ minSeconds: rounded(least(steps)), medianSeconds: rounded(median(secondsOf(steps))), medianCpuSeconds: rounded(median(cpuOf(steps))), medianCoresOfOthers: rounded(median(steps.map(({ others }) => others))) })

/** Our step as a share of a peer's, in the same rounds; processor seconds are steadier where others use the machine too. */
const ratio = ({ ours, peer }: Times) => ({ min: rounded(least(ours) / least(peer)), median: rounded(median(secondsOf(ours)) / median(secondsOf(peer))), medianCpu: rounded(median(cpuOf(ours)) / median(cpuOf(peer))) })

const figures = (options: StepOptions, peer: Peer, version: string, opened: t.TypeOf<typeof Opened>, first: number, memory: number, product: number, flops: t.TypeOf<typeof Arithmetic>, all: readonly Times[]) => {
  const own = all.flatMap(({ ours }) => ours)
  const best = Math.max(product, ...all.map(each => each.product))
  const [fastest] = [...all].sort((a, b) => least(a.peer) - least(b.peer))
  const official = all.find(({ variant }) => variant === variantsOf[peer][0])
  const speed = (operations: number, times: readonly Step[]) => ({ flopsPerSecond: Math.round(operations / least(times)), shareOfPeak: rounded(operations / least(times) / best) })
  return {
    bench: 'step', against: `${peer} ${version}`, config: options.config, changes: options.changes, batch: options.batch, seed: options.seed, rounds: options.steps, without: options.without, parameters: opened.parameters,
    ratioToOfficialStyle: official === undefined ? undefined : ratio(official),
    fastestPeer: fastest?.variant,
    ratioToFastestPeer: fastest === undefined ? undefined : ratio(fastest),
    memoryRatioToOfficialStyle: official === undefined ? undefined : rounded(memory / official.peakResidentBytes),
    peakFlopsPerSecond: { tensorflow: Math.round(product), [peer]: Math.round(Math.max(...all.map(each => each.product))) },
    flops: { written: flops.written, compiled: flops.compiled },
    arithmeticSeconds: { written: rounded(flops.written / best), compiled: rounded(flops.compiled / best) },
    ours: {
      ...seconds(own), ...speed(flops.compiled, own), peakResidentBytes: memory, expectedPeakBytes: flops.expectedPeakBytes, firstStepSeconds: rounded(first),
      traceSeconds: rounded(opened.startSeconds.trace), emitSeconds: rounded(opened.startSeconds.emit), loadSeconds: rounded(opened.startSeconds.load), initializeSeconds: rounded(opened.startSeconds.initialize),
    },
    peers: all.map(each => ({
      variant: each.variant, ...seconds(each.peer), ...speed(flops.written, each.peer), peakResidentBytes: each.peakResidentBytes, firstStepSeconds: rounded(each.firstStepSeconds),
      oursBeside: seconds(each.ours), ratio: ratio(each), agreement: each.agreement,
    })),
  }
}

const sidesOf = (options: StepOptions, peer: Peer, python: string, config: unknown): Sides => ({
  ours: () => openSide('our side', [process.execPath, '--import', import.meta.resolve('tsx'), join(root, 'test', 'bench', 'ours.ts'), JSON.stringify(options)], { cwd: root }),
  // What a peer compiles is kept beside its environment, so that it is compiled once.
  peer: variant => openSide(`${peer} (${variant})`, [python, join(root, 'test', 'bench', 'peers', `albef_${peer}.py`), JSON.stringify({ ...Object(config), seed: options.seed }), variant], { cwd: root, env: { TORCHINDUCTOR_CACHE_DIR: cacheFolder('peers', 'inductor'), JAX_PLATFORMS: 'cpu' } }),
})

/** Our step beside a peer's, variant by variant; one peer process is alive at a time. Left: one sentence (bad input, no environment, no agreement). */
export const benchAgainst = async (options: StepOptions, against: string, wanted: readonly string[], say: (text: string) => void): Promise<E.Either<string, unknown>> => {
  if (!isPeer(against)) return E.left(`--against ${against}: there is ${peers.join(' and ')}.`)
  const variants = wanted.length === 0 ? variantsOf[against] : wanted
  const strange = variants.find(name => !variantsOf[against].includes(name))
  if (strange !== undefined) return E.left(`--variants ${strange}: of ${against} there is ${variantsOf[against].join(', ')}.`)
  const config = await comparedConfig(options)
  if (E.isLeft(config)) return config
  const python = await pythonOf(against, say)
  if (E.isLeft(python)) return python
  const sides = sidesOf(options, against, python.right, config.right)
  try {
    const agreement = await checkAgreement(sides, variants, say)
    const ours = sides.ours()
    const opened = await ours.ask('open', Opened)
    const first = await ours.ask('step', Step)
    const all: Times[] = []
    let version = ''
    for (const variant of variants) {
      const peer = sides.peer(variant)
      version = (await peer.ask('version', Version)).version
      all.push(await timeBeside(ours, peer, variant, agreement[variant], options.steps, say))
    }
    const { peakResidentBytes } = await ours.ask('memory', Memory)
    const { flopsPerSecond } = await ours.ask('product', Product)
    const flops = await ours.ask('arithmetic', Arithmetic)
    await ours.end()
    const disturbed = median(all.flatMap(({ ours: own, peer }) => [...own, ...peer]).map(({ others }) => others))
    if (disturbed > quiet) say(`others used ${disturbed.toFixed(2)} cores meanwhile: threads that wait for each other lose more by that than threads that do not, so these ratios are not to be trusted`)
    return E.right(figures({ ...options, batch: config.right.batch }, against, version, opened, first.seconds, peakResidentBytes, flopsPerSecond, flops, all))
  } catch (error) {
    return E.left(error instanceof Error ? error.message : String(error))
  }
}
