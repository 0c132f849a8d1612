import { messageOf, numberOf, readFields, textOf } from '../../compiler/targets/tensorflow/protobuf-read.ts'

/** One execution of an operation, in microseconds since 1970. */
export interface Execution {
  readonly name: string
  /** `name = Kind(operands)`, as TensorFlow labels it. */
  readonly label: string
  readonly start: number
  readonly end: number
  readonly thread: number
}

/** What ran on one device, by TensorFlow's name for it. */
export interface DeviceTrace {
  readonly device: string
  readonly executions: readonly Execution[]
  readonly threads: ReadonlyMap<number, string>
}

/** NodeExecStats: nanoseconds where they are given, else microseconds; the kernel's own time, without what the executor does around it. */
const executionOf = (bytes: Uint8Array): Execution => {
  let [name, label, thread] = ['', '', 0]
  const times = new Map<number, number>()
  for (const each of readFields(bytes)) {
    if (each.field === 1) name = textOf(each)
    else if (each.field === 8) label = textOf(each)
    else if (each.field === 10) thread = numberOf(each)
    else if (typeof each.value === 'number') times.set(each.field, each.value)
  }
  const at = (nanos: number, micros: number): number => (times.has(nanos) ? (times.get(nanos) ?? 0) / 1000 : (times.get(micros) ?? 0))
  const all = at(13, 2)
  return { name, label, thread, start: all + at(14, 3), end: all + at(15, 4) }
}

const threadOf = (bytes: Uint8Array): readonly [number, string] => {
  let [id, name] = [0, '']
  for (const each of readFields(bytes)) {
    if (each.field === 1) id = numberOf(each)
    else if (each.field === 2) name = textOf(each)
  }
  return [id, name]
}

const deviceOf = (bytes: Uint8Array): DeviceTrace => {
  let device = ''
  const executions: Execution[] = []
  const threads = new Map<number, string>()
  for (const each of readFields(bytes)) {
    if (each.field === 1) device = textOf(each)
    else if (each.field === 2) executions.push(executionOf(messageOf(each)))
    else if (each.field === 3) threads.set(...threadOf(messageOf(each)))
  }
  return { device, executions, threads }
}

/** The devices of a RunMetadata (tensorflow/core/protobuf/config.proto; StepStats in tensorflow/core/framework/step_stats.proto). */
export const devicesOf = (metadata: Uint8Array): readonly DeviceTrace[] =>
  [...readFields(metadata)].filter(({ field }) => field === 1).flatMap(stats => [...readFields(messageOf(stats))].filter(({ field }) => field === 1).map(each => deviceOf(messageOf(each))))
