import { aligned, T, tfTypes } from '../targets/tensorflow/builder.ts'
import { at, tabulate } from '../program/host.ts'
import { fail, unionAxes } from '../program/axes.ts'
import { axesOf, type Attributes, type DType, type Node } from '../program/node.ts'
import { free, noAttributes, nth, perElement, primitive, type Primitive, type Sample } from './primitive.ts'
import { constantOf, literal } from './source.ts'
import { sum } from './reduce.ts'
import { alone, bilinear, completely, linearly, together, type ShardRule } from './sharding.ts'
import { broadcastLike } from './structure.ts'

type None = Readonly<Record<string, never>>
type Elementwise = Primitive<None>

const x = { axes: { row: 3, column: 2 } } as const
const row = { axes: { row: 3 } } as const
const column = { axes: { column: 2 } } as const

/** A cotangent brought back to the axes of an operand that was broadcast. */
export const sumTo = (cotangent: Node, operand: Node): Node => {
  const extra = axesOf(cotangent).filter(axis => !(axis in operand.axes))
  return extra.length === 0 ? cotangent : sum([cotangent], { axes: extra })
}

interface Unary {
  readonly tensorflow: string
  readonly reference: (x: number) => number
  /** Cotangent of the operand. */
  readonly gradient: 'none' | ((operand: Node, result: Node, cotangent: Node) => Node)
  readonly range?: { readonly low: number; readonly high: number }
  readonly dtypes?: readonly DType[]
  /** On several devices; unless said, the operand is complete first. */
  readonly shard?: ShardRule<Attributes>
}

const unary = (op: string, rule: Unary): Elementwise => {
  const { gradient } = rule
  return primitive<None>({
    op,
    shape: inputs => {
      const operand = nth(inputs, 0)
      if (!(rule.dtypes ?? ['f32']).includes(operand.dtype)) fail('AX010', `${op} of a tensor of ${operand.dtype}: wanted ${(rule.dtypes ?? ['f32']).join(' or ')}`)
      return { axes: operand.axes, dtype: operand.dtype }
    },
    gradient: gradient === 'none' ? 'none' : ({ self, inputs, cotangent }) => [gradient(nth(inputs, 0), self, cotangent)],
    cost: perElement,
    shard: rule.shard ?? completely,
    reference: ({ self, inputs }) => tabulate(self.axes, self.dtype, index => rule.reference(at(nth(inputs, 0), index))),
    tensorflow: (builder, { self, inputs }) => {
      const operand = nth(inputs, 0)
      return builder.value(builder.op(rule.tensorflow, [operand.ref], rule.tensorflow === 'LogicalNot' ? {} : T(operand.dtype)), self, operand.order)
    },
    samples: [{ inputs: [{ ...x, ...(rule.dtypes?.includes('bool') ? { dtype: 'bool' as const } : {}), ...rule.range }], attributes: {} }],
  })
}

/** Abramowitz and Stegun's series are too coarse for a reference: a Taylor series near zero, a continued fraction beyond. */
const erfReference = (z: number): number => {
  const a = Math.abs(z)
  if (a > 6) return Math.sign(z)
  if (a < 2.5) {
    let term = a
    let total = a
    for (let n = 1; n < 80; n++) {
      term *= (-a * a) / n
      total += term / (2 * n + 1)
    }
    return (Math.sign(z) * 2 * total) / Math.sqrt(Math.PI)
  }
  let fraction = 0
  for (let n = 60; n > 0; n--) fraction = n / 2 / (a + fraction)
  return Math.sign(z) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + fraction)))
}

const positive = { low: 0.5, high: 2 }
export const neg = unary('neg', { tensorflow: 'Neg', reference: v => -v, gradient: (_x, _y, ct) => neg([ct], {}), dtypes: ['f32', 'i32'], shard: linearly(alone) })
export const exp = unary('exp', { tensorflow: 'Exp', reference: Math.exp, gradient: (_x, y, ct) => mul([ct, y], {}) })
export const log = unary('log', { tensorflow: 'Log', reference: Math.log, gradient: (operand, _y, ct) => div([ct, operand], {}), range: positive })
export const sqrt = unary('sqrt', { tensorflow: 'Sqrt', reference: Math.sqrt, gradient: (_x, y, ct) => mul([literalScalar(0.5), div([ct, y], {})], {}), range: positive })
export const rsqrt = unary('rsqrt', {
  tensorflow: 'Rsqrt',
  reference: v => 1 / Math.sqrt(v),
  gradient: (_x, y, ct) => mul([mul([literalScalar(-0.5), ct], {}), mul([y, mul([y, y], {})], {})], {}),
  range: positive,
})
export const tanh = unary('tanh', { tensorflow: 'Tanh', reference: Math.tanh, gradient: (_x, y, ct) => mul([ct, sub([literalScalar(1), mul([y, y], {})], {})], {}) })
export const erf = unary('erf', {
  tensorflow: 'Erf',
  reference: erfReference,
  gradient: (operand, _y, ct) => mul([ct, mul([literalScalar(2 / Math.sqrt(Math.PI)), exp([neg([mul([operand, operand], {})], {})], {})], {})], {}),
})
export const sin = unary('sin', { tensorflow: 'Sin', reference: Math.sin, gradient: (operand, _y, ct) => mul([ct, sin([add([operand, literalScalar(Math.PI / 2)], {})], {})], {}) })
export const floor = unary('floor', { tensorflow: 'Floor', reference: Math.floor, gradient: 'none' })
export const not = unary('not', { tensorflow: 'LogicalNot', reference: v => (v === 0 ? 1 : 0), gradient: 'none', dtypes: ['bool'] })

