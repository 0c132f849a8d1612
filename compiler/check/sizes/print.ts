import { untraced, type AnyDefinition } from '../../language/compile.ts'
import type { Node } from '../../program/node.ts'
import { printed } from '../../program/print.ts'
import { nodesOf } from '../../program/program.ts'
import { decode, polynomialText } from './polynomial.ts'
import { programsAt, symbolsOf } from './sample.ts'

/**
 * The programs of a definition as text, without gradients, each size as it depends on the axes of the declared inputs: `token row·column/256 + 1`.
 * Where another size makes it another program, or a size follows no formula, the numbers are those of the configuration.
 */
export const symbolicPrograms = (definition: AnyDefinition): readonly string[] =>
  untraced(definition).programs.flatMap(({ name, inputs }) => {
    const runs = programsAt(definition, name, symbolsOf(inputs))
    const [first] = runs
    if (first?.program === undefined) return []
    const nodes = runs.map(({ program }) => (program === undefined ? [] : nodesOf(program)))
    const alike = nodes.every(each => each.length === nodes[0]?.length && each.every((node, i) => node.op === nodes[0]?.[i]?.op))
    const place = new Map(nodes[0]?.map((node, i) => [node, i]))
    const points = runs.map(({ point }) => point)
    const known = new Map<string, string>()
    const text = (node: Node, axis: string, size: number): string => {
      const values = nodes.map(each => each[place.get(node) ?? -1]?.axes[axis] ?? Number.NaN)
      const key = values.join()
      const found = known.get(key) ?? polynomialText(decode(values, points) ?? { terms: [], constant: { over: size, under: 1 } })
      known.set(key, found)
      return found
    }
    return [printed(first.program, node => (alike && place.has(node) ? Object.fromEntries(Object.entries(node.axes).map(([axis, size]) => [axis, text(node, axis, size)])) : node.axes))]
  })
