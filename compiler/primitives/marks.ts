import { nodeOfRef, T } from '../targets/tensorflow/builder.ts'
import { tabulate } from '../program/host.ts'
import { sizeOf } from '../program/node.ts'
import { free, nth, primitive, type Primitive } from './primitive.ts'
import { literal } from './source.ts'
import { broadcastLike } from './structure.ts'

const x = { axes: { row: 4, column: 3 } } as const

/** The identity on values and the end of every derivative. */
export const stopGradient: Primitive<Readonly<Record<string, never>>> = primitive<Readonly<Record<string, never>>>({
  op: 'stopGradient',
  shape: inputs => ({ axes: nth(inputs, 0).axes, dtype: nth(inputs, 0).dtype }),
  gradient: 'none',
  simplify: ({ inputs }) => nth(inputs, 0),
  cost: free,
  shard: (_placer, { inputs }) => nth(inputs, 0),
  reference: ({ inputs }) => nth(inputs, 0),
  tensorflow: (_builder, { inputs }) => nth(inputs, 0),
  samples: [{ inputs: [x], attributes: {} }],
})

/** The identity: what `valueAndGrad` differentiates with respect to, so that other uses of the same value do not count. */
export const tap: Primitive<Readonly<Record<string, never>>> = primitive<Readonly<Record<string, never>>>({
  op: 'tap',
  shape: inputs => ({ axes: nth(inputs, 0).axes, dtype: nth(inputs, 0).dtype }),
  gradient: ({ cotangent }) => [cotangent],
  simplify: ({ inputs }) => nth(inputs, 0),
  cost: free,
  shard: (_placer, { inputs }) => nth(inputs, 0),
  reference: ({ inputs }) => nth(inputs, 0),
  tensorflow: (_builder, { inputs }) => nth(inputs, 0),
  samples: [{ inputs: [x], attributes: {} }],
})

/** The first input, marked as what a loss wants the second to be: a checker asks whether both are computed from the same parameters. */
export const target: Primitive<Readonly<Record<string, never>>> = primitive<Readonly<Record<string, never>>>({
  op: 'target',
  shape: inputs => ({ axes: nth(inputs, 0).axes, dtype: nth(inputs, 0).dtype }),
  gradient: ({ cotangent }) => [cotangent, undefined],
  simplify: ({ inputs }) => nth(inputs, 0),
  cost: free,
  shard: (_placer, { inputs }) => nth(inputs, 0),
  reference: ({ inputs }) => nth(inputs, 0),
  tensorflow: (_builder, { inputs }) => nth(inputs, 0),
  samples: [{ inputs: [x, x], attributes: {} }],
})

/** Zeros shaped as the input: the gradient with respect to something that the loss does not depend on. */
export const noGradient: Primitive<Readonly<Record<string, never>>> = primitive<Readonly<Record<string, never>>>({
  op: 'noGradient',
  shape: inputs => ({ axes: nth(inputs, 0).axes, dtype: 'f32' }),
  gradient: 'none',
  simplify: ({ self }) => broadcastLike(literal([], { value: 0, dtype: 'f32' }), self),
  cost: free,
  shard: (_placer, { self, inputs }) => ({ node: self.rules.rebuild([nth(inputs, 0).node]), partial: [] }),
  reference: ({ self }) => tabulate(self.axes, 'f32', () => 0),
  tensorflow: (builder, { self, inputs }) => {
    const { order } = nth(inputs, 0)
    const shape = builder.ints(order.map(axis => sizeOf(self, axis)))
    return builder.value(builder.op('BroadcastTo', [builder.scalar(0, 'f32'), shape], { ...T('f32'), Tidx: { type: 'i32' } }), self, order)
  },
  samples: [{ inputs: [x], attributes: {} }],
})

/** The first input, once the second has been made: where a schedule says when to start. */
export const after: Primitive<Readonly<Record<string, never>>> = primitive<Readonly<Record<string, never>>>({
  op: 'after',
  shape: inputs => ({ axes: nth(inputs, 0).axes, dtype: nth(inputs, 0).dtype }),
  gradient: ({ cotangent }) => [cotangent, undefined],
  cost: free,
  shard: (_placer, { self, inputs }) => ({ node: self.rules.rebuild([nth(inputs, 0).node, nth(inputs, 1).node]), partial: nth(inputs, 0).partial }),
  reference: ({ inputs }) => nth(inputs, 0),
  tensorflow: (builder, { inputs }) => {
    const [value, trigger] = [nth(inputs, 0), nth(inputs, 1)]
    const { ref } = value
    return { ...value, ref: builder.op('Identity', [ref, `^${nodeOfRef(trigger.ref)}`], T(value.dtype)) }
  },
  samples: [{ inputs: [x, x], attributes: {} }],
})
