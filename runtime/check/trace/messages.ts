// What the process that reads types and the process that traces say to each other.
import type { Precision } from '../../../compiler/language/index.ts'
import type { Mesh } from '../../../compiler/program/mesh.ts'
import type { Finding } from '../../../compiler/check/finding.ts'
import type { Cost, Fit, Machine, MeshCost } from '../../../compiler/check/cost/index.ts'
import type { StoredTensor } from '../weights/read.ts'

/** What is asked about every program of every file. */
export interface Asked {
  readonly config?: string
  readonly cost?: boolean
  /** In what products of matrices are computed, where costs are asked for; f32 without it. */
  readonly precision?: Precision
  /** Costs are those of each device of a mesh, and predicted for a machine; `text` is how the mesh was written. */
  readonly devices?: { readonly text: string; readonly mesh: Mesh; readonly machine: Machine }
  /** Bytes that a step may take. */
  readonly fit?: number
  /** The tensors of a checkpoint that is compared with the parameters. */
  readonly weights?: { readonly file: string; readonly tensors: readonly StoredTensor[] }
  /** Where an earlier version of this project lies that the programs are compared with. */
  readonly before?: { readonly root: string; readonly copy: string; readonly revision: string }
}

export interface Request extends Asked {
  /** Grows with every check: modules are read anew for each. */
  readonly version: number
  /** Absolute path of the file whose programs are traced. */
  readonly file: string
}

/** What became of one program of a file in one configuration. */
export interface ProgramReport {
  /** The export that it is. */
  readonly name: string
  readonly config?: string
  readonly findings: readonly Finding[]
  /** Whether all of it could be traced. */
  readonly traced: boolean
  readonly parameters?: number
  readonly costs?: readonly Cost[]
  /** With a mesh: of programs that train, or why the program does not run on it. */
  readonly devices?: readonly MeshCost[] | { readonly refused: string }
  readonly fit?: Fit | undefined
  /** What changed; that there was no such program; or why that cannot be said. */
  readonly change?: { readonly text: string } | { readonly missing: string } | { readonly failed: string }
}

/** What became of a file: its programs, or why it could not be read; `wrong` are exports that look like programs and are none. */
export interface FileReport {
  readonly file: string
  readonly programs: readonly ProgramReport[]
  readonly failure?: Finding
  /** What was thrown by code of this or an earlier file after it was read. */
  readonly left?: readonly Finding[]
  readonly wrong: readonly { readonly name: string; readonly sentence: string }[]
  /** Every configuration that the file has, asked for or not. */
  readonly configs: readonly string[]
}

/** The process is there; what it was asked about a file. */
export type Reply = { readonly kind: 'ready' } | { readonly kind: 'file'; readonly report: FileReport }

export const isReply = (x: unknown): x is Reply => typeof x === 'object' && x !== null && 'kind' in x
export const isRequest = (x: unknown): x is Request => typeof x === 'object' && x !== null && 'version' in x && 'file' in x
