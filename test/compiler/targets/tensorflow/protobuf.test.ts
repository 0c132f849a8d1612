import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  encodeMessage,
  writeBytes,
  writeFloat,
  writeInt,
  writeMap,
  writeMessage,
  writeString,
} from '../../../../compiler/targets/tensorflow/protobuf.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const encoded = (body: Parameters<typeof encodeMessage>[0]): string => hex(encodeMessage(body))

test('writes whole numbers as varints', () => {
  assert.is(encoded((out) => writeInt(out, 1, 0)), '0800')
  assert.is(encoded((out) => writeInt(out, 1, 150)), '089601')
  assert.is(encoded((out) => writeInt(out, 3, 1882)), '18da0e')
  assert.is(encoded((out) => writeInt(out, 1, 2 ** 53 - 1)), '08ffffffffffffff0f')
})

test('writes negative numbers as 64-bit two’s complement', () => {
  assert.is(encoded((out) => writeInt(out, 1, -1)), '08ffffffffffffffffff01')
  assert.is(encoded((out) => writeInt(out, 1, -(2 ** 31))), '0880808080f8ffffffff01')
})

test('refuses what is not a whole number', () => {
  assert.throws(() => encoded((out) => writeInt(out, 1, 0.5)), /whole number below 2\^53, found 0\.5/)
  assert.throws(() => encoded((out) => writeInt(out, 1, Number.NaN)), /found NaN/)
})

test('writes field numbers above 15 in two bytes', () => {
  assert.is(encoded((out) => writeInt(out, 17, 1)), '880101')
})

test('writes strings in UTF-8, bytes and floats', () => {
  assert.is(encoded((out) => writeString(out, 2, 'testing')), '120774657374696e67')
  assert.is(encoded((out) => writeString(out, 2, 'é€😀')), `1209${Buffer.from('é€😀').toString('hex')}`)
  assert.is(encoded((out) => writeBytes(out, 4, Uint8Array.of(1, 2, 255))), '22030102ff')
  assert.is(encoded((out) => writeFloat(out, 4, 1)), '250000803f')
})

test('puts the length of a nested message before it, however long', () => {
  assert.is(encoded((out) => writeMessage(out, 1, () => {})), '0a00')
  assert.is(encoded((out) => writeMessage(out, 3, () => writeInt(out, 1, 150))), '1a03089601')
  for (const size of [124, 125, 126, 127, 128, 16_379, 16_380, 16_384, 3_000_000]) {
    const payload = new Uint8Array(size).map((_, i) => i % 251)
    const bytes = encodeMessage((out) => {
      writeMessage(out, 1, () => writeMessage(out, 2, () => writeBytes(out, 3, payload)))
      writeInt(out, 4, 9)
    })
    const inner = field(3, payload)
    assert.is(hex(bytes), hex(Buffer.concat([field(1, field(2, inner)), Buffer.of(0x20, 9)])), `payload of ${size} bytes`)
  }
})

test('writes maps in the order of their keys', () => {
  const map = (entries: Record<string, number>) => encoded((out) => writeMap(out, 5, entries, (value) => writeInt(out, 6, value)))
  assert.is(map({ b: 2, a: 1 }), '2a070a016112023001' + '2a070a016212023002')
  assert.is(map({ b: 2, a: 1 }), map({ a: 1, b: 2 }))
})

/** A length-delimited field, written the slow and obvious way. */
const field = (number: number, content: Uint8Array): Uint8Array => {
  const length: number[] = []
  for (let rest = content.length; ; rest = Math.floor(rest / 128)) {
    length.push(rest > 127 ? (rest % 128) + 128 : rest)
    if (rest <= 127) break
  }
  return Buffer.concat([Buffer.from([number * 8 + 2, ...length]), content])
}

test.run()
