import { fileURLToPath } from 'node:url'
import type { Traced } from '../../compiler/language/compile.ts'
import { isLifted } from '../../compiler/program/axes.ts'
import type { Node } from '../../compiler/program/node.ts'
import { nodesOf, rootsOf, type Program } from '../../compiler/program/program.ts'
import { mapFrame, type Frame } from '../../compiler/program/site.ts'

/** The types that a program has: of its parameters, inputs and outputs by name, and by line of what its expressions compute and read. */
export interface Shapes {
  readonly ends: readonly string[]
  readonly lines: Readonly<Record<string, readonly string[]>>
}

/** As the types of a model say it: inside `vmap` one example. */
const typeOf = ({ axes, dtype }: Pick<Node, 'axes' | 'dtype'>): string => `${dtype}[${Object.entries(axes).filter(([axis]) => !isLifted(axis)).map(([axis, size]) => `${axis} ${size}`).sort().join(', ')}]`

const at = (frame: Frame | undefined): string => (frame === undefined ? '' : `${frame.file}:${frame.line}:${frame.column}`)

/** Values that are more than steps inside of one operation: something made elsewhere reads them, or nothing does. */
const values = (program: Program): readonly Node[] => {
  const forward = nodesOf(program).filter(({ backward, dtype }) => !backward && dtype !== 'key')
  const read = new Set<Node>(rootsOf(program))
  for (const node of forward) for (const input of node.inputs) if (at(node.site.frames[0]) !== at(input.site.frames[0])) read.add(input)
  return forward.filter(node => read.has(node))
}

/** Lines are paths from `root`. */
export const shapesOf = ({ state, programs }: Traced, root: string): Shapes => {
  const named = new Map<string, string>()
  const lineOf = (frame: Frame): string => {
    const key = at(frame)
    const known = named.get(key)
    if (known !== undefined) return known
    const { file, line } = mapFrame(frame)
    const name = `${fileURLToPath(file.replace(/[?#].*$/, '')).slice(root.length)}:${line}`
    named.set(key, name)
    return name
  }
  const lines = new Map<string, Set<string>>()
  for (const node of programs.flatMap(values)) {
    const [frame] = node.site.frames
    if (frame === undefined) continue
    const line = lineOf(frame)
    const known = lines.get(line) ?? new Set<string>()
    // What one operation makes on its way to its result is nobody's value.
    const operands = node.inputs.filter(each => at(each.site.frames[0]) !== at(frame))
    for (const each of [node, ...operands]) if (each.dtype !== 'key') known.add(typeOf(each))
    lines.set(line, known)
  }
  const ends = [
    ...state.map(leaf => `${leaf.path} ${typeOf(leaf)}`),
    ...programs.flatMap(({ name, inputs, outputs }) => [...inputs.map(each => `${name} takes ${each.name} ${typeOf(each.node)}`), ...outputs.map(each => `${name} gives ${each.name} ${typeOf(each.node)}`)]),
  ]
  return { ends: ends.sort(), lines: Object.fromEntries([...lines].map(([line, types]) => [line, [...types].sort()])) }
}

/**
 * Whether a parameter, an input, an output or the value of an expression has a type that it had not before; on the changed line itself also
 * whether one is gone from those that it computes and reads.
 */
export const shapesDiffer = (before: Shapes, after: Shapes, { file, line: changed }: { readonly file: string; readonly line: number }): boolean => {
  const lacks = (some: readonly string[] | undefined, others: readonly string[] | undefined): boolean => some !== undefined && others !== undefined && others.some(type => !some.includes(type))
  const own = `${file}:${changed}`
  return before.ends.join('\n') !== after.ends.join('\n') || Object.entries(after.lines).some(([line, types]) => lacks(before.lines[line], types)) || lacks(after.lines[own], before.lines[own])
}