const literalScalar = (value: number): Node => literal([], { value, dtype: 'f32' })

interface Binary {
  readonly tensorflow: string
  readonly reference: (l: number, r: number) => number
  readonly gradient: 'none' | ((l: Node, r: Node, result: Node, cotangent: Node) => readonly [Node | undefined, Node | undefined])
  readonly result?: DType
  readonly dtypes: readonly DType[]
  readonly simplify?: (l: Node, r: Node) => Node | undefined
  /** On several devices; unless said, the operands are complete first. */
  readonly shard?: ShardRule<Attributes>
  readonly samples?: readonly Sample<None>[]
}

const numeric: readonly DType[] = ['f32', 'i32']

/** Element-wise with the union of both operands' axes; the language allows only nested sets, except for lifted axes. */
const binary = (op: string, rule: Binary): Elementwise => {
  const { gradient } = rule
  return primitive<None>({
    op,
    shape: inputs => {
      const [l, r] = [nth(inputs, 0), nth(inputs, 1)]
      if (l.dtype !== r.dtype) fail('AX010', `${op} of ${l.dtype} and ${r.dtype}: cast one of them`)
      if (!rule.dtypes.includes(l.dtype)) fail('AX010', `${op} of a tensor of ${l.dtype}: wanted ${rule.dtypes.join(' or ')}`)
      return { axes: unionAxes(op, inputs), dtype: rule.result ?? l.dtype }
    },
    gradient:
      gradient === 'none'
        ? 'none'
        : ({ self, inputs, cotangent }) => {
            const [l, r] = [nth(inputs, 0), nth(inputs, 1)]
            const [left, right] = self.dtype === 'f32' ? gradient(l, r, self, cotangent) : [undefined, undefined]
            return [left && sumTo(left, l), right && sumTo(right, r)]
          },
    simplify: ({ self, inputs }) => {
      const [l, r] = [nth(inputs, 0), nth(inputs, 1)]
      const simpler = rule.simplify?.(l, r)
      if (simpler !== undefined) return broadcastLike(simpler, self)
      // An explicit broadcast is wasted where the operation broadcasts by itself.
      const bare = bareIn(l, r)
      const other = bareIn(r, bare)
      return bare === l && other === r ? undefined : self.rules.rebuild([bare, other])
    },
    cost: perElement,
    shard: rule.shard ?? completely,
    reference: ({ self, inputs }) => tabulate(self.axes, self.dtype, index => rule.reference(at(nth(inputs, 0), index), at(nth(inputs, 1), index))),
    tensorflow: (builder, { self, inputs }) => {
      const { refs, order } = aligned(builder, inputs)
      return builder.value(builder.op(rule.tensorflow, refs, rule.tensorflow === 'LogicalAnd' ? {} : T(nth(inputs, 0).dtype)), self, order)
    },
    samples: rule.samples ?? [
      { inputs: [x, x], attributes: {} },
      { inputs: [x, row], attributes: {} },
      { inputs: [column, x], attributes: {} },
    ],
  })
}

/** An operand without its broadcast, where the other operand has every axis that the broadcast adds. */
const bareIn = (operand: Node, other: Node): Node => (operand.op === 'broadcast' && coveredBy(operand, other) ? nth(operand.inputs, 0) : operand)
const coveredBy = (wide: Node, other: Node): boolean => axesOf(wide).every(axis => axis in nth(wide.inputs, 0).axes || axis in other.axes)

