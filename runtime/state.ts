import type { ArraySpec } from '../compiler/targets/artifact.ts'
import type { HostArray, Session } from './backends/backend.ts'

/** A leaf of the state on the host: its axes in the order of its data. */
export interface StateArray {
  readonly axes: ArraySpec['axes']
  readonly dtype: ArraySpec['dtype']
  readonly data: HostArray
}

export type StateArrays = ReadonlyMap<string, StateArray>

const transfers = (session: Session, kind: 'read' | 'write'): readonly string[] => Object.keys(session.signatures).filter(name => new RegExp(`^${kind}\\.\\d+$`).test(name))

/** The leaves of a state and their layout, without their values. */
export const stateSpecs = (session: Session): ReadonlyMap<string, ArraySpec> =>
  new Map(transfers(session, 'read').flatMap(name => (session.signatures[name]?.outputs ?? []).map(spec => [spec.name, spec] as const)))

/** Reads the state, chunk by chunk; `wanted` limits it to some leaves. */
export const readState = (session: Session, wanted: (path: string) => boolean = () => true): StateArrays => {
  const found = new Map<string, StateArray>()
  for (const name of transfers(session, 'read')) {
    const specs = (session.signatures[name]?.outputs ?? []).filter(spec => wanted(spec.name))
    if (specs.length === 0) continue
    const values = session.run(name)
    for (const { name: path, axes, dtype } of specs) {
      const data = values[path]
      if (data !== undefined) found.set(path, { axes, dtype, data })
    }
  }
  return found
}

/** Replaces leaves of the state; every other keeps its value. Data is in the declared layout. */
export const writeState = (session: Session, leaves: ReadonlyMap<string, HostArray>): void => {
  for (const name of transfers(session, 'write')) {
    const specs = session.signatures[name]?.inputs ?? []
    if (!specs.some(spec => leaves.has(spec.name))) continue
    const missing = specs.filter(spec => !leaves.has(spec.name))
    const old = missing.length === 0 ? {} : session.run(name.replace('write', 'read'))
    const feeds: Record<string, HostArray> = {}
    for (const { name: path } of specs) {
      const data = leaves.get(path) ?? old[path]
      if (data !== undefined) feeds[path] = data
    }
    session.run(name, feeds)
  }
}
