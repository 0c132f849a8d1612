import { elements, from, makeNode, type Attributes, type DType, type Node, type Rules, type Sizes } from '../program/node.ts'
import type { HostTensor } from '../program/host.ts'
import type { ShardRule } from './sharding.ts'
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
  const make = (inputs: readonly Node[], attributes: A): Node => {
    // Methods, not arrows: a bundler that keeps names would name every arrow anew for every node.
    const rules: Rules = {
      rebuild(others) { return make(others, attributes) },
      gradient(self, cotangent) { return gradient === 'none' ? [] : from(self, () => gradient({ self, inputs: self.inputs, cotangent, attributes })) },
      simplify(self) { return simplify === undefined ? undefined : from(self, () => simplify({ self, inputs: self.inputs, attributes })) },
      cost(self) { return cost({ self, inputs: self.inputs, attributes }) },
      shard(placer, self, placed) { return shard(placer, { self, inputs: placed, attributes }) },
      lower: {
        reference(self, values) { return reference({ self, inputs: values, attributes }) },
        tensorflow(builder, self, values) { return tensorflow(builder, { self, inputs: values, attributes }) },
      },
    }
    return makeNode({ op, inputs, attributes, rules, ...shape(inputs, attributes) })
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
