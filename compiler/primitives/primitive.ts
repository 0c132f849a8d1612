import { elements, from, makeNode, type Attributes, type DType, type Lowerings, type Node, type Rules, type Sizes } from '../program/node.ts'
import type { HostTensor } from '../program/host.ts'
import type { Placed, Placer, ShardRule } from './sharding.ts'
import type { Builder, Value } from '../targets/tensorflow/builder.ts'

/** One small call for generated tests: axes and types of the inputs, attributes, and the range that inputs are drawn from. */
export interface Sample<A extends Attributes> {
  readonly inputs: readonly { readonly axes: Sizes; readonly dtype?: DType; readonly low?: number; readonly high?: number }[]
  readonly attributes: A
}

/**
 * A primitive operation: every rule that the compiler needs, side by side. `gradient: 'none'` is for results that carry no derivative
 * (integers, booleans, keys, steps); everything else must say how cotangents flow.
 */
export interface Declaration<A extends Attributes> {
  readonly op: string
  /** Axes and type of the result; sizes that disagree are reported from here. */
  readonly shape: (inputs: readonly Node[], attributes: A) => { readonly axes: Sizes; readonly dtype: DType }
  readonly gradient: 'none' | ((parts: { readonly self: Node; readonly inputs: readonly Node[]; readonly cotangent: Node; readonly attributes: A }) => readonly (Node | undefined)[])
  readonly simplify?: (parts: { readonly self: Node; readonly inputs: readonly Node[]; readonly attributes: A }) => Node | undefined
  readonly cost: (parts: { readonly self: Node; readonly inputs: readonly Node[]; readonly attributes: A }) => number
  /** What each of several devices does, and which exchanges that takes. */
  readonly shard: ShardRule<A>
  readonly reference: (parts: { readonly self: Node; readonly inputs: readonly HostTensor[]; readonly attributes: A }) => HostTensor
  readonly tensorflow: (builder: Builder, parts: { readonly self: Node; readonly inputs: readonly Value[]; readonly attributes: A }) => Value
  readonly samples: readonly Sample<A>[]
}

/** A primitive as the generated tests see it: each sample already bound to its attributes. */
export interface Tested {
  readonly op: string
  readonly differentiable: boolean
  readonly samples: readonly { readonly inputs: Sample<Attributes>['inputs']; readonly apply: (inputs: readonly Node[]) => Node; readonly label: string }[]
}

export interface Primitive<A extends Attributes> {
  (inputs: readonly Node[], attributes: A): Node
  readonly tested: Tested
}

/** Makes the constructor of a primitive: `(inputs, attributes) => node`. */
export const primitive = <A extends Attributes>(declaration: Declaration<A>): Primitive<A> => {
  const { op, shape, gradient, simplify, cost, shard, reference, tensorflow, samples } = declaration
  /** A class, for nodes are hundreds of thousands: each holds its attributes, all share the functions. */
  class Bound implements Rules {
    readonly attributes: A
    constructor(attributes: A) { this.attributes = attributes }
    rebuild(others: readonly Node[]) { return make(others, this.attributes) }
    gradient(self: Node, cotangent: Node) { return gradient === 'none' ? [] : from(self, () => gradient({ self, inputs: self.inputs, cotangent, attributes: this.attributes })) }
    simplify(self: Node) { return simplify === undefined ? undefined : from(self, () => simplify({ self, inputs: self.inputs, attributes: this.attributes })) }
    cost(self: Node) { return cost({ self, inputs: self.inputs, attributes: this.attributes }) }
    shard(placer: Placer, self: Node, placed: readonly Placed[]) { return shard(placer, { self, inputs: placed, attributes: this.attributes }) }
    get lower(): Lowerings {
      const { attributes } = this
      return {
        reference: (self, values) => reference({ self, inputs: values, attributes }),
        tensorflow: (builder, self, values) => tensorflow(builder, { self, inputs: values, attributes }),
      }
    }
  }
  const make = (inputs: readonly Node[], attributes: A): Node => {
    const { axes, dtype } = shape(inputs, attributes)
    return makeNode({ op, inputs, attributes, rules: new Bound(attributes), axes, dtype })
  }
  const tested: Tested = {
    op,
    differentiable: gradient !== 'none',
    samples: samples.map(sample => ({ inputs: sample.inputs, apply: inputs => make(inputs, sample.attributes), label: `${op} ${JSON.stringify(sample.attributes)}` })),
  }
  return Object.assign(make, { tested })
}

export const noAttributes = {} as const
export const perElement = ({ self }: { readonly self: Node }): number => elements(self.axes)
export const free = (): number => 0

/** The i-th input, which the declaration promises. */
export const nth = <X>(inputs: readonly X[], i: number): X => {
  const input = inputs[i]
  if (input === undefined) throw new Error(`internal: input ${i} is missing`)
  return input
}
