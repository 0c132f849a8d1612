/** Element types of the arrays that cross the boundary between a compiled program and its host. */
export type ArrayType = 'f32' | 'i32' | 'u8' | 'bool'

/** One array at the boundary: row-major, the first axis slowest. No axes means a single number. */
export interface ArraySpec {
  readonly name: string
  readonly dtype: ArrayType
  readonly axes: readonly { readonly name: string; readonly size: number }[]
}

/** An array that the host feeds. `packed` u8 inputs enter the graph as int32, four bytes each, and are bitcast there. */
export interface InputSpec extends ArraySpec {
  /** The graph's tensor name, without `:0`. */
  readonly node: string
  readonly packed: boolean
}

/** An array that the host reads. */
export interface OutputSpec extends ArraySpec {
  /** The graph's tensor name, without `:0`. */
  readonly node: string
}

/** One way to call a compiled program: what goes in and what comes out. */
export interface SignatureSpec {
  readonly inputs: readonly InputSpec[]
  readonly outputs: readonly OutputSpec[]
}

/** What every target produces: files by relative path, and the signatures that they answer to. */
export interface Artifact {
  readonly target: string
  readonly files: Readonly<Record<string, Uint8Array>>
  readonly signatures: Readonly<Record<string, SignatureSpec>>
}

/** Number of elements of an array: the product of its axis sizes. */
export const elementCount = (array: ArraySpec): number => array.axes.reduce((count, axis) => count * axis.size, 1)
