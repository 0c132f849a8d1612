import type { Report } from '../judge.ts'
import { compare, summary, tolerance, type Comparison } from '../compare.ts'
import type { Arrays, Noise } from '../replay.ts'
import type { RecordedTask, Tensors } from './folder.ts'
import type { TaskReplay } from './replay.ts'
import { compareRecalls } from './recalls.ts'
import type { TaskParity } from './task.ts'

type RecordedNoise = RecordedTask['config']['noise']

const compareAll = (found: Arrays, recorded: Tensors, measured: Noise, known: RecordedNoise): readonly Comparison[] =>
  [...recorded].map(([name, { data, dtype }]) => compare(name, found.get(name), data, dtype === 'f32' ? tolerance(data, known?.[name]?.[0] ?? measured.get(name)) : 0))

const only = (recorded: Tensors, names: ReadonlySet<string>): Tensors => new Map([...recorded].filter(([name]) => names.has(name)))

/** Files of gradients that were recorded: with the teacher, without it, or both; where there is none, that is out. Recorded noise is that of the first. */
const gradientsOf = (recorded: RecordedTask, task: TaskParity, replay: TaskReplay) => {
  const files = Object.keys(task.gradients)
  const [first] = files
  const given = files.filter(file => file in recorded.others)
  return (given.length === 0 ? files.slice(0, 1) : given)
    .map(file => summary(file, compareAll(replay.gradients[file] ?? new Map(), recorded.others[file] ?? new Map(), replay.noise.gradients[file] ?? new Map(), file === first ? recorded.config.noise_grads : undefined)))
}

/** Compares everything that was recorded of a task with a replay of it. */
export const judgeTask = (recorded: RecordedTask, task: TaskParity, replay: TaskReplay): Report => {
  const { outputs, metrics, after, noise } = replay
  const found = new Set(outputs.keys())
  const losses = only(recorded.outputs, new Set(metrics.keys()))
  const afterwards = recorded.others[task.step?.after ?? ''] ?? new Map()
  return {
    groups: [
      summary('outputs', compareAll(outputs, only(recorded.outputs, found), noise.outputs, recorded.config.noise)),
      ...(recorded.config.metrics === undefined ? [] : [summary('metrics', compareRecalls(recorded, outputs))]),
      ...gradientsOf(recorded, task, replay),
      ...(metrics.size === 0 ? [] : [summary('losses of the step', compareAll(metrics, losses, noise.metrics, undefined))]),
      ...(task.step?.after === undefined ? [] : [summary(`${task.step.after}, after the step`, compareAll(after, afterwards, noise.after, undefined))]),
    ],
    draws: [],
    skipped: [...recorded.outputs.keys()].filter(name => !found.has(name)),
    normsSkipped: [],
    measured: recorded.config.noise === undefined ? [...recorded.outputs.keys()].filter(name => found.has(name)).length : 0,
  }
}
