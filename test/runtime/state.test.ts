import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ArraySpec, SignatureSpec } from '../../compiler/targets/artifact.ts'
import type { HostArray } from '../../runtime/backends/backend.ts'
import { readState, stateSpecs, writeState } from '../../runtime/state.ts'
import { madeUp } from './made-up.ts'

const spec = (name: string, size: number): ArraySpec => ({ name, dtype: 'f32', axes: [{ name: 'at', size }] })
const inputs = (...specs: readonly ArraySpec[]): SignatureSpec => ({ inputs: specs.map(each => ({ ...each, node: each.name, packed: false })), outputs: [] })
const outputs = (...specs: readonly ArraySpec[]): SignatureSpec => ({ inputs: [], outputs: specs.map(each => ({ ...each, node: each.name })) })

/** A state of three leaves in two chunks, in the memory of this test, that notes which signatures are run. */
const session = () => {
  const state = new Map<string, HostArray>([['a', Float32Array.of(1)], ['b', Float32Array.of(2, 3)], ['c', Float32Array.of(4)]])
  const calls: string[] = []
  const chunks = [[spec('a', 1), spec('b', 2)], [spec('c', 1)]]
  const signatures = Object.fromEntries([
    ...chunks.flatMap((chunk, i) => [[`read.${i}`, outputs(...chunk)] as const, [`write.${i}`, inputs(...chunk)] as const]),
    ['step', outputs(spec('loss', 1))] as const,
    ['read.notes', outputs(spec('other', 1))] as const,
  ])
  const made = madeUp({
    signatures,
    run: (name, given = {}) => {
      calls.push(name)
      for (const { name: path } of signatures[name]?.inputs ?? []) {
        const data = given[path]
        if (data === undefined) throw new Error(`${name} was not given '${path}'`)
        state.set(path, data)
      }
      return Object.fromEntries((signatures[name]?.outputs ?? []).map(({ name: path }) => [path, state.get(path) ?? new Float32Array()]))
    },
  })
  return { made, state, calls }
}

test('the leaves of a state are those of its numbered read signatures', () => {
  assert.equal([...stateSpecs(session().made).keys()], ['a', 'b', 'c'])
})

test('a state is read whole, with its layout', () => {
  const found = readState(session().made)
  assert.equal([...found.keys()], ['a', 'b', 'c'])
  assert.equal(found.get('b'), { axes: [{ name: 'at', size: 2 }], dtype: 'f32', data: Float32Array.of(2, 3) })
})

test('only the chunks that hold wanted leaves are read', () => {
  const { made, calls } = session()
  assert.equal([...readState(made, path => path === 'c').keys()], ['c'])
  assert.equal(calls, ['read.1'])
})

test('leaves that are not given keep their values, and chunks without any are not touched', () => {
  const { made, state, calls } = session()
  writeState(made, new Map([['b', Float32Array.of(7, 8)]]))
  assert.equal([...state], [['a', Float32Array.of(1)], ['b', Float32Array.of(7, 8)], ['c', Float32Array.of(4)]])
  assert.equal(calls, ['read.0', 'write.0'])
})

test('a whole chunk is written without reading it first', () => {
  const { made, state, calls } = session()
  writeState(made, new Map([['c', Float32Array.of(9)]]))
  assert.equal(state.get('c'), Float32Array.of(9))
  assert.equal(calls, ['write.1'])
})

test.run()
