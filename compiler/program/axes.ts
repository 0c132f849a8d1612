import { holds, type Claim } from './claim.ts'
import { AxleError, describeGiven, say, type Given, type Sentence } from './error.ts'
import { allFrames, captureSite, nowhere, type Site } from './site.ts'
import { axesOf, currentContext, has, sizeOf, type Node, type Origin, type Sizes } from './node.ts'

/** Inside `vmap` a lifted axis goes under a name that nobody can write. */
export const lift = (axis: string): string => `^${axis}`
export const isLifted = (axis: string): boolean => axis.startsWith('^')
export const plain = (axis: string): string => axis.replace(/^\^+/, '')
export const visible = (node: Node): readonly string[] => axesOf(node).filter(axis => !isLifted(axis))

export const quote = (axes: readonly string[]): string => (axes.length === 0 ? 'no axes' : axes.map(axis => `'${plain(axis)}'`).join(' '))

/** Stops the trace at the line that is being traced. */
export const fail = (code: string, sentence: string | Sentence): never => {
  throw mistake(code, sentence)
}

/** The place of a mistake: that of whatever is being made; in an initializer of the model its own lines, then the declaration. */
const placeNow = (origin: Origin | undefined): Site => {
  if (origin?.callers === undefined) return origin?.site ?? captureSite(allFrames)
  const own = captureSite(allFrames).frames
  return { frames: [...own.slice(0, own.length - origin.callers.frames.length), ...origin.site.frames] }
}

const mistake = (code: string, sentence: string | Sentence): AxleError => {
  const { origin, scopes } = currentContext()
  return new AxleError(code, placeNow(origin), sentence, origin?.scope ?? scopes.join('/'))
}

/** Sizes must be as claimed, or the trace stops; where a checker looks on, it is told of every claim and decides. */
export const demand = (kind: Claim['kind'], left: number, right: number, code: string, sentence: () => Sentence): void => {
  const { observer } = currentContext()
  const claim = { kind, left, right }
  if (observer !== undefined) observer.claim(claim, () => mistake(code, sentence()))
  else if (!holds(claim)) fail(code, sentence())
}

interface AxisOrigin {
  readonly node: Node
  readonly axis: string
}

/** The axis of each input that an operation passes on under this name. */
const passedOn = (node: Node, axis: string): readonly AxisOrigin[] => {
  const { names, into } = node.attributes
  if ((node.op === 'flatten' && into === axis) || (node.op === 'unflatten' && typeof into === 'object' && axis in into)) return []
  const before = node.op === 'rename' && typeof names === 'object' && !Array.isArray(names) ? (Object.entries(names).find(([, after]) => after === axis)?.[0] ?? axis) : axis
  return node.inputs.filter(input => input.axes[before] === node.axes[axis]).map(input => ({ node: input, axis: before }))
}

/**
 * The node that gave an axis its size: follows the axis back through every operation that merely passes it on. Where several inputs have it,
 * a declaration says more than an operation, and any operation more than one that repeats a value along an axis of another.
 */
export const originOf = (node: Node, axis: string): AxisOrigin => {
  const seen = new Set<string>()
  const ends: AxisOrigin[] = []
  const stack: AxisOrigin[] = [{ node, axis }]
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const key = `${at.node.id} ${at.axis}`
    if (seen.has(key)) continue
    seen.add(key)
    if (at.node.op === 'input') return at
    const before = passedOn(at.node, at.axis)
    if (before.length === 0) ends.push(at)
    else stack.push(...[...before].reverse())
  }
  return ends.find(end => end.node.op !== 'broadcast') ?? ends[0] ?? { node, axis }
}

/** The size of a node's axis, and what gave it. */
export const given = (node: Node, axis: string): Given => {
  const origin = originOf(node, axis)
  const path = origin.node.attributes['path']
  return { size: sizeOf(node, axis), axis: plain(origin.axis), by: origin.node.op === 'input' ? 'declaration' : 'operation', what: typeof path === 'string' ? path : origin.node.op, site: origin.node.site, through: node }
}

/** A size that the wrong call itself was given. */
export const argument = (axis: string, size: number): Given => ({ size, axis: plain(axis), by: 'argument', what: 'argument', site: nowhere })

/** "768 in a parameter (models/layers/linear.ts:9:12)". */
export const sizeWithOrigin = (node: Node, axis: string): string => describeGiven(given(node, axis))

/** The union of the axes of all nodes; an axis with two sizes is an error that names both and where they come from. */
export const unionAxes = (op: string, nodes: readonly Node[]): Sizes => {
  const widest = nodes.length === 1 ? nodes : [...nodes].sort((a, b) => axesOf(b).length - axesOf(a).length)
  let sizes = widest[0]?.axes ?? {}
  widest.slice(1).forEach((node, i) => {
    for (const axis of axesOf(node)) {
      const first = widest.slice(0, i + 1).find(each => has(each, axis))
      if (first === undefined) sizes = { ...sizes, [axis]: sizeOf(node, axis) }
      else demand('same', sizeOf(first, axis), sizeOf(node, axis), 'AX021', () => say`${op} over '${plain(axis)}': ${given(first, axis)} but ${given(node, axis)}`)
    }
  })
  return sizes
}

export const mustCarry = (op: string, node: Node, axis: string): void => {
  if (!has(node, axis)) fail('AX001', `${op} over '${plain(axis)}': this tensor has ${quote(axesOf(node))}`)
}

/** Axes that an operation is over are said once. */
export const mustDiffer = (op: string, axes: readonly string[]): void => {
  const twice = axes.find((axis, i) => axes.indexOf(axis) !== i)
  if (twice !== undefined) fail('AX003', `${op} over '${plain(twice)}' twice: ${quote(axes)}`)
}

export const mustLack = (op: string, sizes: Sizes, axis: string): void => {
  if (axis in sizes) fail('AX003', `${op}: this tensor already has the axis '${plain(axis)}'`)
}

/** A size that a person wrote must be a whole number above zero. */
export const mustBeSizes = (op: string, sizes: Sizes): void => {
  for (const [axis, size] of Object.entries(sizes)) demand('size', size, 0, 'AX022', () => say`${op}: the size of '${plain(axis)}' is ${argument(axis, size)}, wanted a whole number above zero`)
}
