import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readTensors, writeTensors } from '../../../runtime/checkpoints/safetensors.ts'
import type { HostTensor } from '../../../runtime/checkpoints/element-types.ts'
import { parityCommand } from '../../../runtime/cli/parity.ts'
import { readRecorded } from '../../../runtime/parity/recorded.ts'
import { loadParityTask } from '../../../runtime/parity/task.ts'
import { inTemporaryFolder } from '../checkpoints/temporary.ts'

const golden = fileURLToPath(new URL('../../golden/tiny/pretrain', import.meta.url))
const model = fileURLToPath(new URL('../../../models/albef/parity.ts', import.meta.url))

/** What is said of a copy of the recorded folder after a change to it, with the copy's path written as DIR. */
const saidOf = async (change: (folder: string) => Promise<void> | void): Promise<string> => {
  let said = ''
  await inTemporaryFolder(async folder => {
    cpSync(golden, folder, { recursive: true })
    await change(folder)
    const read = await readRecorded(folder)()
    const result = E.isLeft(read) ? read : await loadParityTask(model, read.right.config)()
    said = (E.isLeft(result) ? result.left : 'no error').replaceAll(folder, 'DIR')
  })
  return said
}

const withText = (name: string, change: (text: string) => string) => (folder: string): void => writeFileSync(join(folder, name), change(readFileSync(join(folder, name), 'utf8')))
const withConfig = (from: string, to: string) => withText('config.json', text => {
  assert.ok(text.includes(from), from)
  return text.replace(from, to)
})

const withInputs = (change: (tensors: Map<string, HostTensor>) => void) => async (folder: string): Promise<void> => {
  const path = join(folder, 'inputs.safetensors')
  const file = await readTensors(path)()
  if (E.isLeft(file)) throw new Error(file.left)
  const tensors = new Map(file.right.tensors)
  change(tensors)
  const written = await writeTensors(path, { ...file.right, tensors })()
  if (E.isLeft(written)) throw new Error(written.left)
}

const withIntegers = (name: string, change: (data: Int32Array) => void) => withInputs(tensors => {
  const tensor = tensors.get(name)
  if (tensor?.dtype !== 'i32') throw new Error(`no integers called ${name}`)
  change(tensor.data)
})

test('the recorded folder is read whole', async () => {
  const read = await readRecorded(golden)()
  if (E.isLeft(read)) throw new Error(read.left)
  const { config, losses, state0, state1, step0, grads0, checksums } = read.right
  assert.is(config.size.vheads, 3)
  assert.is(losses.float32.length, 5)
  assert.equal([state0.size, state1.size, step0.size, grads0.size], [262, 262, 47, 131])
  assert.is(Object.keys(checksums ?? {}).length, 262)
  assert.is(await saidOf(() => undefined), 'no error')
})

test('noise, checksums and the losses in float64 may be missing', async () => {
  assert.is(await saidOf(folder => {
    rmSync(join(folder, 'noise.json'))
    rmSync(join(folder, 'state5_checksums.json'))
    withText('losses.json', text => JSON.stringify({ float32: JSON.parse(text).float32 }))(folder)
  }), 'no error')
})

