import * as E from 'fp-ts/Either'
import type { ArraySpec } from '../../compiler/targets/artifact.ts'
import type { HostArray } from '../backends/backend.ts'
import type { StateArray } from '../state.ts'
import type { HostTensor } from './element-types.ts'
import { elementsOf, fromOrder, toOrder } from './layout.ts'

/** A tensor of another program's checkpoint: its name and shape, and the leaves of ours that lie one after another in it. */
export interface ForeignTensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly parts: readonly { readonly path: string; readonly order: readonly string[] }[]
}

const join = (arrays: readonly HostArray[]): HostArray => {
  const [first] = arrays
  if (arrays.length === 1 && first !== undefined) return first
  const length = arrays.reduce((total, { length: each }) => total + each, 0)
  const all = first instanceof Int32Array ? new Int32Array(length) : first instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length)
  let at = 0
  for (const each of arrays) {
    all.set(each, at)
    at += each.length
  }
  return all
}

/** Our leaves as foreign tensors; those whose parts are not all given are left out. */
export const toForeign = (names: readonly ForeignTensor[], leaves: ReadonlyMap<string, StateArray>): ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: HostArray }> => {
  const found = new Map<string, { shape: readonly number[]; data: HostArray }>()
  for (const { name, shape, parts } of names) {
    const pieces = parts.flatMap(({ path, order }) => {
      const leaf = leaves.get(path)
      return leaf === undefined ? [] : [toOrder(leaf.data, leaf.axes, order)]
    })
    if (pieces.length === parts.length) found.set(name, { shape, data: join(pieces) })
  }
  return found
}

/** Foreign tensors as our leaves. A tensor of another shape than ours, or (unless `partial`) one that is missing, is an error that names it. */
export const fromForeign = (file: string, names: readonly ForeignTensor[], tensors: ReadonlyMap<string, HostTensor>, specs: ReadonlyMap<string, ArraySpec>, partial: (name: string) => boolean = () => false): E.Either<string, ReadonlyMap<string, HostArray>> => {
  const leaves = new Map<string, HostArray>()
  for (const { name, shape, parts } of names) {
    const tensor = tensors.get(name)
    if (tensor === undefined) {
      if (partial(name)) continue
      return E.left(`${file}: there is no tensor '${name}' (wanted for ${parts.map(({ path }) => path).join(', ')})`)
    }
    const same = tensor.shape.length === shape.length && shape.every((size, i) => size === tensor.shape[i])
    if (!same) return E.left(`${file}: tensor '${name}' is [${tensor.shape.join(', ')}], wanted [${shape.join(', ')}]`)
    let at = 0
    for (const { path, order } of parts) {
      const spec = specs.get(path)
      if (spec === undefined) return E.left(`the model has no leaf '${path}' for tensor '${name}' of ${file}`)
      const size = elementsOf(spec.axes)
      leaves.set(path, fromOrder(tensor.data.subarray(at, at + size), spec.axes, order))
      at += size
    }
  }
  return E.right(leaves)
}
