// expect 6:18 flatten patchColumn patchRow
import { flatten, unflatten, type Tensor } from '../../../compiler/language/index.ts'

export const patches = (picture: Tensor<'row' | 'column' | 'channel'>) => {
  const rows = unflatten(picture, 'row', { patchRow: 16, y: 16 })
  return flatten(rows, ['patchRow', 'patchColumn'], 'token')
}
// says AX001 6:18-6:22 flatten of 'patchColumn': rows has 'column' 'channel' 'patchRow' 'y'
// see 5:16 unflatten gives 'column' 'channel' 'patchRow' 'y' here
