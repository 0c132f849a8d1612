import { readFileSync } from 'node:fs'
import * as E from 'fp-ts/Either'
import { parseTensors } from '../../../runtime/checkpoints/safetensors.ts'

const folder = new URL('../../golden/misc/', import.meta.url)

/** The text of a file of reference values. */
export const goldenText = (name: string): string => readFileSync(new URL(name, folder), 'utf8')

/** Reads values of a known form out of parsed JSON; throws where the file is of another form. */
export const goldenPairs = (value: unknown): [string, unknown][] => {
  if (!Array.isArray(value)) throw new Error('expected a list of pairs in the reference file')
  return value.map((pair: unknown) => {
    if (!Array.isArray(pair) || typeof pair[0] !== 'string') throw new Error('expected [text, value] in the reference file')
    return [pair[0], pair[1]]
  })
}

/** A function that gives a tensor of a safetensors file as numbers, with its shape. */
export const goldenTensors = (name: string): ((tensor: string) => { shape: readonly number[]; data: ArrayLike<number> }) => {
  const parsed = parseTensors(name, readFileSync(new URL(name, folder)))
  if (E.isLeft(parsed)) throw new Error(parsed.left)
  return (tensor) => {
    const found = parsed.right.tensors.get(tensor)
    if (found === undefined) throw new Error(`${name} has no tensor ${tensor}`)
    return found
  }
}
