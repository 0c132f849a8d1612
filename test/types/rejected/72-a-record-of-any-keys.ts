// expect 5:110 group
import type { Tensor } from '../../../compiler/language/index.ts'

/** Metrics of all groups where those of one are promised: the mean over them was forgotten. */
export const meansOf = (all: Readonly<Record<string, Tensor<'group'>>>): Readonly<Record<string, Tensor>> => Object.fromEntries(Object.entries(all).map(([name, each]) => [name, each]))
// says AX014 5:110-5:185 meansOf returns 'group' at '…', but promises a tensor without axes
// see 5:74 a tensor without axes is declared here
