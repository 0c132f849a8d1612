import { readFileSync } from 'node:fs'
import * as E from 'fp-ts/Either'
import type * as t from 'io-ts'
import { parseTensors } from '../../../runtime/checkpoints/safetensors.ts'
import type { HostTensor } from '../../../runtime/checkpoints/element-types.ts'

const folder = new URL('../../golden/misc/', import.meta.url)

/** Reference values from a JSON file; throws where the file is of another form. */
export const goldenJson = <A>(name: string, type: t.Type<A>): A => {
  const decoded = type.decode(JSON.parse(readFileSync(new URL(name, folder), 'utf8')))
  if (E.isLeft(decoded)) throw new Error(`${name}: not of the form ${type.name}`)
  return decoded.right
}

/** The tensors of a safetensors file of reference values. */
export const goldenTensors = (name: string): ReadonlyMap<string, HostTensor> => {
  const parsed = parseTensors(name, readFileSync(new URL(name, folder)))
  if (E.isLeft(parsed)) throw new Error(parsed.left)
  return parsed.right.tensors
}
