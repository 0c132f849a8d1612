// small.pth is what torch.save writes for {model: {…4 tensors}, optimizer, epoch}: made by Python's own pickle and zipfile, with stand-ins for
// PyTorch's classes.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { unpickle } from '../../../runtime/checkpoints/pickle.ts'
import { readPytorch } from '../../../runtime/checkpoints/pytorch.ts'
import { inTemporaryFolder } from './temporary.ts'

const small = fileURLToPath(new URL('./small.pth', import.meta.url))

/** Why a file with these bytes cannot be read, without its path. */
const refusal = async (bytes: Uint8Array): Promise<string> => {
  let said = ''
  await inTemporaryFolder(async folder => {
    const file = join(folder, 'a.pth')
    writeFileSync(file, bytes)
    const read = await readPytorch(file)()
    if (E.isRight(read)) throw new Error('it was not refused')
    said = read.left.replace(`${file}: `, '')
  })
  return said
}

test('names, shapes and types of the state dict, parameters and tensors alike', async () => {
  const read = await readPytorch(small)()
  if (E.isLeft(read)) throw new Error(read.left)
  assert.equal(read.right, [
    { name: 'text.weight', shape: [3, 4], storage: 'FloatStorage' },
    { name: 'text.bias', shape: [3], storage: 'FloatStorage' },
    { name: 'steps', shape: [], storage: 'LongStorage' },
    { name: 'extra.deep.name', shape: [2, 5, 7], storage: 'FloatStorage' },
  ])
})

test('a file cut off anywhere, and files that are something else, are refused in one line', async () => {
  const whole = readFileSync(small)
  for (const length of [4, 100, 900, whole.length - 30]) assert.is(await refusal(whole.subarray(0, length)), 'cannot be read: it is cut off: its end is missing')
  assert.is(await refusal(Buffer.from('{}')), 'cannot be read: it is no checkpoint of PyTorch, which is a zip archive')
  assert.match(await refusal(Buffer.from('\x80\x02\x8a\x0al\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.', 'latin1')), 'from before PyTorch 1.6')
})

const pickled = (text: string): Uint8Array => Buffer.from(text, 'latin1')

test('a call stays a record: nothing is executed', () => {
  const said = unpickle(pickled("\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R."))
  assert.equal(said, { kind: 'call', callee: { kind: 'global', name: 'os.system' }, args: ['true'], entries: new Map() })
})

test('numbers of every length, and negative ones', () => {
  assert.equal(unpickle(pickled('(K\x07M\x00\x01J\xff\xff\xff\xff\x8a\x02\x00\xff\x8a\x06\x00\x00\x00\x00\x00\x01G\x3f\xf8\x00\x00\x00\x00\x00\x00t.')), { kind: 'list', items: [7, 256, -1, -256, 2 ** 40, 1.5] })
})

test('the oldest protocol, in text: numbers, booleans, strings with escapes, dicts and what is looked up again', () => {
  const said = unpickle(pickled("(lp0\n(dp1\nS'sent'\np2\nS'a \"man\\'s\" hat\\n'\np3\nsS'id'\nI-7\nsS'long'\nL12L\nsS'half'\nF0.5\nsS'yes'\nI01\nsVna\\u00efve\np4\ng2\nsag4\na."))
  const entries = new Map<unknown, unknown>([['sent', 'a "man\'s" hat\n'], ['id', -7], ['long', 12], ['half', 0.5], ['yes', true], ['na\u00efve', 'sent']])
  assert.equal(said, { kind: 'list', items: [{ kind: 'dict', entries }, 'na\u00efve'] })
  assert.throws(() => unpickle(pickled('Iseven\n.')), "it has 'seven' where a number belongs")
  assert.throws(() => unpickle(pickled('Sopen\n.')), 'it has open where a string in quotes belongs')
})

test('an opcode that no state dict needs is named with its place', () => {
  assert.throws(() => unpickle(pickled('\x80\x02ix\ny\n.')), 'the opcode 0x69 at byte 2 is none that plain data or a state dict needs')
})

test('whatever the bytes are, reading ends with a value or one sentence', () => {
  const data = readFileSync(small).subarray(40, 851)
  fc.assert(fc.property(fc.nat(data.length - 1), fc.nat(255), (at, byte) => {
    const changed = Uint8Array.from(data)
    changed[at] = byte
    try {
      unpickle(changed)
    } catch (error) {
      assert.ok(error instanceof Error && !(error instanceof TypeError) && !(error instanceof RangeError), String(error))
      assert.not.match(error.message, '\n')
    }
  }), { numRuns: 300 })
})

test.run()
