import type { ts } from 'ts-morph'

/** The module of TypeScript that made the program: the checker itself imports none, so that ts-morph's and an editor's both serve. */
export type TypeScript = typeof ts

/** What the questions to a program need. */
export interface Look {
  readonly ts: TypeScript
  readonly program: ts.Program
  readonly checker: ts.TypeChecker
  /** The file that is spoken about: axes are listed in the order in which it names them. */
  readonly file: ts.SourceFile
}

/** Axes and element type of a tensor's type; `open` are the type parameters among its axes. A random key has the elements 'key'. */
export interface Shape {
  readonly axes: readonly string[]
  readonly open: readonly string[]
  readonly dtype: string
}

/** Parts of a union or an intersection, to the bottom. */
export const partsOf = (type: ts.Type): readonly ts.Type[] => (type.isUnionOrIntersection() ? type.types.flatMap(partsOf) : [type])

/** A name declared by the language's own types, or undefined. */
export const nameIn = (type: ts.Type, end: string): string | undefined => {
  const symbol = type.getSymbol()
  return symbol?.declarations?.some(each => each.getSourceFile().fileName.endsWith(end)) === true ? symbol.name : undefined
}

const isReference = ({ ts }: Look, type: ts.Type): type is ts.TypeReference => (type.flags & ts.TypeFlags.Object) !== 0 && 'target' in type

export const argumentsOf = (look: Look, type: ts.Type): readonly ts.Type[] => (isReference(look, type) ? look.checker.getTypeArguments(type) : [])

/** The string literals of a type, and whatever else is in it as text. */
export const namesOf = (look: Look, type: ts.Type): { readonly names: readonly string[]; readonly open: readonly string[] } => {
  const parts = (type.isUnion() ? type.types : [type]).filter(part => (part.flags & look.ts.TypeFlags.Never) === 0)
  return {
    names: inOrder(look, parts.flatMap(part => (part.isStringLiteral() ? [part.value] : []))),
    open: parts.flatMap(part => (part.isStringLiteral() ? [] : [look.checker.typeToString(part)])),
  }
}

/** Axes are a set: they are listed as the file first names them, so that neither a union's order nor other files change a sentence. */
export const inOrder = (look: Look, axes: readonly string[]): readonly string[] => {
  const places = placesIn(look)
  const place = (axis: string): number => places.get(axis) ?? Number.MAX_SAFE_INTEGER
  return [...new Set(axes)].sort((a, b) => (place(a) === place(b) ? (a < b ? -1 : 1) : place(a) - place(b)))
}

const known = new WeakMap<ts.SourceFile, ReadonlyMap<string, number>>()

/** Where a file first says each name, as text or as a key. */
const placesIn = ({ ts, file }: Look): ReadonlyMap<string, number> => {
  const before = known.get(file)
  if (before !== undefined) return before
  const found = new Map<string, number>()
  const walk = (node: ts.Node): void => {
    const name = ts.isStringLiteral(node) || (ts.isIdentifier(node) && (ts.isPropertyAssignment(node.parent) || ts.isShorthandPropertyAssignment(node.parent))) ? node.text : undefined
    if (name !== undefined && !found.has(name)) found.set(name, node.pos)
    ts.forEachChild(node, walk)
  }
  walk(file)
  known.set(file, found)
  return found
}

const types = '/language/types.ts'

/** What tensor (or key) a type is; of a union or intersection the first one in it. */
export const shapeOf = (look: Look, type: ts.Type): Shape | undefined => {
  for (const part of partsOf(type)) {
    const name = nameIn(part, types)
    if (name === 'Key') return { axes: [], open: [], dtype: 'key' }
    if (name !== 'Tensor') continue
    const [axes, dtype] = argumentsOf(look, part)
    if (axes === undefined || dtype === undefined) continue
    const { names, open } = namesOf(look, axes)
    const elements = namesOf(look, dtype)
    return { axes: names, open, dtype: [...elements.names, ...elements.open].join(' or ') }
  }
  return undefined
}

export const shapeAt = (look: Look, node: ts.Node): Shape | undefined => shapeOf(look, look.checker.getTypeAtLocation(node))

/** An error that the language's types carry: its name and what it is about. */
export interface Carried {
  readonly name: string
  readonly op: string
  readonly args: readonly (readonly string[])[]
  readonly open: boolean
}

const carriers: ReadonlySet<string> = new Set(['NoSuchAxis', 'AxisTaken', 'NotNested', 'InvisibleInside', 'NoOperandHasAll', 'AxesDiffer', 'WrongElements', 'ElementsDiffer', 'OneAxisWanted', 'LossHasAxes', 'NotDifferentiable'])

/** The errors in a type, outermost first. */
export const carriedBy = (look: Look, type: ts.Type): readonly Carried[] =>
  partsOf(type).flatMap(part => {
    const name = nameIn(part, types)
    if (name === undefined || !carriers.has(name)) return []
    const args = argumentsOf(look, part).map(each => namesOf(look, each))
    const texts = args.map(({ names, open }) => [...names, ...open])
    if (name === 'NotDifferentiable') return [{ name, op: 'grad', args: texts, open: false }]
    return [{ name, op: texts[0]?.[0] ?? 'this operation', args: texts.slice(1), open: args.some(({ open }) => open.length > 0) }]
  })

/** Whether a type has something to do with tensors. */
export const concernsTensors = (look: Look, type: ts.Type, depth = 3): boolean =>
  partsOf(type).some(part => {
    if (nameIn(part, types) !== undefined || nameIn(part, '/language/declare.ts') === 'Declaration') return true
    if (depth === 0 || (part.flags & look.ts.TypeFlags.Object) === 0) return false
    if (look.checker.isArrayLikeType(part)) return argumentsOf(look, part).some(each => concernsTensors(look, each, depth - 1))
    const [signature] = part.getCallSignatures()
    if (signature !== undefined) return concernsTensors(look, signature.getReturnType(), depth - 1)
    return part.getProperties().slice(0, 24).some(each => concernsTensors(look, look.checker.getTypeOfSymbol(each), depth - 1))
  })
