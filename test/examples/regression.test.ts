import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fit } from '../../examples/regression.ts'

test('gradient descent finds the line of least squares, which is known for these data', () => {
  const { slope, offset } = fit(100)
  assert.is(slope.toFixed(4), '3.9324')
  assert.is(offset.toFixed(4), '-17.5791')
})

test.run()
