import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ArraySpec } from '../../../compiler/targets/artifact.ts'
import type { HostTensor } from '../../../runtime/checkpoints/element-types.ts'
import type { HostArray } from '../../../runtime/backends/backend.ts'
import { createRun } from '../../../runtime/training/run-folder.ts'
import { keepFixed, restoreFixed, startLeaves } from '../../../runtime/training/start.ts'
import { madeUp } from '../made-up.ts'

const spec = (name: string, size: number): ArraySpec => ({ name, dtype: 'f32', axes: [{ name: 'at', size }] })
const leaves = [spec('student/vision/position', 3), spec('student/vision/patch', 2), spec('teacher/vision/position', 3), spec('teacher/vision/patch', 2), spec('student/head', 1)]

/** A state of these leaves; its program makes three positions of two. */
const session = madeUp({
  signatures: {
    'read.0': { inputs: [], outputs: leaves.map(each => ({ ...each, node: each.name })) },
    positions: { inputs: [{ ...spec('old', 2), node: 'old', packed: false }], outputs: [{ ...spec('new', 3), node: 'new' }] },
  },
  run: (_name, { old = new Float32Array() } = {}) => ({ new: Float32Array.of(old[0] ?? 0, 0.5, old[1] ?? 0) }),
})

const f32 = (...data: readonly number[]): HostTensor => ({ dtype: 'f32', shape: [data.length], data: Float32Array.from(data) })

const start = {
  parts: [['student/vision', 'student/vision'], ['student/vision', 'teacher/vision'], ['teacher/vision', 'teacher/vision']],
  positions: { program: 'positions', input: 'old', output: 'new', paths: ['student/vision/position', 'teacher/vision/position'] },
} as const

const from = (tensors: Readonly<Record<string, HostTensor>>) => startLeaves('some.safetensors', start, new Map(Object.entries(tensors)), session)
const student = { 'student/vision/position': f32(1, 2), 'student/vision/patch': f32(7, 8) }

test('parts are taken over, positions resized by the program of the job, and what is not a part is left', () => {
  const found = from({ ...student, 'student/head': f32(9), step: { dtype: 'i32', shape: [], data: Int32Array.of(3) } })
  assert.equal(found, E.right(new Map([
    ['student/vision/position', Float32Array.of(1, 0.5, 2)], ['student/vision/patch', Float32Array.of(7, 8)],
    ['teacher/vision/position', Float32Array.of(1, 0.5, 2)], ['teacher/vision/patch', Float32Array.of(7, 8)],
  ])))
})

test('a teacher of the checkpoint wins over its student, also where it holds a part of it alone', () => {
  const found = from({ ...student, 'teacher/vision/patch': f32(5, 6) })
  if (E.isLeft(found)) throw new Error(found.left)
  assert.equal(found.right.get('teacher/vision/patch'), Float32Array.of(5, 6))
  assert.equal(found.right.get('teacher/vision/position'), Float32Array.of(1, 0.5, 2))
  assert.equal(found.right.get('student/vision/patch'), Float32Array.of(7, 8))
})

test('a checkpoint that does not fit is refused in one sentence', () => {
  const said = (tensors: Readonly<Record<string, HostTensor>>): string => {
    const found = from(tensors)
    return E.isLeft(found) ? found.left : 'no error'
  }
  assert.is(said({}), 'some.safetensors: it has none of the parts to start from: student/vision, teacher/vision …')
  assert.is(said({ 'student/vision/patch': f32(7, 8) }), "some.safetensors: there is no tensor 'student/vision/position' for 'student/vision/position': the checkpoint is of another model")
  assert.is(said({ ...student, 'student/vision/patch': f32(1) }), "some.safetensors: tensor 'student/vision/patch' is [1], wanted [2] for 'student/vision/patch'")
  assert.is(said({ ...student, 'student/vision/stem': f32(1) }), "some.safetensors: tensor 'student/vision/stem' would be 'student/vision/stem', which this model does not have")
  assert.is(said({ ...student, 'student/vision/position': f32(1, 2, 3, 4) }), "some.safetensors: tensor 'student/vision/position' is [4], and the configuration's 'pretrained' says [2]")
})

/** A state that can be written, and what it was given. */
const written = () => {
  const given = new Map<string, HostArray | undefined>()
  const signatures = {
    'read.0': { inputs: [], outputs: leaves.map(each => ({ ...each, node: each.name })) },
    'write.0': { inputs: leaves.map(each => ({ ...each, node: each.name, packed: false })), outputs: [] },
  }
  const run = (name: string, feeds: Readonly<Record<string, HostArray>> = {}) => {
    if (name === 'read.0') return Object.fromEntries(leaves.map(each => [each.name, new Float32Array(each.axes[0]?.size ?? 0)]))
    for (const [path, data] of Object.entries(feeds)) given.set(path, data)
    return {}
  }
  return { given, session: madeUp({ signatures, run }) }
}

test('what a run takes over and never trains is kept in its folder once, and comes back; where all is trained, nothing is kept', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'axle-start-'))
  const made = await createRun(folder, 'some', {}, new Date(0))()
  if (E.isLeft(made)) throw new Error(made.left)
  const run = made.right
  const started = { file: 'some.safetensors', leaves: new Map([['student/vision/patch', Float32Array.of(1, 2)], ['teacher/vision/patch', Float32Array.of(5, 6)]]) }
  const all = written()
  assert.ok(E.isRight(await keepFixed(run, { session: all.session, trained: new Set(['teacher/vision/patch']) }, started)()))
  assert.ok(E.isRight(await restoreFixed(run, all.session)()))
  assert.is(all.given.size, 0)
  const some = written()
  assert.ok(E.isRight(await keepFixed(run, { session: some.session, trained: new Set() }, started)()))
  assert.ok(E.isRight(await restoreFixed(run, some.session)()))
  assert.equal(some.given.get('teacher/vision/patch'), Float32Array.of(5, 6))
  assert.equal(some.given.get('student/vision/patch'), Float32Array.of(0, 0))
  rmSync(folder, { recursive: true })
})

test.run()
