import { input } from '../../../compiler/primitives/index.ts'
import type { Tested } from '../../../compiler/primitives/primitive.ts'
import type { HostTensor } from '../../../compiler/program/host.ts'
import { elements, type Node } from '../../../compiler/program/node.ts'

export const seed = 20

/** Mulberry32: a small generator for test inputs. */
const generator = (from: number): (() => number) => {
  let state = from
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Inputs for a sample: nodes and the numbers drawn for them. */
export const drawInputs = (inputs: Tested['samples'][number]['inputs'], n: number): { readonly nodes: readonly Node[]; readonly values: ReadonlyMap<Node, HostTensor> } => {
  const draw = generator(seed + n)
  const values = new Map<Node, HostTensor>()
  const nodes = inputs.map(({ axes, dtype = 'f32', low = -1.5, high = 1.5 }, i) => {
    const node = input([], { path: `argument/${i}`, axes, dtype, kind: 'argument' })
    const length = dtype === 'key' ? 2 : elements(axes)
    const one = (): number => {
      if (dtype === 'bool') return draw() < 0.5 ? 0 : 1
      if (dtype === 'key') return Math.floor(draw() * 2 ** 31)
      const value = low + draw() * (high - low)
      return dtype === 'f32' ? value : Math.floor(value)
    }
    values.set(node, { axes, dtype, data: Float64Array.from({ length }, one) })
    return node
  })
  return { nodes, values }
}
