// Single lines of code and what is said about each: what the files of rejected code do not show, and what is passed on.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { covered, findingsIn, programOf } from './project.ts'

const prelude = `import { add, argmax, concat, dot, erase, input, mean, mul, normal, param, rename, softmax, stack, sum, type Key, type Of, type Tensor } from '../../../compiler/language/index.ts'
declare const x: Tensor<'token' | 'hidden'>
declare const m: Tensor<'token'>
declare const key: Key
declare const declared: { readonly weight: Tensor<'hidden'>; readonly bias: Tensor }
declare const f: (a: Tensor<'a'>) => Tensor<'a'>
const ours = { weight: param({ hidden: 3 }, normal(1)) }
interface Leaves { readonly w: Tensor<'a'> }
export { add, argmax, concat, dot, erase, input, mean, mul, rename, softmax, stack, sum, x, m, key, declared, f, ours }
export type { Key, Of, Leaves }
`

/** A line, the code and the stretch it must be reported with, and the sentence. */
const lines: readonly (readonly [line: string, code: string, at: string, sentence: string])[] = [
  // Operators and properties, out of habit.
  ['export const y = x * 2', 'AX046', 'x * 2', "'*' is no operation on tensors: x has 'token' 'hidden'; say mul(x, 2)"],
  ['export const y = 2 + x', 'AX046', '2 + x', "'+' is no operation on tensors: x has 'token' 'hidden'; say add(x, 2)"],
  ['export const y = x - m', 'AX046', 'x - m', "'-' is no operation on tensors: x has 'token' 'hidden', m has 'token'; say sub(x, m)"],
  ['export const y = x.shape', 'AX047', 'shape', "a tensor has no property 'shape'; sizeAlong(axis, x) gives a size"],
  ['export const y = x.reshape(3)', 'AX047', 'reshape', "a tensor has no property 'reshape'; unflatten, flatten and rename take its place"],
  ['export const y = x.mean(3)', 'AX047', 'mean', "a tensor has no property 'mean'; operations are functions: mean(…)"],
  ['export const y = x[0]', 'AX047', 'x[0]', "a tensor is not indexed: x has 'token' 'hidden'; at(axis, 0, x) takes one position of an axis, slice several, gather those of a tensor"],
  ["export const y = x['shape']", 'AX047', "x['shape']", "a tensor has no property 'shape'; sizeAlong(axis, x) gives a size"],
  ['export const y = [...m]', 'AX047', 'm', "a tensor is no list: m has 'token'; vmap(axis, f)(m) does something to each position of an axis, at(axis, 0, m) takes one"],
  ['for (const row of m) void row', 'AX047', 'm', "a tensor is no list: m has 'token'; vmap(axis, f)(m) does something to each position of an axis, at(axis, 0, m) takes one"],
  ['export const [y] = m', 'AX047', 'm', "a tensor is no list: m has 'token'; vmap(axis, f)(m) does something to each position of an axis, at(axis, 0, m) takes one"],
  ['let y = m\ny++\nexport { y }', 'AX046', 'y++', "'++' is no operation on tensors: y has 'token'; say add(y, 1)"],
  // Arguments in other orders, or missing.
  ['export const y = mean(x)', 'AX048', 'mean(x)', 'mean takes axes, x; here one is given'],
  ["export const y = mean(x, 'token')", 'AX043', 'x', "mean wants the name of an axis for axes, but x has 'token' 'hidden'"],
  ["export const y = add(x, 'hello')", 'AX043', "'hello'", "add wants a tensor for r, but 'hello' is a name"],
  ["export const y = dot('hidden', [1, 2], x)", 'AX012', '[1, 2]', 'dot wants a tensor, but [1, 2] is a list'],
  ['export const y = mul(x, key)', 'AX010', 'key', 'mul: key is a random key, wanted a tensor; draw from it, for example with uniform'],
  ["export const y = rename(x, { token: 'hidden', hidden: 'hidden' })", 'AX003', "{ token: 'hidden', hidden: 'hidden' }", "rename: two axes would be called 'hidden'"],
  // What is declared, promised, assigned.
  ["export const y: Tensor<'token'> = x", 'AX041', 'x', "y gets 'token' 'hidden', but is declared with 'token'"],
  ['export const y: { readonly loss: Tensor } = { loss: m }', 'AX041', 'm', "y gets 'token' at 'loss', but is declared with a tensor without axes"],
  ["let y: Tensor<'a'>\ny = m\nexport { y }", 'AX041', 'm', "y gets 'token', but is declared with 'a'"],
  ["export class C { readonly t: Tensor<'a'> = m }", 'AX041', 'm', "t gets 'token', but is declared with 'a'"],
  ["export const y = (t: Tensor<'a'> = m) => t", 'AX041', 'm', "t gets 'token', but is declared with 'a'"],
  ["export const y = x satisfies Tensor<'token'>", 'AX041', 'x', "x gets 'token' 'hidden', but is declared with 'token'"],
  ["export const y = async (): Promise<Tensor<'a'>> => m", 'AX041', 'm', "y returns 'token', but promises 'a'"],
  ["export const y = (c: boolean) => f(c ? rename(m, { token: 'a' }) : m)", 'AX041', 'm', "f wants 'a' for a, but m has 'token'"],
  ['export const y: Leaves = { v: m }', 'AX045', 'v', "nothing called 'v' is declared here: there is w"],
  ['export const y = (p: Of<typeof ours>) => p.wieght', 'AX045', 'wieght', "nothing called 'wieght' is declared: p has weight; did you mean weight?"],
  ["export const y = (t: Tensor<'a', 'f16'>) => t", 'AX044', "'f16'", "'f16' is no element type here: there are f32, i32, bool, u8"],
  ["export const y: Tensor<'token', 'i32'> = m", 'AX010', 'm', 'y gets elements of f32, but is declared with i32'],
  // A function that is generic in its axes.
  ["export const y = <L extends string>(z: Tensor<L>) => mean('token', z)", 'AX049', 'z', 'z has L: this function is generic in its axes, so its body cannot be checked here; give it one typed overload over an untyped body'],
  // Passed on.
  ["export const y: number = 'a'", 'TS2322', 'y', "Type 'string' is not assignable to type 'number'."],
  ['export const y = nope(x)', 'TS2304', 'nope', "Cannot find name 'nope'."],
  ["export const y = Math.max('a')", 'TS2345', "'a'", "Argument of type 'string' is not assignable to parameter of type 'number'."],
  ['export const y = ;', 'TS1109', ';', 'Expression expected.'],
]

const name = (i: number): string => `line-${i}.ts`
const texts = new Map(lines.map(([line], i) => [name(i), `${prelude}${line}\n`]))
const program = programOf(texts)

lines.forEach(([line, code, at, sentence], i) => {
  test(line, () => {
    const text = texts.get(name(i)) ?? ''
    assert.equal(findingsIn(program, name(i)).map(finding => [finding.kind, finding.code, covered(text, finding), finding.sentence]), [[code.startsWith('TS') ? 'typescript' : 'type', code, at, sentence]])
  })
})

test('what nobody can classify keeps the essential of its message, at its place', () => {
  const text = `${prelude}export const y = (z: (t: Tensor<'a'>) => void) => z\ny((t: Tensor<'b'>) => t)\n`
  const [finding] = findingsIn(programOf(new Map([['odd.ts', text]])), 'odd.ts')
  assert.ok(finding)
  assert.is(finding.kind, 'type')
  assert.is(covered(text, finding), "(t: Tensor<'b'>) => t")
  assert.match(finding.sentence, /Tensor<'b'>/)
})

test.run()
