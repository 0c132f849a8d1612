import type { Traced } from '../../language/compile.ts'
import type { Finding } from '../finding.ts'
import { collectivesInLayers } from './collectives.ts'
import { misweighted } from './distributions.ts'
import { dependentTargets, unreachedParameters } from './gradients.ts'
import { graphsOf, type Graphs } from './graph.ts'
import { rangesIn, type RangesIn } from './induction.ts'
import { unusedInputs } from './inputs.ts'
import { reusedKeys, unchangingKeys } from './keys.ts'
import { unusedNames } from './names.ts'
import { shortReductions } from './precision.ts'
import { unguarded } from './zero.ts'

export { lints } from './codes.ts'
export { conditionFindings } from './conditions.ts'
export { wholeExpressions } from './expressions.ts'
export { settle, type ReadSource, type Settling } from './explanations.ts'

const rules: readonly ((graphs: Graphs, rangesIn: RangesIn) => readonly Finding[])[] = [unreachedParameters, dependentTargets, reusedKeys, unchangingKeys, unusedInputs, unguarded, shortReductions, unusedNames, misweighted]

/** What one expression is told once: layers are many, lines are few. */
const oncePerExpression = (findings: readonly Finding[]): readonly Finding[] => {
  const seen = new Map<string, Finding>()
  for (const finding of findings) {
    const { code, span: { file, line, column } } = finding
    // Two parameters declared by one line are two findings; an operation in many layers is one.
    const key = [code, file, line, column, code === 'AX051' || code === 'AX055' ? finding.sentence : ''].join('|')
    if (!seen.has(key)) seen.set(key, finding)
  }
  return [...seen.values()]
}

/** What exchanges between devices are found in the programs of one device: in `trace`, where the definition has a mesh. */
export const collectiveFindings = (traced: Traced): readonly Finding[] => oncePerExpression(collectivesInLayers(graphsOf(traced)))

/** As `lintFindings`, for whoever asks more than once: what takes long is done the first time. */
export const openLints = (traced: Traced): (() => readonly Finding[]) => {
  const graphs = graphsOf(traced)
  const ranges = rangesIn(graphs)
  return () => oncePerExpression(rules.flatMap(rule => rule(graphs, ranges)))
}

/**
 * What only a reader of whole programs can see, in a trace as written (`traceAsWritten`), explained in the source or not: pass the findings
 * of all configurations through `settle` at the end. No backend, no array.
 */
export const lintFindings = (traced: Traced): readonly Finding[] => openLints(traced)()
