// expect 4:68 f16 DType
import { buffer, zeros } from '../../../compiler/language/index.ts'

export const queues = { image: buffer({ slot: 65536, embed: 256 }, 'f16', zeros) }
