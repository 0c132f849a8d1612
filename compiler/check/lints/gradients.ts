import type { Node } from '../../program/node.ts'
import { statePathOf } from '../../program/program.ts'
import type { Finding } from '../finding.ts'
import { ancestors, nodesOfOps, some, type Graph, type Graphs } from './graph.ts'
import { lintAt, lintAtDeclaration, modelLineOf, relatedAt } from './place.ts'

const isTap = (node: Node): boolean => node.op === 'tap'

/** Paths of the trained leaves that a differentiated value stands for. */
const parametersBehind = (tap: Node): readonly string[] =>
  [...ancestors(tap, node => node !== tap && isTap(node))].filter(node => node.attributes['kind'] === 'param').flatMap(node => statePathOf(node) ?? [])

/** Leaves that a step differentiates with respect to although the loss does not depend on them, with the place where it differentiates. */
const unreached = (graph: Graph): ReadonlyMap<string, Node> =>
  new Map(nodesOfOps(graph, ['noGradient']).flatMap(node => node.inputs.flatMap(parametersBehind).map(path => [path, node] as const)))

/** The name of a leaf in its part of the state: `text/layers/0/query/weight` for the student's and the teacher's. */
const nameOf = (node: Node): string => (statePathOf(node) ?? '').replace(/^[^/]*\//, '')

const declarationOf = ({ site }: Node): string => Object.values(modelLineOf(site)).join(':')

/** AX051: a parameter that a step trains, or that the state declares, although no gradient reaches it in any step. */
export const unreachedParameters = ({ traced, all, initialize, steps }: Graphs): readonly Finding[] => {
  const perStep = steps.map(graph => ({ graph, dead: unreached(graph), updated: new Set(graph.program.updates.map(({ name }) => name)) }))
  const read = new Set(all.filter(graph => graph !== initialize).flatMap(graph => nodesOfOps(graph, ['input']).filter(node => statePathOf(node) !== undefined)))
  const twins = new Map<string, Node[]>()
  for (const node of read) twins.set(nameOf(node), [...(twins.get(nameOf(node)) ?? []), node])
  let declarations: ReadonlySet<string> | undefined
  const isDeclaredBy = (line: string): boolean => (declarations ??= new Set([...read].map(declarationOf))).has(line)
  // A declaration that makes several parameters (a student's and its teacher's) is in use where one of them is: most often that of the same name.
  const isUsed = (node: Node): boolean => {
    if (read.has(node)) return true
    const line = declarationOf(node)
    return (twins.get(nameOf(node)) ?? []).some(twin => declarationOf(twin) === line) || isDeclaredBy(line)
  }
  return traced.state.flatMap(({ path, kind, node }): readonly Finding[] => {
    if (kind !== 'param' || steps.length === 0) return []
    if (!isUsed(node)) return [lintAtDeclaration('AX051', node, `no gradient reaches '${path}': no program uses it; use it, or take it out of the state`)]
    const dead = perStep.filter(step => step.dead.has(path))
    const trained = perStep.some(step => step.updated.has(path) && !step.dead.has(path))
    const names = dead.map(({ graph }) => `'${graph.program.name}'`).join(' and ')
    return dead.length === 0 || trained ? [] : [lintAtDeclaration('AX051', node, `no gradient reaches '${path}': the loss of ${names} does not depend on it, or only through stopGradient or whole numbers`)]
  })
}

/** A number behind `stopGradient` scales a target (a temperature does), it is no prediction. */
const isStoppedNumber = ({ op, axes }: Node): boolean => op === 'stopGradient' && Object.keys(axes).length === 0

/** What a node depends on among the values that are differentiated, whether or not a gradient flows. */
const tapsAbove = (node: Node): readonly Node[] => [...ancestors(node, each => isTap(each) || isStoppedNumber(each))].filter(isTap)

/**
 * AX052: a target that a loss compares with a prediction, where both are computed from the same parameters. Behind `stopGradient` too: the
 * student where the teacher belongs teaches itself, whether or not a gradient flows. And a target that is trained where the prediction is not.
 */
export const dependentTargets = ({ all }: Graphs): readonly Finding[] =>
  all.flatMap(graph =>
    nodesOfOps(graph, ['target']).flatMap((target): readonly Finding[] => {
      const [wanted, prediction] = target.inputs
      const own = wanted === undefined ? [] : tapsAbove(wanted)
      if (wanted === undefined || prediction === undefined || own.length === 0) return []
      const trained = new Set(tapsAbove(prediction))
      const paths = [...new Set(own.filter(tap => trained.size === 0 || trained.has(tap)).flatMap(parametersBehind))]
      if (paths.length === 0) return []
      const flows = [...ancestors(wanted, node => isTap(node) || node.op === 'stopGradient')].some(isTap)
      if (trained.size === 0) return flows ? [lintAt('AX052', target, `the target of this loss depends on the parameters that are trained (${some(paths)}), its prediction does not: swap them`, [relatedAt(prediction, 'the prediction is computed here')])] : []
      const sentence = `the target of this loss is computed from the parameters that the loss trains (${some(paths)})${flows ? ', and a gradient flows into it' : ''}: pass what the teacher computes`
      return [lintAt('AX052', target, sentence, [relatedAt(wanted, 'the target is computed here')])]
    }))
