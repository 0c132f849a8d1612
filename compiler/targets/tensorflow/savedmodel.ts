import { elementCount } from '../artifact.ts'
import type { Artifact, ArraySpec, InputSpec, SignatureSpec } from '../artifact.ts'
import { dataType, writeGraph, writeShape } from './graphdef.ts'
import type { GraphDef, TfType } from './graphdef.ts'
import { encodeMessage, writeEntry, writeInt, writeMap, writeMessage, writeString } from './protobuf.ts'
import type { Writer } from './protobuf.ts'

/** The tag that readers of a SavedModel ask for by default. */
export const SERVE_TAG = 'serve'

const PREDICT_METHOD = 'tensorflow/serving/predict'

/** The placeholder of an input: packed bytes are int32 in one axis, everything else is as declared. */
export const placeholder = (input: InputSpec): { readonly type: TfType; readonly shape: readonly number[] } =>
  input.packed ? { type: 'i32', shape: [elementCount(input) / 4] } : { type: input.dtype, shape: sizes(input) }

const sizes = (array: ArraySpec): readonly number[] => array.axes.map((axis) => axis.size)

const writeTensorInfo = (out: Writer, field: number, name: string, node: string, type: TfType, shape: readonly number[]): void =>
  writeEntry(out, field, name, () => {
    writeString(out, 1, node.includes(':') ? node : `${node}:0`)
    writeInt(out, 2, dataType(type))
    writeMessage(out, 3, () => writeShape(out, shape))
  })

const writeSignature = (out: Writer, signature: SignatureSpec): void => {
  for (const input of signature.inputs) {
    const { type, shape } = placeholder(input)
    writeTensorInfo(out, 1, input.name, input.node, type, shape)
  }
  for (const output of signature.outputs) writeTensorInfo(out, 2, output.name, output.node, output.dtype, sizes(output))
  writeString(out, 3, PREDICT_METHOD)
}

/** The bytes of `saved_model.pb`: one graph under the tag `serve`. Field numbers follow saved_model.proto and meta_graph.proto. */
export const encodeSavedModel = (graph: GraphDef, signatures: Artifact['signatures']): Uint8Array =>
  encodeMessage((out) => {
    writeInt(out, 1, 1)
    writeMessage(out, 2, () => {
      writeMessage(out, 1, () => writeString(out, 4, SERVE_TAG))
      writeMessage(out, 2, () => writeGraph(out, graph))
      writeMap(out, 5, signatures, (signature) => writeSignature(out, signature))
    })
  })

/** A graph and its signatures as something a backend loads. */
export const savedModelArtifact = (graph: GraphDef, signatures: Artifact['signatures']): Artifact => ({
  target: 'tensorflow',
  files: { 'saved_model.pb': encodeSavedModel(graph, signatures) },
  signatures,
})
