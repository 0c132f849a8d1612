import * as E from 'fp-ts/Either'
import { passNames } from '../../compiler/language/index.ts'
import { tensorflow } from '../../compiler/targets/tensorflow/emit.ts'

/** Everything that can be switched off in compiling for TensorFlow. */
export const switches: readonly string[] = [...passNames, ...(tensorflow.switches ?? [])]

/** Reads `--without narrow,hoist`. Left: one sentence with the names that there are. */
export const parseWithout = (text: string | undefined): E.Either<string, readonly string[]> => {
  const names = (text ?? '').split(',').map(name => name.trim()).filter(name => name !== '')
  const strange = names.find(name => !switches.includes(name))
  return strange === undefined ? E.right([...new Set(names)]) : E.left(`--without ${strange}: there is no such pass; there is ${switches.join(', ')}`)
}

/** What `--without` says of itself. */
export const withoutDescription = `passes to switch off, with commas between them: ${switches.join(', ')}`
