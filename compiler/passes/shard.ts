import { add, allGather, allReduce, cast, deviceIndex, gather, input, literal, mul, position, reduceScatter } from '../primitives/index.ts'
import type { Placed, Placer } from '../primitives/sharding.ts'
import { fail, originOf, plain, sizeWithOrigin } from '../program/axes.ts'
import { isSplit, localSizes, meshAxisOf, type Placement } from '../program/mesh.ts'
import { axesOf, from, sizeOf, type Node } from '../program/node.ts'
import { reachable, rootsOf, type Named, type Program } from '../program/program.ts'
import { describeDeclaration, describeSite } from '../program/site.ts'

const placeOf = (node: Node): string => (node.op === 'input' ? describeDeclaration(node.site) : describeSite(node.site))

/** Where an axis of a value came from. */
const originPlace = (node: Node, axis: string): string => placeOf(originOf(node, axis).node)

/** A size that the devices do not divide, and two axes along one mesh axis, are errors. */
const mustDivide = (placement: Placement, node: Node): void => {
  const found = new Map<string, string>()
  for (const axis of axesOf(node)) {
    const along = meshAxisOf(placement, axis)
    if (along === undefined) continue
    const other = found.get(along)
    if (other !== undefined) fail('AX062', `${node.op}: both '${plain(other)}' (${originPlace(node, other)}) and '${plain(axis)}' (${originPlace(node, axis)}) lie along the mesh axis '${along}'; a value has one axis there`)
    found.set(along, axis)
    const devices = placement.mesh[along] ?? 1
    if (sizeOf(node, axis) % devices !== 0) fail('AX065', `'${plain(axis)}' is ${sizeWithOrigin(node, axis)}, which the ${devices} devices along the mesh axis '${along}' do not divide`)
  }
}

/** Types that no exchange carries travel as whole numbers. */
const carried = (node: Node, body: (node: Node) => Node): Node => {
  const { dtype } = node
  return dtype === 'bool' || dtype === 'u8' ? cast([body(cast([node], { dtype: 'i32' }))], { dtype }) : body(node)
}

/** A leaf of the state, or an input, as one device has it: the same node where all devices have the same. */
export const onOneDevice = (placement: Placement, leaf: Node): Node => {
  const { path, kind } = leaf.attributes
  if (typeof path !== 'string' || !isSplit(placement, leaf)) return leaf
  return from(leaf, () => {
    mustDivide(placement, leaf)
    return input([], { path, axes: localSizes(placement, leaf.axes), dtype: leaf.dtype, kind: String(kind) })
  })
}

interface Run {
  readonly program: Program
  /** Values that some operation wanted complete. */
  readonly wanted: ReadonlySet<Node>
}

/** One way down the program: every value that is in `early` is completed where it is made, any other where it is needed. */
const placeOnce = (program: Program, placement: Placement, early: ReadonlySet<Node>, entered: Map<string, Node>): Run => {
  const wanted = new Set<Node>()
  const placed = new Map<Node, Placed>()
  const sources = new Map<Placed, Node>()
  const known = new Map<string, Node>()
  const once = (key: string, make: () => Node): Node => {
    const node = known.get(key) ?? make()
    known.set(key, node)
    return node
  }
  const devices = (mesh: string): number => placement.mesh[mesh] ?? 1
  const reduced = (node: Node, over: readonly string[]): Node =>
    over.reduce((value, mesh) => once(`reduce ${value.id} ${mesh}`, () => allReduce([value], { mesh, devices: devices(mesh), order: 0 })), node)
  const complete: Placer['complete'] = (value, but = []) => {
    const over = value.partial.filter(mesh => !but.includes(mesh))
    const source = sources.get(value)
    if (over.length > 0 && source !== undefined) wanted.add(source)
    return reduced(value.node, over)
  }
  const index: Placer['index'] = mesh => once(`index ${mesh}`, () => deviceIndex([], { mesh, devices: devices(mesh) }))
  const ownPositions = (axis: string, size: number, mesh: string): Node => {
    const part = size / devices(mesh)
    return add([position([], { axis, size: part }), mul([index(mesh), literal([], { value: part, dtype: 'i32' })], {})], {})
  }
  const placer: Placer = {
    along: axis => meshAxisOf(placement, axis),
    devices,
    local: sizes => localSizes(placement, sizes),
    complete,
    index,
    whole: ({ node, partial }, axis, mesh) => ({ node: once(`gather ${node.id} ${axis} ${mesh}`, () => carried(node, each => allGather([each], { axis, mesh, devices: devices(mesh), order: 0 }))), partial }),
    own: ({ node, partial }, axis, mesh) => {
      const rest = partial.filter(each => each !== mesh)
      if (rest.length < partial.length) return { node: once(`scatter ${node.id} ${axis}`, () => reduceScatter([node], { axis, mesh, devices: devices(mesh), order: 0 })), partial: rest }
      return { node: once(`own ${node.id} ${axis}`, () => gather([node, ownPositions(axis, sizeOf(node, axis), mesh)], { axis })), partial }
    },
    refuse: (op, operand, axis) =>
      fail('AX063', `${op} along '${plain(axis)}', which comes from ${originPlace(operand, axis)} and lies along the mesh axis '${meshAxisOf(placement, axis) ?? ''}': rename it to an axis that does not, which gathers it`),
  }
  const placedOf = (node: Node): Placed => {
    const value = placed.get(node)
    if (value === undefined) throw new Error(`internal: ${node.op} was not placed before it was needed`)
    return value
  }
  const enter = (node: Node): Placed => {
    const path = String(node.attributes['path'])
    const own = entered.get(path) ?? onOneDevice(placement, node)
    entered.set(path, own)
    return { node: own, partial: [] }
  }
  const given = program.inputs.map(({ node }) => node)
  for (const node of [...new Set([...given, ...reachable(rootsOf(program))])].sort((a, b) => a.id - b.id)) {
    const value = from(node, () => {
      mustDivide(placement, node)
      const made = node.op === 'input' ? enter(node) : node.rules.shard(placer, node, node.inputs.map(placedOf))
      return early.has(node) ? { node: reduced(made.node, made.partial), partial: [] } : { ...made }
    })
    placed.set(node, value)
    sources.set(value, node)
  }
  const each = ({ name, node }: Named): Named => ({ name, node: from(node, () => complete(placedOf(node))) })
  return { program: { ...program, inputs: program.inputs.map(each), outputs: program.outputs.map(each), updates: program.updates.map(each) }, wanted }
}

/**
 * The program that each device of a mesh runs: sizes are those of one device, and devices exchange what they need of each other. Sums over
 * a split axis leave values partial, which linear operations keep; a value that anything needs complete is completed where it is made, once.
 * `entered` are the inputs and leaves that programs share, by path.
 */
export const shard = (program: Program, placement: Placement, entered: Map<string, Node> = new Map()): Program => {
  let early: ReadonlySet<Node> = new Set()
  for (;;) {
    const { program: made, wanted } = placeOnce(program, placement, early, entered)
    if (wanted.size === 0) return made
    early = new Set([...early, ...wanted])
  }
}
