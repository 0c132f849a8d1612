import * as E from 'fp-ts/Either'
import { passNames } from '../../compiler/language/index.ts'

/** Reads `--without narrow,hoist`. Left: one sentence with the names that there are. */
export const parseWithout = (text: string | undefined): E.Either<string, readonly string[]> => {
  const names = (text ?? '').split(',').map(name => name.trim()).filter(name => name !== '')
  const strange = names.find(name => !passNames.includes(name))
  return strange === undefined ? E.right([...new Set(names)]) : E.left(`--without ${strange}: there is no such pass; there is ${passNames.join(', ')}`)
}

/** What `--without` says of itself. */
export const withoutDescription = `passes to switch off, with commas between them: ${passNames.join(', ')}`
