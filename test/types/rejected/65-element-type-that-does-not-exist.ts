// expect 4:68 f16 LeafType
import { buffer, zeros } from '../../../compiler/language/index.ts'

export const queues = { image: buffer({ slot: 65536, embed: 256 }, 'f16', zeros) }
// says AX044 4:68-4:73 'f16' is no element type here: there are f32, i32, bool, u8