const away = { low: 0.5, high: 2 }
const awayFromZero: readonly Sample<None>[] = [
  { inputs: [{ ...x, ...away }, { ...x, ...away }], attributes: {} },
  { inputs: [{ ...x, ...away }, { ...column, ...away }], attributes: {} },
]

const isZero = (node: Node): boolean => constantOf(node) === 0

export const add = binary('add', {
  tensorflow: 'AddV2',
  reference: (l, r) => l + r,
  gradient: (_l, _r, _y, ct) => [ct, ct],
  dtypes: numeric,
  simplify: (l, r) => (constantOf(r) === 0 ? l : constantOf(l) === 0 ? r : undefined),
  shard: linearly(together('all', isZero)),
})
export const sub = binary('sub', {
  tensorflow: 'Sub',
  reference: (l, r) => l - r,
  gradient: (_l, _r, _y, ct) => [ct, neg([ct], {})],
  dtypes: numeric,
  simplify: (l, r) => (constantOf(r) === 0 ? l : undefined),
  shard: linearly(together('all', isZero)),
})
export const mul = binary('mul', {
  tensorflow: 'Mul',
  reference: (l, r) => l * r,
  gradient: (l, r, _y, ct) => [mul([ct, r], {}), mul([ct, l], {})],
  dtypes: numeric,
  simplify: (l, r) => {
    if (constantOf(r) === 1) return l
    if (constantOf(l) === 1) return r
    const [a, b] = [constantOf(l), constantOf(r)]
    return a !== undefined && b !== undefined && l.dtype === 'f32' ? literal([], { value: Math.fround(a * b), dtype: 'f32' }) : undefined
  },
  shard: linearly(bilinear),
})
export const div = binary('div', {
  tensorflow: 'RealDiv',
  reference: (l, r) => l / r,
  gradient: (l, r, y, ct) => [div([ct, r], {}), neg([div([mul([ct, y], {}), r], {})], {})],
  dtypes: ['f32'],
  simplify: (l, r) => (constantOf(r) === 1 ? l : undefined),
  shard: linearly(together([0])),
  samples: awayFromZero,
})
/** The remainder with the sign of the divisor. */
export const mod = binary('mod', {
  tensorflow: 'FloorMod',
  reference: (l, r) => l - Math.floor(l / r) * r,
  gradient: (l, r, _y, ct) => [ct, neg([mul([ct, floor([div([l, r], {})], {})], {})], {})],
  dtypes: numeric,
  samples: [{ inputs: [{ ...x, low: 5.2, high: 5.8 }, { ...column, low: 2.1, high: 2.4 }], attributes: {} }],
})
/** The larger of two; the cotangent goes to the larger and is halved on a tie. */
export const max = binary('max', {
  tensorflow: 'Maximum',
  reference: Math.max,
  gradient: (l, r, _y, ct) => {
    const half = select([equal([l, r], {}), mul([literalScalar(0.5), ct], {}), literalScalar(0)], {})
    const part = (winner: Node, loser: Node) => add([half, select([less([loser, winner], {}), ct, literalScalar(0)], {})], {})
    return [part(l, r), part(r, l)]
  },
  dtypes: numeric,
})
export const pow = binary('pow', {
  tensorflow: 'Pow',
  reference: Math.pow,
  gradient: (l, r, y, ct) => [mul([ct, mul([r, pow([l, sub([r, literalScalar(1)], {})], {})], {})], {}), constantOf(r) === undefined ? mul([ct, mul([y, log([l], {})], {})], {}) : undefined],
  dtypes: ['f32'],
  samples: awayFromZero,
})
export const less = binary('less', { tensorflow: 'Less', reference: (l, r) => (l < r ? 1 : 0), gradient: 'none', dtypes: numeric, result: 'bool' })
export const equal = binary('equal', {
  tensorflow: 'Equal',
  reference: (l, r) => (l === r ? 1 : 0),
  gradient: 'none',
  dtypes: ['f32', 'i32', 'bool'],
  result: 'bool',
  samples: [
    { inputs: [{ ...x, dtype: 'i32', low: 0, high: 3 }, { ...x, dtype: 'i32', low: 0, high: 3 }], attributes: {} },
    { inputs: [{ ...x, dtype: 'bool' }, { ...column, dtype: 'bool' }], attributes: {} },
  ],
})
export const and = binary('and', {
  tensorflow: 'LogicalAnd',
  reference: (l, r) => (l !== 0 && r !== 0 ? 1 : 0),
  gradient: 'none',
  dtypes: ['bool'],
  samples: [{ inputs: [{ ...x, dtype: 'bool' }, { ...row, dtype: 'bool' }], attributes: {} }],
})

