import type { Node } from '../../program/node.ts'
import type { Program } from '../../program/program.ts'
import type { StateLeaf } from '../../targets/target.ts'
import type { Alive } from './amount.ts'
import { buffersOf, type Buffer } from './buffers.ts'
import { bytesOf, lineOf } from './place.ts'

export interface Memory {
  /** Bytes of the whole state. */
  readonly state: number
  /** The most bytes at once, state included, and the node that is being computed then. */
  readonly peak: number
  readonly at: Node | undefined
  readonly alive: readonly Alive[]
  /** Values of the forward pass that the backward pass reads. */
  readonly kept: readonly Buffer[]
}

const partOf = (path: string): string => `state: ${path.replace(/^state\//, '').split('/')[0] ?? ''}`

/** How long a piece of memory is in use, and as what it is listed. */
interface Life {
  readonly buffer: Buffer | undefined
  readonly name: string
  readonly bytes: number
  readonly from: number
  readonly to: number
}

const always = { from: -1, to: Number.POSITIVE_INFINITY } as const

/**
 * The lives of the state: a leaf is there from the start, and where the program gives it a new value, until that value is made and the old one
 * was last read. The new value then stays.
 */
const stateLives = (program: Program, state: readonly StateLeaf[], of: (node: Node) => Buffer | undefined): { readonly lives: readonly Life[]; readonly next: ReadonlySet<Buffer> } => {
  const updates = new Map(program.updates.map(({ name, node }) => [name, of(node)]))
  const next = new Set<Buffer>()
  const lives = state.flatMap(({ path, node }): readonly Life[] => {
    const [old, value] = [of(node), updates.get(path)]
    const life: Life = { buffer: old, name: partOf(path), bytes: bytesOf(node), ...always }
    if (value === undefined || value.given || next.has(value)) return [life]
    next.add(value)
    return [{ ...life, to: Math.max(value.made, old?.last ?? -1) }, { buffer: value, name: partOf(path), bytes: value.bytes, from: value.made, to: always.to }]
  })
  return { lives, next }
}

const grouped = (lives: readonly Life[]): readonly Alive[] => {
  const found = new Map<string, { bytes: number; values: number }>()
  for (const { name, bytes } of lives) {
    const group = found.get(name) ?? { bytes: 0, values: 0 }
    found.set(name, { bytes: group.bytes + bytes, values: group.values + 1 })
  }
  return [...found].map(([name, group]) => ({ name, ...group })).sort((a, b) => b.bytes - a.bytes)
}

/** The most memory that lives take together, and the step at which they do. */
const peakOf = (lives: readonly Life[], steps: number): { readonly bytes: number; readonly step: number } => {
  const ends = new Map(lives.flatMap(({ buffer, to }) => (buffer === undefined ? [] : [[buffer, to] as const])))
  const starting = new Map(lives.filter(({ from }) => from >= 0).map(life => [life.from, life]))
  const ending = new Map<number, Life[]>()
  for (const life of lives) if (life.to < steps) ending.set(life.to, [...(ending.get(life.to) ?? []), life])
  let now = lives.filter(({ from }) => from < 0).reduce((total, { bytes }) => total + bytes, 0)
  let best = { bytes: now, step: -1 }
  for (let step = 0; step < steps; step++) {
    const started = starting.get(step)
    // An operation that writes into an operand which ends with it needs no memory of its own.
    const over = started?.buffer?.over.find(operand => ends.get(operand) === step)
    now += (started?.bytes ?? 0) - (over?.bytes ?? 0)
    if (now > best.bytes) best = { bytes: now, step }
    for (const { buffer, bytes } of ending.get(step) ?? []) if (buffer === undefined || buffer !== over) now -= bytes
  }
  return best
}

/** Reads by nobody in the program: an output is there until the end. */
const untilTheEnd = (program: Program, of: (node: Node) => Buffer | undefined): ReadonlySet<Buffer | undefined> => new Set(program.outputs.map(({ node }) => of(node)))

/** The memory of one execution of a program, operation by operation in the order in which the TensorFlow target emits them (docs/check.md says what is modelled). */
export const memoryOf = (program: Program, state: readonly StateLeaf[]): Memory => {
  const { all, of, steps } = buffersOf(program)
  const { lives: own, next } = stateLives(program, state, of)
  const [leaves, outputs] = [new Set(state.map(({ node }) => of(node))), untilTheEnd(program, of)]
  const rest = all.filter(buffer => !leaves.has(buffer) && !next.has(buffer)).map((buffer): Life => {
    const { node, bytes, made, last, given } = buffer
    return given ? { buffer, name: 'inputs', bytes, ...always } : { buffer, name: lineOf(node), bytes, from: made, to: outputs.has(buffer) ? always.to : last }
  })
  const lives = [...own, ...rest]
  const peak = peakOf(lives, steps)
  const there = lives.filter(({ from, to }) => from <= peak.step && to >= peak.step)
  return {
    state: state.reduce((total, { node }) => total + bytesOf(node), 0),
    peak: peak.bytes,
    at: all.find(({ made, given }) => !given && made === peak.step)?.node,
    alive: grouped(there),
    kept: all.filter(({ node, given, backward }) => !given && !node.backward && backward),
  }
}
