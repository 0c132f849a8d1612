// Lints and places that are read off the source with TypeScript.
import { ts } from 'ts-morph'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Finding, Span } from '../../../../compiler/check/finding.ts'
import { conditionFindings, wholeExpressions } from '../../../../compiler/check/lints/index.ts'

const folder = fileURLToPath(new URL('../../../../', import.meta.url))
const name = `${folder}models/made-up.ts`

const programOf = (text: string): ts.Program => {
  const options: ts.CompilerOptions = { strict: true, noEmit: true, allowImportingTsExtensions: true, skipLibCheck: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, types: [] }
  const host = ts.createCompilerHost(options)
  return ts.createProgram([name], options, {
    ...host,
    fileExists: file => file === name || host.fileExists(file),
    readFile: file => (file === name ? text : host.readFile(file)),
    getSourceFile: (file, language) => (file === name ? ts.createSourceFile(file, text, language, true) : host.getSourceFile(file, language)),
  })
}

const cut = (text: string, { line, column, endLine, endColumn }: Span): string => {
  const lines = text.split('\n')
  if (line !== endLine) return `${lines[line - 1]?.slice(column - 1) ?? ''} … ${lines[(endLine ?? line) - 1]?.slice(0, (endColumn ?? 1) - 1) ?? ''}`
  return lines[line - 1]?.slice(column - 1, (endColumn ?? 1) - 1) ?? ''
}

test('a tensor as a condition, or compared as an object, is found exactly; asking whether one is there is not', () => {
  const text = [
    "import { add, less, type Key, type Tensor } from '../compiler/language/index.ts'",
    "export const f = (x: Tensor<'a'>, y: Tensor<'a'>, maybe: Tensor<'a'> | undefined, key: Key, n: number) => {",
    "  if (less(x, 0)) return add(x, 1)",
    "  while (!x) n++",
    "  const z = x ? y : x",
    "  const both = x && y",
    "  const same = x === y || key !== key",
    "  const larger = x > y",
    "  const signs = [-x, +y, -n]",
    "  const fine = maybe === undefined ? x : maybe",
    "  const here = maybe ? maybe : n > 0 ? x : y",
    "  return [z, both, same, larger, signs, fine, here, !maybe, n === 1]",
    "}",
  ].join('\n')
  const program = programOf(text)
  const found = conditionFindings(ts, program, [name])
  assert.equal(found.map(({ code, span }) => `${code} ${cut(text, span)}`), ['AX059 less(x, 0)', 'AX059 x', 'AX059 x', 'AX059 x', 'AX059 x === y', 'AX059 key !== key', 'AX059 x > y', 'AX046 -x', 'AX046 +y'])
  assert.match(found[5]?.sentence ?? '', /^'!==' compares objects, not elements: say not\(equal\)/)
})

test('a point becomes the call that stands there, from its first letter to its bracket; a target becomes its argument', () => {
  const text = ["const a = u.rsqrt(u.add(x, 1))", "const b = crossEntropy('word', scores,", "  softmax('word', other))", "const c = plain"].join('\n')
  const at = (line: number, column: number, code = 'AX056'): Finding => ({ kind: 'lint', code, span: { file: name, line, column }, sentence: '', related: [] })
  const widened = (finding: Finding): string => wholeExpressions(ts, [finding], file => (file === name ? text : undefined)).map(({ span }) => (span.endLine === undefined ? 'a point' : cut(text, span))).join()
  assert.is(widened(at(1, 13)), 'u.rsqrt(u.add(x, 1))')
  assert.is(widened(at(1, 21)), 'u.add(x, 1)')
  assert.is(widened(at(2, 11)), "crossEntropy('word', scores, …   softmax('word', other))")
  assert.is(widened(at(2, 11, 'AX052')), "softmax('word', other)")
  assert.is(widened(at(4, 11)), 'a point')
  assert.is(widened(at(9, 1)), 'a point')
})
test.run()
