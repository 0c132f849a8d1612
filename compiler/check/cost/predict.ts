import { collectiveOf, type Collective } from '../../program/mesh.ts'
import type { Node } from '../../program/node.ts'
import { nodesOf, type Program } from '../../program/program.ts'
import { buffersOf, type Buffer } from './buffers.ts'
import type { Machine } from './machine.ts'

/** Seconds of one execution on each device. */
export interface Prediction {
  /** Of all operations, and the part of it that products of matrices are. */
  readonly computing: number
  readonly products: number
  /** Of all exchanges. */
  readonly exchanging: number
  /** From start to end where an exchange runs beside whatever does not wait for it. */
  readonly overlapped: number
}

const isProduct = ({ op }: Buffer): boolean => op === 'MatMul' || op === 'BatchMatMulV2'

/** One operation is as slow as the slowest of its start, its arithmetic, and the memory that it reads and writes. */
const secondsOf = (buffer: Buffer, { products, memory, start }: Machine): number => {
  const peak = buffer.node.inputs[0]?.dtype === 'bf16' ? (products.bf16 ?? products.flops) : products.flops
  const arithmetic = isProduct(buffer) ? buffer.node.rules.cost(buffer.node) / (peak * products.efficiency) : 0
  return Math.max(start, arithmetic, (buffer.read + buffer.bytes) / (memory.bandwidth * memory.efficiency))
}

/** In a ring, each device sends to the next in as many messages as there are other devices; a sum goes around twice. */
const secondsOfExchange = ({ kind, devices, sent }: Collective, { link }: Machine): number =>
  (kind === 'allReduce' ? 2 : 1) * (devices - 1) * link.latency + sent / (link.bandwidth * link.efficiency)

/**
 * Seconds until all is done where a device computes one operation at a time and exchanges, one at a time and in their order, beside that. What
 * waits for fewer exchanges is computed first.
 */
const overlappedSeconds = (nodes: readonly Node[], computing: ReadonlyMap<Node, number>, exchanging: ReadonlyMap<Node, number>): number => {
  const turns = [...exchanging.keys()].sort((a, b) => Number(a.attributes['order']) - Number(b.attributes['order']) || a.id - b.id)
  const turnOf = new Map(turns.map((node, i) => [node, i]))
  /** How many exchanges are over before a node's value is there. */
  const after = new Map<Node, number>()
  const begins = new Map<Node, number>()
  for (const node of nodes) {
    const before = node.inputs.reduce((most, input) => Math.max(most, after.get(input) ?? 0), 0)
    const turn = turnOf.get(node)
    begins.set(node, turn === undefined ? before : Math.max(before, turn))
    after.set(node, turn === undefined ? before : turn + 1)
  }
  const done = new Map<Node, number>()
  let [device, link] = [0, 0]
  for (const node of [...nodes].sort((a, b) => (begins.get(a) ?? 0) - (begins.get(b) ?? 0) || a.id - b.id)) {
    const ready = node.inputs.reduce((latest, input) => Math.max(latest, done.get(input) ?? 0), 0)
    const exchange = exchanging.get(node)
    const seconds = computing.get(node) ?? 0
    if (exchange !== undefined) link = Math.max(link, ready) + exchange
    else if (seconds > 0) device = Math.max(device, ready) + seconds
    done.set(node, exchange !== undefined ? link : seconds > 0 ? device : ready)
  }
  return Math.max(device, link)
}

/** How long one execution of a program takes on a machine, by the model in docs/devices.md: of one device where several run it together. */
export const predict = (program: Program, machine: Machine): Prediction => {
  const nodes = nodesOf(program)
  const exchanging = new Map(nodes.flatMap(node => {
    const found = collectiveOf(node)
    return found === undefined ? [] : [[node, secondsOfExchange(found, machine)] as const]
  }))
  const computing = new Map<Node, number>()
  let products = 0
  for (const buffer of buffersOf(program).all) {
    if (buffer.given || exchanging.has(buffer.node)) continue
    const seconds = secondsOf(buffer, machine)
    computing.set(buffer.node, (computing.get(buffer.node) ?? 0) + seconds)
    if (isProduct(buffer)) products += seconds
  }
  const total = (all: ReadonlyMap<Node, number>): number => [...all.values()].reduce((sum, seconds) => sum + seconds, 0)
  return { computing: total(computing), products, exchanging: total(exchanging), overlapped: overlappedSeconds(nodes, computing, exchanging) }
}
