import { encodeMessage, writeBool, writeInt, writeMessage, writeString } from '../../compiler/targets/tensorflow/protobuf.ts'

/** How a session uses the machine. What is left out is TensorFlow's own choice. */
export interface SessionSettings {
  /** Number of devices that the processor counts as: `/device:CPU:0` and on. They share its cores and memory. */
  readonly virtualCpus?: number
  /** Leaves graphics processors alone, so that nothing is moved there. */
  readonly withoutGpus?: boolean
  /** Threads of one operation, and operations at once. They are of the process: its first session decides. */
  readonly intraOpThreads?: number
  readonly interOpThreads?: number
}

/**
 * The bytes of a ConfigProto (field numbers of tensorflow/core/protobuf/config.proto). GPU memory is taken as it is needed, not all at
 * once: other programs may want some. The graph rewriter is off, as in the compiled programs themselves.
 */
export const encodeConfig = ({ virtualCpus, withoutGpus, intraOpThreads, interOpThreads }: SessionSettings): Uint8Array =>
  encodeMessage(out => {
    const devices = (type: string, count: number): void =>
      writeMessage(out, 1, () => {
        writeString(out, 1, type)
        writeInt(out, 2, count)
      })
    if (virtualCpus !== undefined) devices('CPU', virtualCpus)
    if (withoutGpus === true) devices('GPU', 0)
    if (intraOpThreads !== undefined) writeInt(out, 2, intraOpThreads)
    if (interOpThreads !== undefined) writeInt(out, 5, interOpThreads)
    writeMessage(out, 6, () => writeBool(out, 4, true))
    writeMessage(out, 10, () => writeMessage(out, 10, () => writeBool(out, 19, true)))
  })
