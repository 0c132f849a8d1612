import type { Source } from '../look.ts'
import type { Mutant } from '../mutant.ts'
import { axisReplaced, castDropped, reductionDropped, renameDropped, vmapDropped, wrongReduction } from './axes.ts'
import { anotherLeaf, keyReused, operandsSwapped, otherTower, parameterUnused, residualRemoved, stopGradientDropped, studentForTeacher } from './operands.ts'
import { configurationSize, declaredSize, sliceLength, sliceMoved } from './sizes.ts'

const all: readonly ((source: Source) => readonly Mutant[])[] = [
  axisReplaced, wrongReduction, reductionDropped, renameDropped, vmapDropped, castDropped, otherTower, anotherLeaf, operandsSwapped,
  configurationSize(['tiny']), declaredSize, sliceLength, sliceMoved, residualRemoved, stopGradientDropped, studentForTeacher, keyReused, parameterUnused,
]

/** Every slip of every kind that a source file has room for, in the order of the file. */
export const mutantsOf = (source: Source): readonly Mutant[] => all.flatMap(make => make(source))
