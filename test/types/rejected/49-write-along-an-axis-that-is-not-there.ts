// expect 6:94 write row slot
import { write, type Tensor } from '../../../compiler/language/index.ts'

type Rows = Tensor<'slot' | 'embed'>

export const enqueue = (queue: Rows, next: Tensor<never, 'i32'>, rows: Rows) => write('row', queue, next, rows)
// says AX001 6:94-6:99 write over 'row': queue has 'slot' 'embed', rows has 'slot' 'embed'
// see 6:25 queue is a parameter with 'slot' 'embed' here
// see 6:66 rows is a parameter with 'slot' 'embed' here
