import { equal, mapTree, mapTrees, mod, select, stopGradient, type Tensor, type TreeOf } from '../../compiler/language/index.ts'

/** A teacher that is not trained, of any size: the same parameters, constant for every gradient. */
export const frozen = <T>(teacher: T & TreeOf<T>): T => mapTree<T>(leaf => stopGradient(leaf), teacher)

/**
 * Self-distillation by generations: after every `period` steps the student becomes the teacher of the next generation; between them the teacher
 * stays (born-again networks, arXiv 1805.04770, where each generation's student also starts anew). `step` counts finished steps, from 1.
 */
export const generations =
  (period: number) =>
  <T>(step: Tensor<never, 'i32'>, teacher: T & TreeOf<T>, student: NoInfer<T>): T => {
    const ends = equal(mod(step, period), 0)
    return mapTrees<T>((old, now) => select(ends, now, old), teacher, student)
  }
