import type { ArraySpec } from '../../compiler/targets/artifact.ts'
import type { HostArray } from '../backends/backend.ts'

export type Axes = ArraySpec['axes']

const sizeOf = (axes: Axes): number => axes.reduce((product, { size }) => product * size, 1)

/** Where each element of an array in another order of its axes is found. */
const sources = (axes: Axes, order: readonly string[]): Int32Array => {
  const strides = new Map<string, number>()
  let stride = 1
  for (const { name, size } of [...axes].reverse()) {
    strides.set(name, stride)
    stride *= size
  }
  const sizes = order.map(name => axes.find(axis => axis.name === name)?.size ?? 1)
  let places = Int32Array.of(0)
  order.forEach((name, i) => {
    const [size, step] = [sizes[i] ?? 1, strides.get(name) ?? 0]
    const next = new Int32Array(places.length * size)
    for (let p = 0; p < places.length; p++) for (let k = 0; k < size; k++) next[p * size + k] = (places[p] ?? 0) + k * step
    places = next
  })
  return places
}

const pick = (data: HostArray, places: Int32Array): HostArray => {
  const out = data instanceof Float32Array ? new Float32Array(places.length) : data instanceof Int32Array ? new Int32Array(places.length) : new Uint8Array(places.length)
  for (let i = 0; i < places.length; i++) out[i] = data[places[i] ?? 0] ?? 0
  return out
}

/** The same array with its axes in another order. */
export const toOrder = (data: HostArray, axes: Axes, order: readonly string[]): HostArray => {
  if (order.every((name, i) => axes[i]?.name === name)) return data
  return pick(data, sources(axes, order))
}

/** The inverse: data whose axes stand in `order`, brought to the order of `axes`. */
export const fromOrder = (data: HostArray, axes: Axes, order: readonly string[]): HostArray => {
  const sizes = new Map(axes.map(({ name, size }) => [name, size]))
  return toOrder(data, order.map(name => ({ name, size: sizes.get(name) ?? 1 })), axes.map(({ name }) => name))
}

export const elementsOf = sizeOf
