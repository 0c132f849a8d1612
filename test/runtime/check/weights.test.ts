import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import * as t from 'io-ts'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Task } from '../../../compiler/language/index.ts'
import { task as entailment } from '../../../models/albef/entailment.ts'
import { task as nlvr } from '../../../models/albef/nlvr.ts'
import { task as pretraining } from '../../../models/albef/pretrain.ts'
import { task as retrieval } from '../../../models/albef/retrieval-task.ts'
import { task as assignment } from '../../../models/albef/text-assignment.ts'
import { task as vqa } from '../../../models/albef/vqa.ts'
import { compareWeights } from '../../../runtime/check/weights/compare.ts'
import { readCheckpoint } from '../../../runtime/check/weights/read.ts'
import { goldenJson } from '../../models/albef/golden.ts'
import { inTemporaryFolder } from '../checkpoints/temporary.ts'

const Recorded = t.type({ state_dict: t.record(t.string, t.tuple([t.array(t.number), t.string])) })
const official = goldenJson('official_state_dicts.json', t.type({ pretrain: Recorded, retrieval: Recorded, vqa: Recorded, nlvr: Recorded, nlvr_ta: Recorded, ve: Recorded }))

const tasks: Readonly<Record<keyof typeof official, Task>> = { pretrain: pretraining, retrieval, vqa, nlvr, nlvr_ta: assignment, ve: entailment }

const against = (task: Task, tensors: Readonly<Record<string, readonly number[]>>): readonly string[] => {
  const job = task.configs['base']?.()
  assert.ok(job)
  return compareWeights(job.definition, job.names, 'official.pth', Object.entries(tensors).map(([name, shape]) => ({ name, shape }))).map(({ code, sentence }) => `${code} ${sentence}`)
}

const shapesOf = (kind: keyof typeof official): Record<string, readonly number[]> => Object.fromEntries(Object.entries(official[kind].state_dict).map(([name, [shape]]) => [name, shape]))

for (const kind of ['pretrain', 'retrieval', 'vqa', 'nlvr', 'nlvr_ta', 've'] as const)
  test(`${kind}: the whole official checkpoint, with its copies and constants, is right`, () => {
    assert.equal(against(tasks[kind], shapesOf(kind)), [])
  })

test('what is known to tell nothing is excused; what is not known is named, and so is what is missing or of another shape', () => {
  const { 'text_encoder.cls.predictions.bias': _, ...rest } = shapesOf('pretrain')
  assert.equal(against(pretraining, { ...rest, temp: [1], 'text_encoder.cls.predictions.decoder.scale': [3] }), [
    "AX081 tensor 'text_encoder.cls.predictions.decoder.scale' [3] has no place in the model",
    "AX082 student/words/bias has no tensor in the checkpoint: there is no 'text_encoder.cls.predictions.bias' [30522]",
    "AX083 student/temperature wants [], but tensor 'temp' of the checkpoint is [1]",
  ])
})

/** A safetensors file with the given header, or bytes in its place, and so many bytes of data. */
const file = (header: unknown, data: number, length?: bigint): Buffer => {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const first = Buffer.alloc(8)
  first.writeBigUInt64LE(length ?? BigInt(json.length))
  return Buffer.concat([first, json, Buffer.alloc(data)])
}

const tensor = (begin: number, end: number, shape: readonly unknown[] = [2], dtype = 'F32') => ({ dtype, shape, data_offsets: [begin, end] })

const broken: Readonly<Record<string, readonly [bytes: Buffer, says: RegExp]>> = {
  'overlapping tensors': [file({ a: tensor(0, 8), b: tensor(4, 12) }, 12), /: tensor 'b' overlaps tensor 'a' by 4 bytes$/],
  'a hole between tensors': [file({ a: tensor(0, 8), b: tensor(12, 20) }, 20), /: 4 bytes before tensor 'b' belong to no tensor$/],
  'a tensor beyond the file': [file({ a: tensor(0, 8), b: tensor(8, 16) }, 12), /: truncated: tensor 'b' ends at byte \d+, the file at \d+$/],
  'bytes that nobody has': [file({ a: tensor(0, 8) }, 12), /: 4 bytes at its end belong to no tensor$/],
  'fewer bytes than the shape needs': [file({ a: tensor(0, 8, [3]) }, 8), /: tensor 'a' takes 8 bytes, but F32 of shape \[3\] needs 12$/],
  'more bytes than the type needs': [file({ a: tensor(0, 8, [2], 'F16') }, 8), /: tensor 'a' takes 8 bytes, but F16 of shape \[2\] needs 4$/],
  'offsets that run backwards': [file({ a: tensor(8, 0) }, 8), /: tensor 'a' ends at byte 0 of the data, before it begins at 8$/],
  'offsets below zero': [file({ a: tensor(-8, 0) }, 8), /: tensor 'a' has the impossible offsets \[-8,0\]$/],
  'a size that is no whole number': [file({ a: tensor(0, 8, [2.5]) }, 8), /: tensor 'a' has the impossible shape \[2\.5\]$/],
  'a shape of more elements than can be': [file({ a: tensor(0, 8, [2 ** 40, 2 ** 40]) }, 8), /: tensor 'a' takes 8 bytes, but F32 of shape \[1099511627776, 1099511627776\] needs [\d.e+]+$/],
  'an unknown type': [file({ a: tensor(0, 8, [2], 'F33') }, 8), /: tensor 'a' has the unknown element type "F33"$/],
  'no description': [file({ a: 3 }, 0), /: tensor 'a' has no description in the header$/],
  'a header beyond the file': [file({ a: tensor(0, 8) }, 8, 5000n), /: truncated: its header is 5000 bytes long, the whole file \d+ bytes$/],
  'a header longer than any': [file({ a: tensor(0, 8) }, 8, 2n ** 63n), /: not a safetensors file: its header would be 9223372036854775808 bytes long$/],
  'a header that is cut off': [file('{"a":{"dtype":"F32"', 0), /: not a safetensors file: its header is not JSON$/],
  'a header that is a list': [file([1], 0), /: not a safetensors file: its header is not a JSON object$/],
  'no header': [Buffer.from('short'), /: not a safetensors file: only 5 bytes long$/],
  nothing: [Buffer.alloc(0), /: not a safetensors file: only 0 bytes long$/],
}

for (const [what, [bytes, says]] of Object.entries(broken))
  test(`a safetensors file with ${what} is refused in one sentence that begins with its name`, () => inTemporaryFolder(async folder => {
    const path = join(folder, 'broken.safetensors')
    writeFileSync(path, bytes)
    const read = await readCheckpoint(path)()
    assert.ok(E.isLeft(read))
    assert.ok(read.left.startsWith(`${path}: `), read.left)
    assert.match(read.left, says)
    assert.not.match(read.left, '\n')
  }))

test.run()
