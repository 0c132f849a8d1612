import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatBytes, formatCount, formatDuration, formatInteger, formatShare } from '../../../runtime/training/format.ts'

const table = <A>(format: (value: A) => string, rows: readonly (readonly [A, string])[]): void => {
  for (const [value, text] of rows) assert.is(format(value), text, String(value))
}

test('durations by their two largest units, rounded before they are split', () => table(formatDuration, [
  [0, '0.0 s'], [0.44, '0.4 s'], [9.94, '9.9 s'], [9.95, '10 s'], [42.4, '42 s'], [59.4, '59 s'], [59.6, '1 m'], [60, '1 m'], [200, '3 m 20 s'],
  [3599.4, '59 m 59 s'], [3599.6, '1 h'], [3600, '1 h'], [7500, '2 h 5 m'], [86_399, '1 d'], [97_200, '1 d 3 h'], [-5, '-5.0 s'],
  [Infinity, 'Infinity'], [NaN, 'NaN'],
]))

test('counts exactly below 10,000, then by prefix', () => table(formatCount, [
  [0, '0'], [6777, '6,777'], [9999, '9,999'], [10_000, '10.0 k'], [209_900_000, '209.9 M'], [999_960, '1.0 M'], [3.2e9, '3.2 G'], [-22_713_216, '-22.7 M'],
  [NaN, 'NaN'],
]))

test('whole numbers with separators', () => table(formatInteger, [[1, '1'], [123, '123'], [1234, '1,234'], [1_234_567, '1,234,567'], [-1234, '-1,234']]))

test('bytes by decimal prefixes', () => table(formatBytes, [[0, '0 B'], [999, '999 B'], [1000, '1.0 kB'], [90_868_376, '90.9 MB'], [3.36e9, '3.4 GB']]))

test('shares in per cent', () => table(formatShare, [[0, '0 %'], [0.034, '3 %'], [1, '100 %'], [NaN, 'NaN']]))

test.run()