/** `condition ? x : y`, element by element; all three broadcast to the union of their axes. */
export const select: Primitive<None> = primitive<None>({
  op: 'select',
  shape: inputs => {
    const [condition, l, r] = [nth(inputs, 0), nth(inputs, 1), nth(inputs, 2)]
    if (l.dtype === 'key') fail('AX010', 'select between random keys: a key is only folded or drawn from')
    if (condition.dtype !== 'bool') fail('AX010', `select by a tensor of ${condition.dtype}: wanted bool`)
    if (l.dtype !== r.dtype) fail('AX010', `select between ${l.dtype} and ${r.dtype}: cast one of them`)
    return { axes: unionAxes('select', inputs), dtype: l.dtype }
  },
  gradient: ({ self, inputs, cotangent }) => {
    if (self.dtype !== 'f32') return []
    const [condition, l, r] = [nth(inputs, 0), nth(inputs, 1), nth(inputs, 2)]
    const zero = literalScalar(0)
    return [undefined, sumTo(select([condition, cotangent, zero], noAttributes), l), sumTo(select([condition, zero, cotangent], noAttributes), r)]
  },
  simplify: ({ self, inputs }) => {
    const bare = inputs.map((operand, i) => (i > 0 && operand.op === 'broadcast' && coveredBy(operand, nth(inputs, 0)) ? nth(operand.inputs, 0) : operand))
    return bare.every((operand, i) => operand === inputs[i]) ? undefined : self.rules.rebuild(bare)
  },
  cost: perElement,
  shard: linearly(together([1, 2], isZero)),
  reference: ({ self, inputs }) => tabulate(self.axes, self.dtype, index => (at(nth(inputs, 0), index) !== 0 ? at(nth(inputs, 1), index) : at(nth(inputs, 2), index))),
  tensorflow: (builder, { self, inputs }) => {
    const { refs, order } = aligned(builder, inputs)
    return builder.value(builder.op('SelectV2', refs, T(nth(inputs, 1).dtype)), self, order)
  },
  samples: [
    { inputs: [{ ...x, dtype: 'bool' }, x, x], attributes: {} },
    { inputs: [{ ...row, dtype: 'bool' }, x, column], attributes: {} },
  ],
})

const wholeTypes: readonly DType[] = ['i32', 'bool', 'u8']
const words = new Uint32Array(1)
const floats = new Float32Array(words.buffer)

/** The nearest number of eight significant bits, of two as near the even one: what a cast to bf16 keeps of an f32. */
const toBf16 = (value: number): number => {
  floats[0] = value
  const word = words[0] ?? 0
  if (Number.isFinite(value)) words[0] = (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000
  return floats[0] ?? Number.NaN
}

const roundTo = (dtype: DType, value: number): number =>
  dtype === 'bool' ? (value === 0 ? 0 : 1) : dtype === 'f32' ? value : dtype === 'bf16' ? toBf16(value) : Math.trunc(value)

/** Another element type; f32 to i32 cuts towards zero. */
export const cast: Primitive<{ readonly dtype: 'f32' | 'i32' | 'bool' | 'u8' | 'bf16' }> = primitive<{ readonly dtype: 'f32' | 'i32' | 'bool' | 'u8' | 'bf16' }>({
  op: 'cast',
  shape: (inputs, { dtype }) => {
    if (nth(inputs, 0).dtype === 'key') fail('AX010', 'cast of a random key: a key is only folded or drawn from')
    return { axes: nth(inputs, 0).axes, dtype }
  },
  gradient: ({ self, inputs, cotangent }) => [nth(inputs, 0).dtype === 'f32' && !wholeTypes.includes(self.dtype) ? cotangent : undefined],
  simplify: ({ self, inputs }) => (nth(inputs, 0).dtype === self.dtype ? nth(inputs, 0) : undefined),
  cost: free,
  shard: completely,
  reference: ({ self, inputs, attributes }) => tabulate(self.axes, attributes.dtype, index => roundTo(attributes.dtype, at(nth(inputs, 0), index))),
  tensorflow: (builder, { self, inputs, attributes }) => {
    const operand = nth(inputs, 0)
    const attrs = { SrcT: { type: tfTypes[operand.dtype] }, DstT: { type: tfTypes[attributes.dtype] }, Truncate: { b: false } } as const
    return builder.value(builder.op('Cast', [operand.ref], attrs), self, operand.order)
  },
  samples: [
    { inputs: [{ ...x, dtype: 'bool' }], attributes: { dtype: 'f32' } },
    { inputs: [{ ...x, low: -3, high: 3 }], attributes: { dtype: 'i32' } },
    { inputs: [x], attributes: { dtype: 'f32' } },
  ],
})
