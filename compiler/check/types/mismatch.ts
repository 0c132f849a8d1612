import type { ts } from 'ts-morph'
import { argumentsOf, concernsTensors, nameIn, partsOf, shapeOf, type Look, type Shape } from './look.ts'

/** The first place where a tree of tensors is not what is wanted: keys from the root, and what is there and what should be. */
export interface Difference {
  readonly path: readonly string[]
  readonly has: Shape | string
  readonly wants: Shape | string
  /** What is wanted there, as it was declared. */
  readonly declared: ts.Declaration | undefined
}

const sameSet = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every(each => b.includes(each))
const sameShape = (a: Shape, b: Shape): boolean => sameSet(a.axes, b.axes) && sameSet(a.open, b.open) && a.dtype === b.dtype

const isMissing = ({ ts }: Look, type: ts.Type): boolean => (type.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null | ts.TypeFlags.Void)) !== 0
const isUnknown = ({ ts }: Look, type: ts.Type): boolean => (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.Never)) !== 0

/** A type as a sentence calls it. */
export const typeWords = (look: Look, type: ts.Type): string => {
  const { ts, checker } = look
  const parts = partsOf(type).filter(each => !isMissing(look, each))
  if (parts.length === 0) return 'nothing (undefined)'
  if (parts.every(each => (each.flags & ts.TypeFlags.NumberLike) !== 0)) return 'a number'
  if (parts.some(each => (each.flags & ts.TypeFlags.StringLike) !== 0)) return 'a name'
  if (parts.every(each => (each.flags & ts.TypeFlags.BooleanLike) !== 0)) return 'true or false'
  if (parts.some(each => nameIn(each, '/language/declare.ts') === 'Declaration')) return 'a declaration'
  if (parts.some(each => checker.isArrayLikeType(each))) return 'a list'
  if (parts.some(each => each.getCallSignatures().length > 0)) return 'a function'
  return 'an object'
}

const declaredBy = (symbol: ts.Symbol): ts.Declaration | undefined => symbol.valueDeclaration ?? symbol.declarations?.[0]

/** Depth of the trees that are walked: parameters of a whole model, and a little more. */
const deepest = 8

const children = (look: Look, source: ts.Type, target: ts.Type, path: readonly string[]): Difference | undefined => {
  const { ts, checker } = look
  const properties = target.getProperties().filter(({ name }) => !name.startsWith('__@'))
  const missing = properties.filter(each => (each.flags & ts.SymbolFlags.Optional) === 0 && source.getProperty(each.name) === undefined && concernsTensors(look, checker.getTypeOfSymbol(each)))
  const [first] = missing
  if (first !== undefined) {
    const type = checker.getTypeOfSymbol(first)
    return { path: [...path, missing.map(({ name }) => name).join("', '")], has: 'nothing', wants: shapeOf(look, type) ?? typeWords(look, type), declared: declaredBy(first) }
  }
  return anyKey(look, source, target, path) ?? firstOf(properties.map(wanted => () => {
    const found = source.getProperty(wanted.name)
    return found === undefined ? undefined : differenceOf(look, checker.getTypeOfSymbol(found), checker.getTypeOfSymbol(wanted), [...path, wanted.name], declaredBy(wanted))
  }))
}

/** Of a record with any keys: its values, whatever they are called. */
const anyKey = (look: Look, source: ts.Type, target: ts.Type, path: readonly string[]): Difference | undefined => {
  const { ts, checker } = look
  const wanted = checker.getIndexInfoOfType(target, ts.IndexKind.String)
  if (wanted === undefined) return undefined
  const declared = wanted.declaration
  const found = checker.getIndexInfoOfType(source, ts.IndexKind.String)
  if (found !== undefined) return differenceOf(look, found.type, wanted.type, [...path, '…'], declared)
  return firstOf(source.getProperties().map(each => () => differenceOf(look, checker.getTypeOfSymbol(each), wanted.type, [...path, each.name], declared)))
}

const elementsOf = (look: Look, source: ts.Type, target: ts.Type, path: readonly string[]): Difference | undefined => {
  const { checker } = look
  const wanted = argumentsOf(look, target)
  const found = argumentsOf(look, source)
  if (!checker.isTupleType(target)) return wanted[0] === undefined ? undefined : firstOf(found.map((each, i) => () => differenceOf(look, each, wanted[0] ?? each, [...path, String(i)])))
  if (checker.isTupleType(source) && found.length !== wanted.length) return { path, has: `a list of ${found.length}`, wants: `a list of ${wanted.length}`, declared: undefined }
  return firstOf(wanted.map((each, i) => () => differenceOf(look, found[checker.isTupleType(source) ? i : 0] ?? each, each, [...path, String(i)])))
}

/** What has leaves: objects, and intersections of them. */
const treeFlags = ({ ts }: Look): number => ts.TypeFlags.Object | ts.TypeFlags.Intersection | ts.TypeFlags.Substitution

const firstOf = <T>(attempts: readonly (() => T | undefined)[]): T | undefined => {
  for (const attempt of attempts) {
    const found = attempt()
    if (found !== undefined) return found
  }
  return undefined
}

/** Compares what is there with what is wanted, down to the tensors; undefined where no tensor is involved. */
export const differenceOf = (look: Look, source: ts.Type, target: ts.Type, path: readonly string[] = [], declared?: ts.Declaration): Difference | undefined => {
  const { checker } = look
  if (path.length > deepest || source === target || isUnknown(look, target) || isUnknown(look, source)) return undefined
  if (checker.isTypeAssignableTo(source, target)) return undefined
  const wants = shapeOf(look, target)
  const has = shapeOf(look, source)
  if (wants !== undefined || has !== undefined) {
    if (wants !== undefined && has !== undefined) return sameShape(has, wants) ? undefined : { path, has, wants, declared }
    return { path, has: has ?? typeWords(look, source), wants: wants ?? typeWords(look, target), declared }
  }
  if (nameIn(target, '/language/declare.ts') === 'Declaration' || nameIn(source, '/language/declare.ts') === 'Declaration') return declarations(look, source, target, path, declared)
  const [f] = source.getCallSignatures()
  const [g] = target.getCallSignatures()
  if (f !== undefined && g !== undefined) return differenceOf(look, f.getReturnType(), g.getReturnType(), path, declared)
  if (checker.isArrayLikeType(source) && checker.isArrayLikeType(target)) return elementsOf(look, source, target, path)
  const plain = checker.getNonNullableType(target)
  return (plain.flags & treeFlags(look)) === 0 ? undefined : children(look, source, plain, path)
}

const declarations = (look: Look, source: ts.Type, target: ts.Type, path: readonly string[], declared: ts.Declaration | undefined): Difference | undefined => {
  const shape = (type: ts.Type): Shape | undefined => {
    if (nameIn(type, '/language/declare.ts') !== 'Declaration') return undefined
    const [axes, dtype] = argumentsOf(look, type)
    if (axes === undefined || dtype === undefined) return undefined
    const literals = (each: ts.Type): readonly string[] => partsOf(each).flatMap(part => (part.isStringLiteral() ? [part.value] : []))
    return { axes: literals(axes), open: [], dtype: literals(dtype).join(' or ') }
  }
  return { path, has: shape(source) ?? typeWords(look, source), wants: shape(target) ?? typeWords(look, target), declared }
}
