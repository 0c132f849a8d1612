import type { Node } from '../../program/node.ts'
import { inOrder, reached } from '../../program/program.ts'
import type { Graph, Graphs } from './graph.ts'
import { anything, equalRanges, join, type Range } from './range.ts'
import { rangesOf, type RangeOf } from './ranges.ts'

/** A bound that has moved goes on to the next of a few numbers, so that the search ends: a counter is anything from zero. */
const widened = (before: Range, after: Range): Range => ({
  low: after.low >= before.low ? before.low : after.low >= 1 ? 1 : after.low >= 0 ? 0 : Number.NEGATIVE_INFINITY,
  high: after.high <= before.high ? before.high : after.high <= 0 ? 0 : after.high <= 1 ? 1 : Number.POSITIVE_INFINITY,
  whole: before.whole && after.whole,
})

/** What values are computed from, inputs before their users; cotangents and whatever is behind them are left out. */
const forwardPartOf = (roots: readonly Node[]): readonly Node[] => inOrder(reached(roots, node => !node.backward))

/**
 * What the buffers of the state can hold, by induction: their first values, and whatever the steps make of values within the ranges found so
 * far, until nothing is added. Whole numbers are taken not to overflow. Of leaves that no step writes nothing is known (their first value is
 * the host's to replace), nor of parameters, which may come from a file.
 */
const stateRanges = ({ traced, initialize, steps }: Graphs, firsts: RangeOf | undefined): ReadonlyMap<Node, Range> => {
  const first = new Map(initialize?.program.updates.map(({ name, node }) => [name, firsts?.(node) ?? anything]))
  const written = new Set(steps.flatMap(({ program }) => program.updates.map(({ name }) => name)))
  const leaves = traced.state.filter(({ path, kind, dtype }) => kind === 'buffer' && dtype !== 'key' && written.has(path))
  const updates = steps.map(({ program }) => new Map(program.updates.map(({ name, node }) => [name, node])))
  // Of a step only what the leaves are computed from: cotangents can be anything.
  const parts = updates.map(each => forwardPartOf(leaves.flatMap(({ path }) => each.get(path) ?? [])))
  let ranges: readonly RangeOf[] = []
  let known = new Map(leaves.map(({ path, node }) => [node, first.get(path) ?? anything]))
  for (let changed = true; changed; ) {
    changed = false
    ranges = parts.map((nodes, i) => rangesOf(nodes, known, ranges[i]))
    const after = ranges.map((rangeOf, i) => ({ rangeOf, updates: updates[i] ?? new Map<string, Node>() }))
    known = new Map(leaves.map(({ path, node }) => {
      const before = known.get(node) ?? anything
      const reached = after.reduce((all, { rangeOf, updates }) => {
        const next = updates.get(path)
        return next === undefined ? all : join(all, rangeOf(next))
      }, before)
      const next = widened(before, reached)
      if (equalRanges(before, next)) return [node, before]
      changed = true
      return [node, next]
    }))
  }
  return known
}

/** The ranges of a program's nodes. */
export type RangesIn = (graph: Graph) => RangeOf

/** The ranges in every program, with what is known of the state. */
export const rangesIn = (graphs: Graphs): RangesIn => {
  const { initialize } = graphs
  const firsts = initialize === undefined ? undefined : rangesOf(initialize.nodes, new Map())
  const known = stateRanges(graphs, firsts)
  const found = new Map(graphs.all.map(graph => [graph, graph === initialize && firsts !== undefined ? firsts : rangesOf(graph.nodes, known)]))
  return graph => found.get(graph) ?? rangesOf(graph.nodes, known)
}
