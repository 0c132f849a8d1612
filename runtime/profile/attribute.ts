import { buffersOf } from '../../compiler/check/cost/buffers.ts'
import { lineOf, scopeOf } from '../../compiler/check/cost/place.ts'
import type { Node } from '../../compiler/program/node.ts'
import { nodesOf, type Program } from '../../compiler/program/program.ts'
import type { Owners } from '../../compiler/targets/tensorflow/program.ts'
import type { DeviceTrace, Execution } from './step-stats.ts'

/** An operation that ran, of which kind, on which device, and the node of our program that it was emitted for. */
export interface Event {
  readonly execution: Execution
  readonly device: string
  readonly kind: string
  readonly node: Node | undefined
  /** Runs a function, whose operations are events of their own: its time is theirs. */
  readonly isCall: boolean
}

const kindOf = ({ label }: Execution): string => /= (\w+)\(/.exec(label)?.[1]?.replace(/^_Mkl/, '') ?? ''

const calls: ReadonlySet<string> = new Set(['PartitionedCall', 'StatefulPartitionedCall', 'If', 'StatelessIf', 'Case', 'StatelessCase', 'While', 'StatelessWhile'])

/** What ran in one step. A call that was emitted for a node is a cluster that XLA compiled: work of that node. */
export const eventsOf = (devices: readonly DeviceTrace[], owners: Owners): readonly Event[] =>
  devices.flatMap(({ device, executions }) => executions.map((execution): Event => {
    const kind = kindOf(execution)
    // What TensorFlow puts between devices is named after what it belongs to.
    const node = owners.get(execution.name) ?? owners.get(execution.name.replace(/\/_\d+$/, ''))
    return { execution, device, kind, node, isCall: calls.has(kind) && (node === undefined || !kind.endsWith('PartitionedCall')) }
  }))

/** What belongs to one line, scope or kind of operation, of all steps together. */
export interface Part {
  readonly name: string
  /** Microseconds in operations. */
  readonly time: number
  /** Those of them that differentiation made. */
  readonly backward: number
  readonly count: number
  /** Floating-point operations, and bytes read and written as the plan of memory has them. */
  readonly flops: number
  readonly bytes: number
  /** Microseconds by kind of operation. */
  readonly kinds: ReadonlyMap<string, number>
}

interface Work {
  readonly flops: number
  readonly bytes: number
}

/** What each node has to do in one step on one device. */
const workOf = (program: Program): ReadonlyMap<Node, Work> => {
  const bytes = new Map<Node, number>()
  for (const buffer of buffersOf(program).all) if (!buffer.given) bytes.set(buffer.node, (bytes.get(buffer.node) ?? 0) + buffer.bytes + buffer.read)
  return new Map(nodesOf(program).map(node => [node, { flops: node.rules.cost(node), bytes: bytes.get(node) ?? 0 }]))
}

/** All the events of some steps, with what they did. */
export interface Account {
  readonly total: number
  readonly attributed: number
  readonly scopes: readonly Part[]
  readonly lines: readonly Part[]
  readonly kinds: readonly Part[]
  readonly work: Work
}

type Running = { -readonly [K in keyof Omit<Part, 'kinds'>]: Part[K] } & { readonly kinds: Map<string, number> }

const sorted = (parts: ReadonlyMap<string, Running>): readonly Part[] => [...parts.values()].sort((a, b) => b.time - a.time)

export const nobody = '(not attributed)'

/** Sums what ran by scope, by line and by kind of operation. `times` is how often the program ran: steps times devices. */
export const accountOf = (events: readonly Event[], program: Program, times: number): Account => {
  const [scopes, lines, kinds] = [new Map<string, Running>(), new Map<string, Running>(), new Map<string, Running>()]
  const part = (parts: Map<string, Running>, name: string): Running => {
    const found = parts.get(name) ?? { name, time: 0, backward: 0, count: 0, flops: 0, bytes: 0, kinds: new Map<string, number>() }
    parts.set(name, found)
    return found
  }
  let [total, attributed] = [0, 0]
  for (const { execution: { start, end }, kind, node, isCall } of events) {
    if (isCall) continue
    const time = end - start
    total += time
    if (node !== undefined) attributed += time
    for (const each of [part(scopes, node === undefined ? nobody : scopeOf(node)), part(lines, node === undefined ? nobody : lineOf(node)), part(kinds, kind)]) {
      each.time += time
      each.count++
      each.kinds.set(kind, (each.kinds.get(kind) ?? 0) + time)
      if (node?.backward === true) each.backward += time
    }
  }
  const whole = { flops: 0, bytes: 0 }
  for (const [node, { flops, bytes }] of workOf(program)) {
    for (const each of [part(scopes, scopeOf(node)), part(lines, lineOf(node)), whole]) {
      each.flops += flops * times
      each.bytes += bytes * times
    }
  }
  return { total, attributed, scopes: sorted(scopes), lines: sorted(lines), kinds: sorted(kinds), work: whole }
}

/** Microseconds from the first to the last of what ran. */
export const spanOf = (events: readonly Event[]): number => {
  const [starts, ends] = [events.map(({ execution }) => execution.start), events.map(({ execution }) => execution.end)]
  return events.length === 0 ? 0 : ends.reduce((a, b) => Math.max(a, b)) - starts.reduce((a, b) => Math.min(a, b))
}

/** Microseconds in which at least one operation ran, calls left out. */
export const busyTime = (events: readonly Event[]): number => {
  const spans = events.filter(({ isCall }) => !isCall).map(({ execution: { start, end } }) => ({ start, end })).sort((a, b) => a.start - b.start)
  let [busy, until] = [0, Number.NEGATIVE_INFINITY]
  for (const { start, end } of spans) {
    busy += Math.max(0, end - Math.max(start, until))
    until = Math.max(until, end)
  }
  return busy
}
