import { elements, type DType, type Sizes } from './node.ts'

/** A small array on the host, in double precision: what the reference rules compute with. Row-major in the order of `axes`. A key holds its two words. */
export interface HostTensor {
  readonly axes: Sizes
  readonly dtype: DType
  readonly data: Float64Array
}

/** An index: one position for each axis. */
export type Index = Readonly<Record<string, number>>

/** The element at an index; axes that the tensor lacks are ignored. */
export const at = (tensor: HostTensor, index: Index): number => {
  let offset = 0
  for (const [axis, size] of Object.entries(tensor.axes)) offset = offset * size + (index[axis] ?? 0)
  return tensor.data[offset] ?? Number.NaN
}

/** Calls `visit` for every index, last axis fastest. */
export const eachIndex = (axes: Sizes, visit: (index: Index, offset: number) => void): void => {
  const names = Object.keys(axes)
  const sizes = Object.values(axes)
  const position: Record<string, number> = Object.fromEntries(names.map(name => [name, 0]))
  const total = elements(axes)
  for (let offset = 0; offset < total; offset++) {
    let rest = offset
    for (let i = names.length - 1; i >= 0; i--) {
      const size = sizes[i] ?? 1
      position[names[i] ?? ''] = rest % size
      rest = Math.floor(rest / size)
    }
    visit(position, offset)
  }
}

/** A tensor from a formula for its elements. */
export const tabulate = (axes: Sizes, dtype: DType, element: (index: Index) => number): HostTensor => {
  const data = new Float64Array(elements(axes))
  eachIndex(axes, (index, offset) => {
    data[offset] = element(index)
  })
  return { axes, dtype, data }
}
