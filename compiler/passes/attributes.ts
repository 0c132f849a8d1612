import type { Node } from '../program/node.ts'

const missing = (node: Node, name: string): never => {
  throw new Error(`internal: ${node.op} has no attribute '${name}' of the expected type`)
}

/** Attributes of a node whose operation is known to have them. */
export const textOf = (node: Node, name: string): string => {
  const value = node.attributes[name]
  return typeof value === 'string' ? value : missing(node, name)
}
export const numberOf = (node: Node, name: string): number => {
  const value = node.attributes[name]
  return typeof value === 'number' ? value : missing(node, name)
}
export const listOf = (node: Node, name: string): readonly string[] => {
  const value = node.attributes[name]
  return Array.isArray(value) ? value.map(each => (typeof each === 'string' ? each : missing(node, name))) : missing(node, name)
}
/** New names by old ones; those that stay are left out. */
export const namesOf = (node: Node): ReadonlyMap<string, string> => {
  const value = node.attributes['names']
  if (typeof value !== 'object' || Array.isArray(value)) return missing(node, 'names')
  return new Map(Object.entries(value).flatMap(([before, after]) => (typeof after === 'string' && before !== after ? [[before, after] as const] : [])))
}
