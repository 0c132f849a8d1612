import { after } from '../primitives/index.ts'
import { axesOf, elements, from, type Node } from '../program/node.ts'
import { nodesOf, rootsOf, statePathOf, withRoots, type Program } from '../program/program.ts'

/** What is smaller may be made whenever a device likes. */
const leastBytes = 2 ** 16

const ofState: ReadonlySet<string> = new Set(['neg', 'sqrt', 'add', 'sub', 'mul', 'div', 'max', 'rename', 'broadcast'])
const isLeaf = (node: Node): boolean => statePathOf(node) !== undefined

const isNumber = (node: Node): boolean => axesOf(node).length === 0

/**
 * Values that need nothing but the state, and numbers such as a learning rate: a device could make all of them at once, before anything else,
 * and would hold them until they are used.
 */
const freeOf = (nodes: readonly Node[]): ReadonlySet<Node> => {
  const free = new Set<Node>()
  for (const node of nodes) if (node.op === 'literal' || isLeaf(node) || (!isNumber(node) && ofState.has(node.op) && node.inputs.every(input => free.has(input) || isNumber(input)))) free.add(node)
  return free
}

/** Numbers that are computed from numbers: made when they are asked for, and waited for by nobody. */
const numbersOf = (nodes: readonly Node[]): ReadonlySet<Node> => {
  const numbers = new Set<Node>()
  for (const node of nodes) if (isNumber(node) && node.inputs.every(input => numbers.has(input))) numbers.add(node)
  return numbers
}

/** Values that nothing but new values of the state needs. */
const forUpdates = (program: Program, nodes: readonly Node[]): ReadonlySet<Node> => {
  const needed = new Set(program.outputs.map(({ node }) => node))
  for (const node of [...nodes].reverse()) if (needed.has(node)) for (const input of node.inputs) needed.add(input)
  return new Set(nodes.filter(node => !needed.has(node)))
}

/** A program's nodes in the order in which they are to be made. */
const ordered = (program: Program, nodes: readonly Node[], free: ReadonlySet<Node>): readonly Node[] => {
  const sink = forUpdates(program, nodes)
  const numbers = numbersOf(nodes)
  const users = new Map<Node, Node[]>()
  const waiting = new Map<Node, number>()
  for (const node of nodes) {
    if (free.has(node)) continue
    const awaited = [...new Set(node.inputs.filter(input => !free.has(input) && !numbers.has(input)))]
    waiting.set(node, awaited.length)
    for (const input of awaited) {
      const known = users.get(input)
      if (known === undefined) users.set(input, [node])
      else known.push(node)
    }
  }
  /** How many operations follow one another after each node: an update is near its end, the gradients of earlier layers are not. */
  const remaining = new Map<Node, number>()
  for (const node of [...nodes].reverse()) remaining.set(node, (users.get(node) ?? []).reduce((most, user) => Math.max(most, 1 + (remaining.get(user) ?? 0)), 0))
  for (const ready of users.values()) ready.sort((a, b) => (remaining.get(b) ?? 0) - (remaining.get(a) ?? 0))
  const order = new Set<Node>()
  /** With an explicit stack: a deep model would overflow the call stack. */
  const make = (first: Node): void => {
    const stack = [first]
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (order.has(node)) continue
      const missing = node.inputs.filter(input => !order.has(input))
      if (missing.length > 0) {
        // What comes from the state alone is made last.
        stack.push(node, ...missing.filter(input => free.has(input)), ...missing.filter(input => !free.has(input)))
        continue
      }
      order.add(node)
      for (const user of users.get(node) ?? []) {
        const left = (waiting.get(user) ?? 0) - 1
        waiting.set(user, left)
        if (left === 0 && sink.has(user)) stack.push(user)
      }
    }
  }
  for (const node of nodes) if (!free.has(node) && !sink.has(node)) make(node)
  rootsOf(program).forEach(make)
  return [...order]
}

/** The operand of a node that is made last, of those that do not come from the state alone. */
const lastOf = (node: Node, free: ReadonlySet<Node>, place: ReadonlyMap<Node, number>): Node | undefined =>
  node.inputs.filter(input => !free.has(input) && input.op !== 'input').reduce<Node | undefined>((last, input) => (last === undefined || (place.get(input) ?? 0) > (place.get(last) ?? 0) ? input : last), undefined)

/** For each large value of the state alone, what it waits for: the other operand of its first use. */
const triggers = (order: readonly Node[], free: ReadonlySet<Node>): ReadonlyMap<Node, Node> => {
  const place = new Map(order.map((node, i) => [node, i]))
  const found = new Map<Node, Node | undefined>()
  const hold = (node: Node, trigger: Node): void => {
    if (!free.has(node) || found.has(node)) return
    found.set(node, trigger)
    for (const input of node.inputs) hold(input, trigger)
  }
  for (const node of order) {
    if (free.has(node)) continue
    const trigger = lastOf(node, free, place)
    for (const input of node.inputs) {
      if (trigger === undefined) found.set(input, found.get(input))
      else hold(input, trigger)
    }
  }
  return new Map([...found].flatMap(([node, trigger]) => {
    const earlier = trigger !== undefined && (place.get(trigger) ?? 0) < (place.get(node) ?? 0)
    return earlier && node.inputs.some(isLeaf) && elements(node.axes) * 4 >= leastBytes ? [[node, trigger] as const] : []
  }))
}

/**
 * The order in which a program's values are made. What only the new state needs is made as soon as it can be, so that a gradient ends with
 * its update; what needs nothing but the state (a parameter's decay, the share of a moment that is kept, a teacher's average) waits for what
 * it meets. Without this a device starts with all of these, and holds them until the last gradient.
 */
export const order = (program: Program): Program => {
  const nodes = nodesOf(program)
  const free = freeOf(nodes)
  const all = ordered(program, nodes, free)
  const waits = triggers(all, free)
  const images = new Map<Node, Node>()
  const imageOf = (node: Node): Node => images.get(node) ?? node
  for (const node of all) {
    const inputs = node.inputs.map(imageOf)
    const trigger = waits.get(node)
    const held = trigger === undefined ? -1 : node.inputs.findIndex(isLeaf)
    const image = from(node, () => {
      if (inputs.length === 0) return node
      return node.rules.rebuild(inputs.map((input, i) => (trigger !== undefined && i === held ? after([input, imageOf(trigger)], {}) : input)))
    })
    images.set(node, image)
  }
  return withRoots(program, imageOf)
}
