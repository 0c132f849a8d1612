import { relative } from 'node:path'
import * as assert from 'uvu/assert'
import type { Finding, Span } from '../../../../compiler/check/finding.ts'
import { lintFindings } from '../../../../compiler/check/lints/index.ts'
import { traceAsWritten } from '../../../../compiler/language/compile.ts'
import { erase, evaluation, input, type Definition, type Of, type Tensor } from '../../../../compiler/language/index.ts'
import { placesIn } from '../../language/support.ts'

/** What the lints find in a definition, of one number where it is given. */
export const found = <S, B, M>(definition: Definition<S, B, M>, code?: string): readonly Finding[] => lintFindings(traceAsWritten(erase(definition))).filter(finding => code === undefined || finding.code === code)

const row = { x: input({ batch: 4, hidden: 3 }) }
type Row = Of<typeof row>

/** What the lints find in a program that computes this of a batch of rows. */
export const foundIn = (run: (x: Tensor<'batch' | 'hidden'>) => unknown, code?: string): readonly Finding[] =>
  found({ state: {}, batch: row, step: () => [{}, {}] as const, evaluate: { run: evaluation({}, row, (_state, { x }: Row) => ({ y: run(x), x })) } }, code).filter(({ sentence }) => !sentence.includes('the step'))

const placeOf = ({ file, line }: Span): string => `${relative(process.cwd(), file)}:${line}:`

/** The findings stand on exactly the lines of a test file that end in these names, in this order. */
export const standAt = (url: string) => {
  const place = placesIn(url)
  return (findings: readonly Finding[], ...names: readonly string[]): void => assert.equal(findings.map(({ span }) => placeOf(span)), names.map(place), findings.map(({ sentence }) => sentence).join('\n'))
}
