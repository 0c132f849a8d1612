// expect 9:83 Student Encoder weight bias
import type { Tensor } from '../../../compiler/language/index.ts'
import { ema } from '../../../models/transforms/ema.ts'

interface Encoder { readonly weight: Tensor<'hidden' | 'embed'>; readonly bias: Tensor<'embed'> }
interface Student { readonly encoder: Encoder; readonly temperature: Tensor }

/** The teacher is the encoder alone; the student is more. */
export const follow = (teacher: Encoder, student: Student) => ema(0.995)(teacher, student)
// says AX014 9:83-9:90 ema: student lacks 'weight', 'bias'
// see 5:21 'hidden' 'embed' is declared here
