import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Artifact, InputSpec } from '../../../compiler/targets/artifact.ts'
import type { BackendError } from '../../../runtime/backends/backend.ts'
import { checkArtifact, checkFeeds, findSignature, packBytes } from '../../../runtime/backends/feeds.ts'

const image: InputSpec = { name: 'image', dtype: 'u8', axes: [{ name: 'batch', size: 2 }, { name: 'byte', size: 4 }], node: 'x', packed: true }
const rate: InputSpec = { name: 'rate', dtype: 'f32', axes: [], node: 'r', packed: false }
const loss = { name: 'loss', dtype: 'f32', axes: [], node: 'l' } as const
const step = { inputs: [image, rate], outputs: [loss] }

const message = <A>(result: E.Either<BackendError, A>): string => (E.isLeft(result) ? `${result.left.kind}: ${result.left.message}` : 'no error')

test('pairs inputs with their arrays in the order of the signature', () => {
  const feeds = { rate: Float32Array.of(1), image: Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]) }
  const checked = checkFeeds('step', step, feeds)
  assert.equal(checked, E.right([{ input: image, values: feeds.image }, { input: rate, values: feeds.rate }]))
})

test('a missing input is named with its axes', () => {
  assert.is(message(checkFeeds('step', step, {})), "feed: Signature 'step', input 'image' (u8, batch 2 × byte 4) is missing.")
  const rateless = checkFeeds('step', step, { image: new Uint8Array(8) })
  assert.is(message(rateless), "feed: Signature 'step', input 'rate' (a single f32) is missing.")
})

test('a wrong number of elements is told with both numbers', () => {
  const found = checkFeeds('step', step, { image: new Uint8Array(6), rate: new Float32Array(1) })
  assert.is(message(found), "feed: Signature 'step', input 'image' (u8, batch 2 × byte 4) wants a Uint8Array of 8, found a Uint8Array of 6.")
})

test('an array of the wrong kind is refused, not converted', () => {
  const found = checkFeeds('step', step, { image: new Float32Array(8), rate: new Float32Array(1) })
  assert.is(message(found), "feed: Signature 'step', input 'image' (u8, batch 2 × byte 4) wants a Uint8Array of 8, found a Float32Array of 8.")
})

test('an unknown input is refused with those there are', () => {
  const found = checkFeeds('step', step, { image: new Uint8Array(8), rate: new Float32Array(1), lr: new Float32Array(1) })
  assert.is(message(found), "feed: Signature 'step' has no input 'lr'; its inputs are 'image', 'rate'.")
  assert.is(
    message(checkFeeds('read', { inputs: [], outputs: [loss] }, { lr: new Float32Array(1) })),
    "feed: Signature 'read' has no input 'lr'; its inputs are none.",
  )
})

test('an unknown signature is refused with those there are, and inherited names are unknown', () => {
  assert.is(message(findSignature({ step, read: step }, 'train')), "feed: There is no signature 'train'; there are 'step', 'read'.")
  assert.is(message(findSignature({ step }, 'toString')), "feed: There is no signature 'toString'; there are 'step'.")
  assert.is(message(checkFeeds('step', { inputs: [{ ...rate, name: 'valueOf' }], outputs: [] }, {})).includes('missing'), true)
})

test('bytes are packed in place where they are aligned and copied where not', () => {
  const buffer = Uint8Array.from({ length: 16 }, (_, i) => i)
  const aligned = packBytes(buffer.subarray(4, 12))
  assert.is(aligned.buffer, buffer.buffer)
  assert.equal([...aligned], [0x07060504, 0x0b0a0908])
  const moved = packBytes(buffer.subarray(3, 11))
  assert.is.not(moved.buffer, buffer.buffer)
  assert.equal([...moved], [0x06050403, 0x0a090807])
})

test('an artifact that could never run is refused', () => {
  const artifact = (inputs: readonly InputSpec[], outputs = [loss]): Artifact => ({ target: 't', files: {}, signatures: { step: { inputs, outputs } } })
  assert.is(message(checkArtifact(artifact([image, rate]))), 'no error')
  assert.is(message(checkArtifact(artifact([], []))), "load: Signature 'step' has no output, so it could never run.")
  const torn = { ...image, axes: [{ name: 'byte', size: 6 }] }
  assert.is(
    message(checkArtifact(artifact([torn]))),
    "load: Signature 'step', input 'image' (u8, byte 6) cannot be packed: only u8 in a multiple of four can.",
  )
  assert.match(message(checkArtifact(artifact([{ ...rate, packed: true }]))), 'cannot be packed')
})

test.run()
