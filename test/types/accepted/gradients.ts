import { add, grad, meanAll, mul, scalar, sum, sumAll, tanh, valueAndGrad, valueAndGradWithAux, type Tensor } from '../../../compiler/language/index.ts'

interface Linear { readonly weight: Tensor<'in' | 'out'>; readonly bias: Tensor<'out'> }
interface Student { readonly blocks: readonly Linear[]; readonly temperature: Tensor }
declare const student: Student
declare const ids: Tensor<'slot', 'i32'>
declare const vector: Tensor<'x'>
declare const matrix: Tensor<'x' | 'y'>

export const plain = valueAndGrad((p: Student) => mul(p.temperature, 2))(student)
export const value: Tensor = plain.value
export const gradient: Student = plain.grad

export const more = valueAndGradWithAux((p: Student) => [p.temperature, { loss: p.temperature, ids }] as const)(student)
export const moreIds: Tensor<'slot', 'i32'> = more.aux.ids
export const withoutConst = valueAndGradWithAux((p: Student) => [p.temperature, { loss: p.temperature }])(student)
export const withoutConstLoss: Tensor = withoutConst.aux.loss

export const optionalLeaf = grad((p: { readonly scale?: Tensor<'x'>; readonly shift: Tensor }) => p.shift)({ shift: student.temperature })
export const secondOrder: Student = grad((p: Student) => grad((q: Student) => mul(q.temperature, q.temperature))(p).temperature)(student)
export const oneTensor: Tensor<'x'> = grad((p: Tensor<'x'>) => sumAll(tanh(p)))(vector)
export const constantLoss: Student = grad((_p: Student) => scalar(0))(student)
export const overAxes: Tensor<'x' | 'y'> = grad((p: Tensor<'x' | 'y'>) => add(meanAll(p), sum(['x', 'y'], p)))(matrix)
export const absentPart = grad((p: { readonly scale: Tensor<'x'> | undefined; readonly shift: Tensor }) => p.shift)({ scale: undefined, shift: student.temperature })
