// `npm run bench -- sweep`: how seconds and memory of a step grow with batch, picture, caption and depth, beside what the arithmetic needs. Every cell is
// a process of its own, and is kept as soon as it is measured: a sweep that is stopped, or that has used up its budget, goes on where it was.
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import * as E from 'fp-ts/Either'
import * as t from 'io-ts'
import { writeGrowthPlot } from './growth-plot.ts'
import type { StepOptions } from './job.ts'
import { median, rounded } from './measure.ts'
import { openSide } from './side.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const kept = join(root, 'docs', 'growth.jsonl')
const plot = join(root, 'docs', 'growth.png')

/** The model of the paper at a third of its width: its first sizes are where every axis is swept from. */
const centre = { batch: 4, image: 256, tokens: 30, depth: 6 } as const
const width = { 'vision.hidden': 256, 'vision.heads': 4, 'vision.inner': 1024, 'text.hidden': 256, 'text.heads': 4, 'text.inner': 1024 } as const

const axes = { batch: [1, 2, 4, 8, 16], image: [128, 192, 256, 320, 384], tokens: [15, 30, 45, 60], depth: [3, 6, 9, 12] } as const
export type Axis = keyof typeof axes
export const axisNames: readonly Axis[] = ['batch', 'image', 'tokens', 'depth']

const Sizes = t.type({ batch: t.number, image: t.number, tokens: t.number, depth: t.number })
type Sizes = t.TypeOf<typeof Sizes>

/** One measured cell: seconds of a step, bytes of the process, the operations of the step, and the rate of a large matrix product in the same process. */
const Cell = t.type({
  sizes: Sizes, minSeconds: t.number, medianSeconds: t.number, steps: t.number, peakResidentBytes: t.number, startedBytes: t.number, expectedPeakBytes: t.number, flops: t.number, productFlopsPerSecond: t.number,
})
export type Cell = t.TypeOf<typeof Cell>

const keyOf = ({ batch, image, tokens, depth }: Sizes): string => [batch, image, tokens, depth].join(' ')

/** Whether a cell lies on the line of an axis: at the centre in all others. */
export const isAlong = (axis: Axis, { sizes }: Pick<Cell, 'sizes'>): boolean => axisNames.every(name => name === axis || sizes[name] === centre[name])

/** All cells, the centre first. */
const wanted: readonly Sizes[] = [...new Map(axisNames.flatMap(axis => [centre, ...axes[axis].map((size): Sizes => ({ ...centre, [axis]: size }))]).map(sizes => [keyOf(sizes), sizes])).values()]

const readCells = (): readonly Cell[] => {
  if (!existsSync(kept)) return []
  return readFileSync(kept, 'utf8').split('\n').filter(line => line !== '').flatMap(line => {
    const cell = Cell.decode(JSON.parse(line))
    return E.isRight(cell) ? [cell.right] : []
  })
}

const Step = t.type({ seconds: t.number })
const Memory = t.type({ peakResidentBytes: t.number })
const Product = t.type({ flopsPerSecond: t.number })
const Arithmetic = t.type({ compiled: t.number, expectedPeakBytes: t.number })

const optionsOf = ({ batch, image, tokens, depth }: Sizes): StepOptions => ({
  config: 'base', program: undefined, batch, steps: 20, seed: 1, xla: false, without: [],
  changes: { ...width, 'vision.image': image, 'vision.layers': depth, 'text.tokens': tokens, 'text.layers': Math.floor(depth / 2), 'text.fusionLayers': Math.ceil(depth / 2) },
})

const steps = 6

