import { allGather, allReduce, broadcast, concat, flatten, reduceScatter, slice, sum, unflatten } from '../primitives/index.ts'
import { collectiveOf } from '../program/mesh.ts'
import { axesOf, elements, from, type Node } from '../program/node.ts'
import { nodesOf, withRoots, type Program } from '../program/program.ts'
import { numberOf, textOf } from './attributes.ts'
import { rewrite } from './rewrite.ts'

/** Sums that travel as one. */
type Bucket = readonly Node[]

/** As much as one exchange carries at least, where there is so much: below this its start counts, above it only its bytes do. */
export const bucketBytes = 25 * 2 ** 20

const bytesOf = (node: Node): number => elements(node.axes) * 4

/** How many exchanges at most lie one behind the other before each node: sums of one depth do not wait for each other. */
const depths = (nodes: readonly Node[]): ReadonlyMap<Node, number> => {
  const depth = new Map<Node, number>()
  for (const node of nodes) depth.set(node, node.inputs.reduce((most, input) => Math.max(most, (depth.get(input) ?? 0) + (collectiveOf(input) === undefined ? 0 : 1)), 0))
  return depth
}

/** All-reduces in the order in which their values come to be, packed; what fills a bucket alone travels alone. */
const bucketsOf = (nodes: readonly Node[], least: number): readonly Bucket[] => {
  const depth = depths(nodes)
  const open = new Map<string, Node[]>()
  const closed: Bucket[] = []
  for (const node of nodes) {
    if (node.op !== 'allReduce') continue
    if (bytesOf(node) >= least) {
      closed.push([node])
      continue
    }
    const key = `${textOf(node, 'mesh')} ${node.dtype} ${depth.get(node) ?? 0}`
    const bucket = [...(open.get(key) ?? []), node]
    if (bucket.reduce((total, each) => total + bytesOf(each), 0) < least) {
      open.set(key, bucket)
      continue
    }
    closed.push(bucket)
    open.delete(key)
  }
  return [...closed, ...open.values()]
}

/** The name of the one axis along which the values of a bucket stand. */
const packed = '^bucket'

const pack = (node: Node): Node => (axesOf(node).length === 0 ? broadcast([node], { sizes: { [packed]: 1 } }) : flatten([node], { axes: axesOf(node), into: packed }))
const unpack = (node: Node, like: Node): Node => (axesOf(like).length === 0 ? sum([node], { axes: [packed] }) : unflatten([node], { axis: packed, into: like.axes }))

/** The sums of all members, by one exchange. */
const reduceTogether = (members: Bucket, operands: readonly Node[]): readonly Node[] => {
  const last = members[members.length - 1]
  if (last === undefined || members.length === 1) return members.map((node, i) => from(node, () => node.rules.rebuild(operands.slice(i, i + 1))))
  const total = from(last, () => allReduce([concat(operands.map(pack), { axis: packed })], { mesh: textOf(last, 'mesh'), devices: numberOf(last, 'devices'), order: 0 }))
  let start = 0
  return members.map(node => {
    const size = elements(node.axes)
    const at = start
    start += size
    return from(node, () => unpack(slice([total], { axis: packed, start: at, size }), node))
  })
}

/** What is made at once: a node, or a bucket. */
type Unit = Node | Bucket
const isBucket = (unit: Unit): unit is Bucket => Array.isArray(unit)

/** Packs small sums into few exchanges. Whatever a member of a bucket is used for waits for the whole bucket; nothing else does. */
export const bucket = (program: Program, least: number = bucketBytes): Program => {
  const nodes = nodesOf(program)
  const buckets = bucketsOf(nodes, least)
  const bucketOf = new Map(buckets.flatMap(members => members.map(node => [node, members] as const)))
  const unitOf = (node: Node): Unit => bucketOf.get(node) ?? node
  const membersOf = (unit: Unit): readonly Node[] => (isBucket(unit) ? unit : [unit])
  const readyAt = (unit: Unit): number => membersOf(unit).reduce((latest, { id }) => Math.max(latest, id), 0)
  const images = new Map<Node, Node>()
  const imageOf = (node: Node): Node => images.get(node) ?? node
  const done = new Set<Unit>()
  const make = (unit: Unit): void => {
    done.add(unit)
    const members = membersOf(unit)
    const operands = members.flatMap(node => (isBucket(unit) ? node.inputs.map(imageOf) : []))
    const made = isBucket(unit) ? reduceTogether(unit, operands) : members.map(node => from(node, () => (node.inputs.length === 0 ? node : node.rules.rebuild(node.inputs.map(imageOf)))))
    members.forEach((node, i) => images.set(node, made[i] ?? node))
  }
  for (const first of [...new Set(nodes.map(unitOf))].sort((a, b) => readyAt(a) - readyAt(b))) {
    // An explicit stack: a deep model would overflow the call stack.
    const stack: Unit[] = [first]
    for (let unit = stack[stack.length - 1]; unit !== undefined; unit = stack[stack.length - 1]) {
      const missing = done.has(unit) ? [] : membersOf(unit).flatMap(node => node.inputs.map(unitOf)).filter(needed => !done.has(needed))
      stack.push(...missing)
      if (missing.length > 0) continue
      stack.pop()
      if (!done.has(unit)) make(unit)
    }
  }
  return withRoots(program, imageOf)
}

/** Numbers the exchanges in an order in which none needs the result of a later one: all devices start them in this order. */
export const number = (program: Program): Program => {
  let turn = 0
  return rewrite(program, node => {
    const found = collectiveOf(node)
    if (found === undefined) return node
    const group = { mesh: found.mesh, devices: found.devices, order: turn++ }
    if (found.kind === 'allReduce') return allReduce(node.inputs, group)
    const along = { ...group, axis: textOf(node, 'axis') }
    return found.kind === 'allGather' ? allGather(node.inputs, along) : reduceScatter(node.inputs, along)
  })
}

/** The exchanges of a program in few large ones, each as soon as its last part exists, in one order for all devices. */
export const scheduleWith = (least: number) => (program: Program): Program => number(bucket(program, least))

export const schedule = scheduleWith(bucketBytes)
