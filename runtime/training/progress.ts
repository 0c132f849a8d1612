// One line that says where a run stands. On a terminal it is rewritten in place, elsewhere printed now and then as a full line.
import { formatDuration, formatInteger, formatShare } from './format.ts'

/** A metric of the current step, printed with `digits` decimals. */
export type Metric = { readonly name: string, readonly value: number, readonly digits: number }

/** What the line shows. Fields left out are not shown. */
export type StepLine = {
  /** Steps done, and all steps of the run where that is known. */
  readonly step: number
  readonly steps?: number
  readonly metrics: readonly Metric[]
  readonly learningRate?: number
  /** Weight of the teacher's targets. */
  readonly alpha?: number
  readonly imagesPerSecond?: number
  /** Share of the time, between 0 and 1, that the step waited for its batch. */
  readonly waiting?: number
  readonly secondsLeft?: number
}

/** Where lines go; `process.stderr` is one. */
export type Output = { readonly isTTY?: boolean, readonly columns?: number, write(text: string): unknown }

type Field = { readonly text: string, readonly worth: number }

const field = (worth: number, value: number | undefined, text: (value: number) => string): readonly Field[] =>
  value === undefined ? [] : [{ worth, text: text(value) }]

const rate = (perSecond: number): string =>
  perSecond >= 100 || !Number.isFinite(perSecond) ? formatInteger(perSecond) : perSecond.toFixed(1)

const scientific = (value: number): string => value === 0 ? '0' : value.toExponential(2).replace('e+', 'e')

// `worth`: what a narrow terminal keeps longest. The first metric (the total) outlives everything but the step.
const fields = (line: StepLine): readonly Field[] => [
  { worth: Infinity, text: `step ${formatInteger(line.step)}${line.steps === undefined ? '' : `/${formatInteger(line.steps)}`}` },
  ...line.metrics.map(({ name, value, digits }, i) => ({ worth: i === 0 ? 100 : 80 - i, text: `${name} ${value.toFixed(digits)}` })),
  ...field(3, line.learningRate, value => `learning rate ${scientific(value)}`),
  ...field(1, line.alpha, value => `alpha ${value.toFixed(2)}`),
  ...field(4, line.imagesPerSecond, value => `${rate(value)} images/s`),
  ...field(2, line.waiting, value => `waiting for data ${formatShare(value)}`),
  ...field(90, line.secondsLeft, value => `${formatDuration(value)} left`),
]

const GAP = '  '

const join = (kept: readonly Field[]): string => kept.map(one => one.text).join(GAP)

const withoutLeast = (kept: readonly Field[]): readonly Field[] => {
  const least = Math.min(...kept.map(one => one.worth))
  return kept.filter(one => one.worth !== least)
}

/** The line in at most `width` characters: the least important fields go first, and what still does not fit is cut off. */
export const formatLine = (line: StepLine, width: number): string => {
  let kept = fields(line)
  while (kept.length > 1 && join(kept).length > width) kept = withoutLeast(kept)
  return join(kept).slice(0, Math.max(0, width))
}

/** A task with a total: `label [=====>    ] 1,234/6,777  12 s left`, in at most `width` characters. */
export const formatBar = (label: string, done: number, total: number, secondsLeft: number | undefined, width: number): string => {
  const share = total > 0 ? Math.min(1, done / total) : 1
  const counts = `${formatInteger(done)}/${formatInteger(total)}`
  const left = secondsLeft === undefined || done >= total ? '' : `${GAP}${formatDuration(secondsLeft)} left`
  const end = label.length + 1 + counts.length + left.length <= width ? `${counts}${left}` : counts
  const cells = Math.min(30, width - label.length - end.length - 4)
  const full = Math.round(share * cells)
  const bar = full >= cells ? '='.repeat(cells > 0 ? cells : 0) : `${'='.repeat(Math.max(0, full - 1))}${full > 0 ? '>' : ''}`
  return (cells >= 5 ? `${label} [${bar.padEnd(cells)}] ${end}` : `${label} ${end}`).slice(0, Math.max(0, width))
}

/** How long one step took, in seconds, with the part of it spent waiting for the batch, and how many images it saw. */
export type StepTiming = { readonly seconds: number, readonly waitingSeconds: number, readonly images: number }

/** Images per second, share of time waiting, and the time `stepsLeft` more steps take, by the given (latest) steps. */
export const summariseTimings = (
  timings: readonly StepTiming[], stepsLeft: number,
): { readonly imagesPerSecond?: number, readonly waiting?: number, readonly secondsLeft?: number } => {
  const total = (of: (timing: StepTiming) => number): number => timings.reduce((sum, timing) => sum + of(timing), 0)
  const seconds = total(timing => timing.seconds)
  return seconds <= 0 ? {} : {
    imagesPerSecond: total(timing => timing.images) / seconds,
    waiting: total(timing => timing.waitingSeconds) / seconds,
    secondsLeft: stepsLeft * seconds / timings.length,
  }
}

const TTY_SECONDS = 0.1
const PLAIN_SECONDS = 10
const ERASE = '\r\u001b[K'

/** A line that is replaced again and again. */
export type LiveLine = {
  /** Shows the line made for a width, if it is time to; `formatted` is not called otherwise. */
  readonly show: (formatted: (width: number) => string) => void
  /** Prints a lasting line of text above. */
  readonly note: (text: string) => void
  /** Shows the last line for good. */
  readonly finish: () => void
}

/** A live line on `output`: redrawn at most ten times a second on a terminal, else a full line about every ten seconds and at the end. */
export const liveLine = (output: Output, seconds: () => number = () => performance.now() / 1000): LiveLine => {
  const terminal = output.isTTY === true
  let latest: ((width: number) => string) | undefined
  let shown = false // whether `latest` has been printed
  let next = -Infinity
  // A character in the last column makes some terminals wrap, so that one stays free.
  const width = (): number => terminal ? (output.columns ?? 80) - 1 : Infinity
  const draw = (): void => {
    if (latest === undefined) return
    output.write(terminal ? `${ERASE}${latest(width())}` : `${latest(width())}\n`)
    shown = true
  }
  return {
    show: formatted => {
      latest = formatted
      shown = false
      if (seconds() < next) return
      draw()
      next = seconds() + (terminal ? TTY_SECONDS : PLAIN_SECONDS)
    },
    note: text => {
      output.write(terminal ? `${ERASE}${text}\n` : `${text}\n`)
      if (terminal) draw()
    },
    finish: () => {
      if (!shown) draw()
      if (terminal && latest !== undefined) output.write('\n')
      latest = undefined
      shown = false
    },
  }
}

/** The progress of a training run. */
export type StepProgress = { readonly update: (line: StepLine) => void, readonly note: (text: string) => void, readonly finish: () => void }

export const stepProgress = (output: Output, seconds?: () => number): StepProgress => {
  const line = liveLine(output, seconds)
  return { update: data => line.show(width => formatLine(data, width)), note: line.note, finish: line.finish }
}

/** The progress of a task whose size is known (building data, evaluating), with the time left by its mean speed so far. */
export type Bar = { readonly update: (done: number) => void, readonly note: (text: string) => void, readonly finish: () => void }

export const progressBar = (
  output: Output, label: string, total: number, seconds: () => number = () => performance.now() / 1000,
): Bar => {
  const line = liveLine(output, seconds)
  const start = seconds()
  return {
    update: done => {
      const left = done > 0 ? (seconds() - start) / done * (total - done) : undefined
      line.show(width => formatBar(label, done, total, left, Math.min(width, 100)))
    },
    note: line.note,
    finish: line.finish,
  }
}