const measure = async (sizes: Sizes): Promise<Cell> => {
  const side = openSide(`the cell ${keyOf(sizes)}`, [process.execPath, '--import', import.meta.resolve('tsx'), join(root, 'test', 'bench', 'ours.ts'), JSON.stringify(optionsOf(sizes))], { cwd: root })
  const started = await side.ask('library', Memory)
  await side.ask('open', t.unknown)
  const times: number[] = []
  for (let i = 0; i <= steps; i++) times.push((await side.ask('step', Step)).seconds)
  const { peakResidentBytes } = await side.ask('memory', Memory)
  const { flopsPerSecond } = await side.ask('product', Product)
  const { compiled, expectedPeakBytes } = await side.ask('arithmetic', Arithmetic)
  await side.end()
  const own = times.slice(1)
  return { sizes, minSeconds: rounded(Math.min(...own)), medianSeconds: rounded(median(own)), steps, peakResidentBytes, startedBytes: started.peakResidentBytes, expectedPeakBytes, flops: compiled, productFlopsPerSecond: Math.round(flopsPerSecond) }
}

/** What the arithmetic of a cell takes at the best rate that any cell's matrix product reached. */
export const idealSeconds = ({ flops }: Cell, cells: readonly Cell[]): number => flops / Math.max(...cells.map(({ productFlopsPerSecond }) => productFlopsPerSecond))

/** The bytes that the cost report expects, above what the process needs with the library alone. */
export const idealBytes = ({ startedBytes, expectedPeakBytes }: Cell): number => startedBytes + expectedPeakBytes

/** Along one axis, from its smallest size to its largest: how often time and memory have grown, and their ideals. */
const growthOf = (axis: Axis, cells: readonly Cell[]) => {
  const along = cells.filter(cell => isAlong(axis, cell)).sort((a, b) => a.sizes[axis] - b.sizes[axis])
  const [first, last] = [along[0], along.at(-1)]
  if (first === undefined || last === undefined || first === last) return []
  const grown = (of: (cell: Cell) => number): number => rounded(of(last) / of(first))
  return [{
    axis, from: first.sizes[axis], to: last.sizes[axis], seconds: grown(cell => cell.minSeconds), arithmetic: grown(({ flops }) => flops), bytes: grown(cell => cell.peakResidentBytes), expectedBytes: grown(idealBytes),
    timesIdeal: [rounded(first.minSeconds / idealSeconds(first, cells)), rounded(last.minSeconds / idealSeconds(last, cells))],
  }]
}

const text = { type: 'string' } as const

/** Measures the cells that are not kept yet until `--budget` seconds are over (`--anew`: all), and draws what there is into docs/growth.png. */
export const benchSweep = async (args: readonly string[], say: (text: string) => void): Promise<E.Either<string, unknown>> => {
  const parsed = E.tryCatch(() => parseArgs({ args: [...args], options: { budget: text, anew: { type: 'boolean' } } }).values, error => (error instanceof Error ? error.message : String(error)))
  if (E.isLeft(parsed)) return parsed
  const budget = parsed.right.budget === undefined ? Number.POSITIVE_INFINITY : Number(parsed.right.budget)
  if (!(budget >= 0)) return E.left(`--budget ${parsed.right.budget}: wanted a number of seconds.`)
  if (parsed.right.anew === true) rmSync(kept, { force: true })
  const start = performance.now()
  const have = new Set(readCells().map(({ sizes }) => keyOf(sizes)))
  const missing = wanted.filter(sizes => !have.has(keyOf(sizes)))
  try {
    for (const sizes of missing) {
      if ((performance.now() - start) / 1000 >= budget) break
      const cell = await measure(sizes)
      appendFileSync(kept, `${JSON.stringify(cell)}\n`)
      say(`batch ${sizes.batch}, image ${sizes.image}, tokens ${sizes.tokens}, depth ${sizes.depth}: ${cell.minSeconds} s, ${(cell.peakResidentBytes / 2 ** 30).toFixed(2)} GiB`)
    }
  } catch (error) {
    return E.left(error instanceof Error ? error.message : String(error))
  }
  const cells = readCells()
  const drawn = await writeGrowthPlot(cells, plot)
  if (E.isLeft(drawn)) return drawn
  return E.right({ bench: 'sweep', width, centre, cells: cells.length, missing: wanted.length - cells.length, growth: axisNames.flatMap(axis => growthOf(axis, cells)) })
}
