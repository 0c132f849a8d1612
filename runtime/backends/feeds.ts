import * as E from 'fp-ts/Either'
import { elementCount } from '../../compiler/targets/artifact.ts'
import type { Artifact, ArraySpec, ArrayType, InputSpec, SignatureSpec } from '../../compiler/targets/artifact.ts'
import { BackendError } from './backend.ts'
import type { HostArray } from './backend.ts'

export type Feeds = Readonly<Record<string, HostArray>>

/** An input of a signature together with the array for it. */
export interface Feed {
  readonly input: InputSpec
  readonly values: HostArray
}

const ARRAY_OF: Readonly<Record<ArrayType, string>> = { f32: 'Float32Array', i32: 'Int32Array', u8: 'Uint8Array', bool: 'Uint8Array' }

/** The kind of array that holds a type; a Buffer counts as the Uint8Array that it is. */
const arrayKind = (values: unknown): string => {
  if (values instanceof Float32Array) return 'Float32Array'
  if (values instanceof Int32Array) return 'Int32Array'
  if (values instanceof Uint8Array) return 'Uint8Array'
  return Object.prototype.toString.call(values).slice(8, -1)
}

const described = ({ dtype, axes }: ArraySpec): string =>
  axes.length === 0 ? `a single ${dtype}` : `${dtype}, ${axes.map(({ name, size }) => `${name} ${size}`).join(' × ')}`

const listed = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.map((name) => `'${name}'`).join(', '))

const feedError = (message: string): E.Either<BackendError, never> => E.left(new BackendError('feed', message))

/** A signature by its name, or an error that lists those there are. */
export const findSignature = (signatures: Artifact['signatures'], name: string): E.Either<BackendError, SignatureSpec> => {
  const signature = Object.hasOwn(signatures, name) ? signatures[name] : undefined
  return signature === undefined
    ? feedError(`There is no signature '${name}'; there are ${listed(Object.keys(signatures))}.`)
    : E.right(signature)
}

const checkFeed = (signature: string, input: InputSpec, values: HostArray | undefined): E.Either<BackendError, Feed> => {
  const where = `Signature '${signature}', input '${input.name}' (${described(input)})`
  if (values === undefined) return feedError(`${where} is missing.`)
  const [wantedKind, foundKind] = [ARRAY_OF[input.dtype], arrayKind(values)]
  const wanted = elementCount(input)
  return wantedKind === foundKind && values.length === wanted
    ? E.right({ input, values })
    : feedError(`${where} wants a ${wantedKind} of ${wanted}, found a ${foundKind} of ${values.length}.`)
}

/** Pairs every input of a signature with its array, in the order of the signature; the first that is missing, unknown or of wrong kind or size is the error. */
export const checkFeeds = (name: string, signature: SignatureSpec, feeds: Feeds): E.Either<BackendError, readonly Feed[]> => {
  const known = signature.inputs.map((input) => input.name)
  const unknown = Object.keys(feeds).find((given) => !known.includes(given))
  if (unknown !== undefined) return feedError(`Signature '${name}' has no input '${unknown}'; its inputs are ${listed(known)}.`)
  const checked: Feed[] = []
  for (const input of signature.inputs) {
    const feed = checkFeed(name, input, Object.hasOwn(feeds, input.name) ? feeds[input.name] : undefined)
    if (E.isLeft(feed)) return feed
    checked.push(feed.right)
  }
  return E.right(checked)
}

/** Four bytes an element, for an input that is packed. Copies only where the bytes do not begin at a multiple of four. */
export const packBytes = (bytes: Uint8Array): Int32Array => {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes)
  return new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4)
}

/** What can be said against an artifact before any backend sees it: a signature that returns nothing, packed inputs that are not whole words. */
export const checkArtifact = (artifact: Artifact): E.Either<BackendError, Artifact> => {
  for (const [name, { inputs, outputs }] of Object.entries(artifact.signatures)) {
    if (outputs.length === 0) return E.left(new BackendError('load', `Signature '${name}' has no output, so it could never run.`))
    const torn = inputs.find((input) => input.packed && (input.dtype !== 'u8' || elementCount(input) % 4 !== 0))
    if (torn !== undefined) {
      const message = `Signature '${name}', input '${torn.name}' (${described(torn)}) cannot be packed: only u8 in a multiple of four can.`
      return E.left(new BackendError('load', message))
    }
  }
  return E.right(artifact)
}
