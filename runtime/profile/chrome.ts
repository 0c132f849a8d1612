import { lineOf } from '../../compiler/check/cost/place.ts'
import type { Event } from './attribute.ts'

/** A traced step: what ran in it. */
export type Step = readonly Event[]

const shortDevice = (device: string): string => device.replace(/^.*\/device:/, '')

/** Events that do not overlap share a lane: TensorFlow does not say which thread an operation of the processor ran on. */
const lanes = () => {
  const ends: number[] = []
  return ({ execution: { start, end } }: Event): number => {
    const free = ends.findIndex(each => each <= start)
    const lane = free < 0 ? ends.length : free
    ends[lane] = end
    return lane
  }
}

type Json = Readonly<Record<string, unknown>>

const eventJson = (event: Event, process: number, lane: number, from: number): Json => {
  const { execution: { name, start, end }, kind, node } = event
  const place = node === undefined ? {} : { line: lineOf(node), scope: node.scope, op: node.op, backward: node.backward, axes: node.axes }
  return { ph: 'X', name: node === undefined ? kind : `${node.op}${node.backward ? "'" : ''} (${kind})`, cat: kind, pid: process, tid: lane, ts: Number((start - from).toFixed(3)), dur: Number((end - start).toFixed(3)), args: { name, ...place } }
}

/**
 * Steps in the trace event format that Perfetto (ui.perfetto.dev) and chrome://tracing read, one event a line: a process a device, a lane for
 * as many operations as run at once, the first for calls.
 */
export const chromeTrace = (title: string, steps: readonly Step[]): string => {
  const all = steps.flat()
  const from = all.reduce((least, { execution: { start } }) => Math.min(least, start), Number.POSITIVE_INFINITY)
  const devices = [...new Set(all.map(({ device }) => device))]
  const events = devices.flatMap((device, process): readonly Json[] => {
    const laneOf = lanes()
    const own = all.filter(event => event.device === device).sort((a, b) => a.execution.start - b.execution.start)
    const found = own.map(event => eventJson(event, process, event.isCall ? 0 : 1 + laneOf(event), from))
    const used = [...new Set(found.map(({ tid }) => Number(tid)))].sort((a, b) => a - b)
    return [
      { ph: 'M', name: 'process_name', pid: process, args: { name: `${title} on ${shortDevice(device)}` } },
      ...used.map(lane => ({ ph: 'M', name: 'thread_name', pid: process, tid: lane, args: { name: lane === 0 ? 'calls' : `operations ${lane}` } })),
      ...found,
    ]
  })
  return `{"displayTimeUnit":"ms","traceEvents":[\n${events.map(event => JSON.stringify(event)).join(',\n')}\n]}\n`
}
