import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parsePrecision } from '../../../runtime/compile/precision.ts'
import { hasMatrixUnits, precisionWarning, slowerInBf16 } from '../../../runtime/devices/matrix-units.ts'

const cpuinfo = (flags: string): string => `processor\t: 0\nmodel name\t: amx_bf16 by name alone\nflags\t\t: fpu vme ${flags} sse2\nbogomips\t: 5000\n`

test('a processor has matrix units for bf16 where Linux lists AMX for bf16 among its flags', () => {
  assert.is(hasMatrixUnits(cpuinfo('amx_tile amx_bf16 amx_int8')), true)
  // Dot products of bf16 in vectors, and matrix units for other types, are no gain.
  for (const flags of ['', 'avx512_bf16', 'amx_tile amx_int8', 'amx_bf16x']) assert.is(hasMatrixUnits(cpuinfo(flags)), false, flags)
  assert.is(hasMatrixUnits(''), false)
})

test('where a step would take longer, that is said, and what to do', () => {
  const cpus = { kind: 'cpu', count: 4 } as const
  for (const quiet of [slowerInBf16(undefined, true, false), slowerInBf16(undefined, false, true), slowerInBf16({ kind: 'gpu', count: 2 }, false, false), slowerInBf16(cpus, true, false)]) assert.is(quiet, undefined)
  const rest = 'this processor has no matrix units for bf16 (amx_bf16): a step will take longer than in f32, and is less exact; go on to see what the numbers are like, or leave --precision out'
  assert.is(slowerInBf16(undefined, false, false), `--precision bf16: there is no graphics processor here, and ${rest}`)
  for (const gpus of [true, false]) assert.is(slowerInBf16(cpus, false, gpus), `--precision bf16: ${rest}`)
})

test('f32 needs no warning and looks for nothing', async () => assert.is(await precisionWarning('f32', undefined)(), undefined))

test('the precisions that there are, and the one without a wish', () => {
  assert.equal([undefined, 'f32', 'bf16'].map(parsePrecision), [E.right('f32'), E.right('f32'), E.right('bf16')])
  for (const wrong of ['', 'f16', 'BF16', 'bfloat16']) assert.equal(parsePrecision(wrong), E.left(`--precision ${wrong}: wanted f32 or bf16`))
})

test.run()