const faults: readonly (readonly [what: string, change: (folder: string) => Promise<void> | void, sentence: string | RegExp])[] = [
  ['a missing file', folder => rmSync(join(folder, 'grads0.safetensors')), 'DIR/grads0.safetensors: cannot be read: no such file'],
  ['a broken file', folder => writeFileSync(join(folder, 'state1.safetensors'), 'abc'), 'DIR/state1.safetensors: not a safetensors file: only 3 bytes long'],
  ['no JSON', folder => writeFileSync(join(folder, 'config.json'), '{"size": {,'), "DIR/config.json: line 1, column 11: not valid JSON: expected a name in double quotes, found ','"],
  ['a missing field', withConfig('"vheads": 3', '"heads": 3'), "DIR/config.json: there is no 'size.vheads' (wanted: number)"],
  ['a field of another type', withConfig('"vheads": 3', '"vheads": "3"'), `DIR/config.json: 'size.vheads' is "3", wanted: number`],
  ['a field that may be missing, of another type', withConfig('"dropout": 0.0', '"dropout": [0]'), /^DIR\/config\.json: 'dropout' is \[0\], wanted: /],
  ['dropout', withConfig('"dropout": 0.0', '"dropout": 0.1'), "DIR/config.json: 'dropout' is 0.1: only a run without dropout (0) can be replayed"],
  ['dropout of the text encoder', withConfig('"hidden_dropout_prob": 0.0', '"hidden_dropout_prob": 0.1'), "DIR/config.json: 'bert_config.hidden_dropout_prob' is 0.1: only a run without dropout (0) can be replayed"],
  ['no steps', withText('losses.json', () => '{"float32": [], "float64": []}'), "DIR/losses.json: 'float32' holds no step"],
  ['fewer inputs than losses', withText('losses.json', text => JSON.stringify({ float32: [...JSON.parse(text).float32, ...JSON.parse(text).float32] })), "DIR/inputs.safetensors: tensor 'image' has 5 steps, losses.json has 10"],
  ['a missing input', withInputs(tensors => void tensors.delete('alpha')), "DIR/inputs.safetensors: there is no tensor 'alpha'"],
  ['pictures of another size', withConfig('"image": 32', '"image": 40'), "DIR/inputs.safetensors: tensor 'image' is [5, 4, 3, 32, 32], wanted [steps, 4, 3, 40, 40]"],
  ['an input of another type', withInputs(tensors => void tensors.set('alpha', { dtype: 'i32', shape: [5], data: new Int32Array(5) })), "DIR/inputs.safetensors: tensor 'alpha' is i32, wanted f32"],
  ['a word that there is not', withIntegers('masked_input_ids', data => void (data[3] = 100)), "DIR/inputs.safetensors: tensor 'masked_input_ids' holds 100 at element 3, wanted 0 … 99"],
  ['a label that there is not', withIntegers('mlm_labels', data => void (data[0] = -1)), "DIR/inputs.safetensors: tensor 'mlm_labels' holds -1 at element 0, wanted 0 … 99 or -100"],
  ['a negative that there is not', withIntegers('neg_text_idx', data => void (data[1] = 4)), "DIR/inputs.safetensors: tensor 'neg_text_idx' holds 4 at element 1, wanted 0 … 3"],
  ['a mask that is not that of the ids', withIntegers('attention_mask', data => void (data[40 + 20 + 1] = 0)), /^DIR\/inputs\.safetensors: tensor 'attention_mask' is 0 at step 1, caption 2, token 1, where input_ids has \d+ \(padding is 0\): axle makes the mask from the ids/],
  ['sizes that do not fit together', withConfig('"vheads": 3', '"vheads": 5'), /^models\/\S+\.ts:\d+:\d+ AX\d+ .*'(head|feature)'/],
]

for (const [what, change, sentence] of faults) {
  test(`unusable: ${what}`, async () => {
    const said = await saidOf(change)
    if (typeof sentence === 'string') assert.is(said, sentence)
    else assert.match(said, sentence)
    assert.not.match(said, '\n')
  })
}

/** Runs the command and gives its exit code and what it writes to standard error. */
const command = async (folder: string, file: string): Promise<readonly [code: unknown, said: string]> => {
  const [write, before] = [process.stderr.write, process.exitCode]
  let said = ''
  process.stderr.write = (text: string | Uint8Array): boolean => {
    said += String(text)
    return true
  }
  try {
    await parityCommand.handler({ folder, model: file, devices: undefined, without: undefined, eachPassOff: false })
    return [process.exitCode, said]
  } finally {
    process.stderr.write = write
    process.exitCode = before
  }
}

test('the command exits with 2 and one line where there is nothing to replay', async () => {
  assert.equal(await command(join(golden, 'nothing'), model), [2, `${join(golden, 'nothing')}: there is no such folder\n`])
  assert.equal(await command(join(golden, 'config.json'), model), [2, `${join(golden, 'config.json')}: is a file, wanted a folder\n`])
  assert.equal(await command(golden, 'no-such-model.ts'), [2, 'no-such-model.ts: there is no such file\n'])
  const other = fileURLToPath(new URL('../../../models/albef/text.ts', import.meta.url))
  assert.equal(await command(golden, other), [2, `${other}: it exports no function \`parity\`\n`])
})

test.run()
