// expect 6:18 flatten patchColumn patchRow
import { flatten, unflatten, type Tensor } from '../../../compiler/language/index.ts'

export const patches = (picture: Tensor<'row' | 'column' | 'channel'>) => {
  const rows = unflatten(picture, 'row', { patchRow: 16, y: 16 })
  return flatten(rows, ['patchRow', 'patchColumn'], 'token')
}
