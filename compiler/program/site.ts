import { findSourceMap } from 'node:module'
import { fileURLToPath } from 'node:url'
import { relative } from 'node:path'

/** A raw call site, as the engine reports it; mapped to the source only when somebody asks. */
export interface Frame {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Where something was made: the frames outside the compiler, innermost first. They are read off the stack when somebody asks. */
export interface Site {
  readonly frames: readonly Frame[]
}

/** Of a place that nobody knows. */
export const nowhere: Site = { frames: [] }

const compilerFolder = new URL('..', import.meta.url).href
const depth = 4
/** Every caller that there is: what a size is followed along. */
export const allFrames = 48

const framesOf = (held: Error, wanted: number): readonly Frame[] => {
  const prepare = Error.prepareStackTrace
  let frames: readonly Frame[] = []
  Error.prepareStackTrace = (_error, calls) => {
    const found: Frame[] = []
    for (const call of calls) {
      const file = call.getFileName()
      if (!file || !file.startsWith('file:') || file.startsWith(compilerFolder) || file.includes('/node_modules/')) continue
      found.push({ file, line: call.getLineNumber() ?? 1, column: call.getColumnNumber() ?? 1 })
      if (found.length === wanted) break
    }
    frames = found
    return ''
  }
  // Reading `stack` is what runs `prepareStackTrace`.
  const stack = held.stack
  Error.prepareStackTrace = prepare
  return stack === undefined ? [] : frames
}

/** Something that is made, and can be made again to learn where: its places are numbered as they come up, and taken only if they are asked for. */
interface Stage {
  readonly make: () => unknown
  count: number
  readonly taken: Map<number, Site>
  readonly asked: Set<number>
}

/** The stage that is made now, and which of its places are taken; and every stage of the judgement. */
let making: { readonly stage: Stage; readonly take: ReadonlySet<number>; readonly stages: Stage[] } | undefined

class Untaken implements Site {
  readonly stage: Stage
  readonly number: number
  constructor(stage: Stage, number: number) {
    this.stage = stage
    this.number = number
  }
  get frames(): readonly Frame[] {
    const { stage: { taken, asked }, number } = this
    const site = taken.get(number)
    if (site === undefined) asked.add(number)
    return site?.frames ?? []
  }
}

const nothing: ReadonlySet<number> = new Set()

const staged = <T>(make: () => T, stages: Stage[]): T => {
  const stage: Stage = { make, count: 0, taken: new Map(), asked: new Set() }
  stages.push(stage)
  return inStage(stage, nothing, stages, make)
}

const inStage = <T>(stage: Stage, take: ReadonlySet<number>, stages: Stage[], make: () => T): T => {
  const before = making
  making = { stage, take, stages }
  stage.count = 0
  try {
    return make()
  } finally {
    making = before
  }
}

/** Makes a stage again, to take the places that were asked for; what it makes is thrown away. Whether it was made alike. */
const retaken = (stage: Stage): boolean => {
  const [{ count }, take] = [stage, new Set(stage.asked)]
  inStage(stage, take, [stage], stage.make)
  stage.asked.clear()
  return stage.count === count && [...take].every(number => stage.taken.has(number))
}

/** Makes a part of what is judged in such a way that it can be made again alone: with the same result, whatever else was made before or since. */
export const apart = <T>(make: () => T): T => (making === undefined ? make() : staged(make, making.stages))

/**
 * Makes something and judges it, with the places that the judgement asks for and no others: taking stacks is half of what a trace costs, and
 * few places are ever asked for. What is made first has none; where some are asked for, the parts that have them (`apart`) are made again to
 * take these, and what was made first is judged again. `undefined` where a part is not made alike the second time. The places are good while
 * the judgement lasts.
 */
export const judgeWithPlaces = <T, R>(make: () => T, judge: (made: T) => R): R | undefined => {
  const stages: Stage[] = []
  const made = staged(make, stages)
  let judged = judge(made)
  for (let asked = stages.filter(stage => stage.asked.size > 0); asked.length > 0; asked = stages.filter(stage => stage.asked.size > 0)) {
    if (!asked.every(retaken)) return undefined
    judged = judge(made)
  }
  return judged
}

/** The call site of whoever called into the language. Frames of the compiler and of packages are left out. */
export const captureSite = (wanted = depth): Site => {
  if (making === undefined) return taken(wanted)
  const { stage, take } = making
  const number = stage.count++
  if (take.has(number)) stage.taken.set(number, taken(wanted))
  return new Untaken(stage, number)
}

const taken = (wanted: number): Site => {
  const limit = Error.stackTraceLimit
  // Taking the stack is cheap, reading it is not: of the thousands of nodes of a program few are ever asked where they were made.
  Error.stackTraceLimit = wanted === depth ? 20 : 2 * allFrames
  const held = new Error()
  Error.stackTraceLimit = limit
  let found: readonly Frame[] | undefined
  return {
    get frames() {
      found ??= framesOf(held, wanted)
      return found
    },
  }
}

/** The frame in the source as written, through the file's source map where there is one. Lines and columns count from 1. */
export const mapFrame = (frame: Frame): Frame => {
  const map = findSourceMap(frame.file) ?? findSourceMap(fileURLToPath(frame.file))
  if (map === undefined) return frame
  const entry = map.findEntry(frame.line - 1, frame.column - 1)
  if (!('originalLine' in entry)) return frame
  return { file: frame.file, line: entry.originalLine + 1, column: entry.originalColumn + 1 }
}

/** The frame a person wants to see: the innermost one that is not a layer or a loss shared by many callers, else the innermost. */
export const frameOf = (site: Site): Frame | undefined => site.frames.find(({ file }) => !file.includes('/layers/') && !file.includes('/losses/')) ?? site.frames[0]

const render = (frame: Frame | undefined): string => {
  if (frame === undefined) return '(unknown place)'
  const { file, line, column } = mapFrame(frame)
  return `${relative(process.cwd(), fileURLToPath(file))}:${line}:${column}`
}

/** `models/albef/text.ts:41:20`: the place of an operation. */
export const describeSite = (site: Site): string => render(frameOf(site))

/** The place of a declaration: the innermost frame, which is where its sizes stand. */
export const describeDeclaration = (site: Site): string => render(site.frames[0])
