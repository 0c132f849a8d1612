// expect 6:94 write row slot
import { write, type Tensor } from '../../../compiler/language/index.ts'

type Rows = Tensor<'slot' | 'embed'>

export const enqueue = (queue: Rows, next: Tensor<never, 'i32'>, rows: Rows) => write('row', queue, next, rows)
