import * as TE from 'fp-ts/TaskEither'
import { pipe } from 'fp-ts/function'
import { readPytorch } from '../../checkpoints/pytorch.ts'
import { readHeader } from '../../checkpoints/safetensors.ts'

/** A tensor of a checkpoint, as its file describes it. */
export interface StoredTensor {
  readonly name: string
  readonly shape: readonly number[]
}

const isPytorch = (path: string): boolean => /\.(pth|pt|bin|ckpt)$/.test(path)

/** Names and shapes in a checkpoint, by its header alone: safetensors, or PyTorch's by the file's ending. Left: one sentence. */
export const readCheckpoint = (path: string): TE.TaskEither<string, readonly StoredTensor[]> =>
  isPytorch(path)
    ? pipe(readPytorch(path), TE.map(tensors => tensors.map(({ name, shape }) => ({ name, shape }))))
    : pipe(readHeader(path), TE.map(({ entries }) => [...entries].map(([name, { shape }]) => ({ name, shape }))))
