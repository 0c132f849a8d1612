import { dropout, fold, type Key, type Tensor } from '../../compiler/language/index.ts'

/** Dropout by name: each place in a model has its own name, so that no two share their draws. */
export type Dropout = <L extends string>(place: string, x: Tensor<L>) => Tensor<L>

export const noDropout: Dropout = (_place, x) => x

/** Dropout at a rate, from a key; at rate 0 nothing is drawn. */
export const dropoutAt = (key: Key, rate: number): Dropout => (rate === 0 ? noDropout : (place, x) => dropout(fold(key, place), rate, x))

/** The same dropout for a part of the model, under the part's name. */
export const inside = (drop: Dropout, part: string): Dropout => (place, x) => drop(`${part}/${place}`, x)
