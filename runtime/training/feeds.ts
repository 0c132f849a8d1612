import type { Job } from '../../compiler/language/index.ts'
import type { HostArray, Session } from '../backends/backend.ts'
import type { Batch } from '../data/batch.ts'
import type { Pairs } from '../data/dataset.ts'

/** Runs a program over many rows, a batch at a time (the last one padded with its own first rows), and joins one output's rows. */
export const runInBatches = (session: Session, program: string, inputs: Readonly<Record<string, HostArray>>, rows: number, onRows?: (done: number) => void): Readonly<Record<string, Float32Array>> => {
  const spec = session.signatures[program]
  if (spec === undefined) throw new Error(`there is no program '${program}'`)
  const size = spec.inputs[0]?.axes[0]?.size ?? 1
  const joined: Record<string, Float32Array> = {}
  for (const { name, axes } of spec.outputs) joined[name] = new Float32Array((rows * axes.reduce((product, axis) => product * axis.size, 1)) / size)
  for (let start = 0; start < rows; start += size) {
    const count = Math.min(size, rows - start)
    const feeds = Object.fromEntries(Object.entries(inputs).map(([name, data]) => [name, padded(data, start, count, size, data.length / rows)]))
    const outputs = session.run(program, feeds)
    for (const [name, all] of Object.entries(joined)) {
      const width = all.length / rows
      const data = outputs[name]
      if (data instanceof Float32Array) all.set(data.subarray(0, count * width), start * width)
    }
    onRows?.(start + count)
  }
  return joined
}

const padded = (data: HostArray, start: number, count: number, size: number, width: number): HostArray => {
  const part = data.subarray(start * width, (start + count) * width)
  if (count === size) return part
  const full = data instanceof Float32Array ? new Float32Array(size * width) : data instanceof Int32Array ? new Int32Array(size * width) : new Uint8Array(size * width)
  // Rows of nothing but padding could be a division by zero in a model.
  for (let row = 0; row < size; row += count) full.set(part.subarray(0, Math.min(count, size - row) * width), row * width)
  return full
}

/** Rows of a table, by number. */
export const rowsOf = (table: Float32Array, width: number, rows: Int32Array): Float32Array => {
  const out = new Float32Array(rows.length * width)
  rows.forEach((row, i) => out.set(table.subarray(row * width, (row + 1) * width), i * width))
  return out
}

/** How a batch becomes the inputs of a step. What comes from a program over captions is computed here, once for every caption. */
export const feeder = (job: Job, session: Session, pairs: Pairs, onRows?: (done: number, of: number) => void): ((batch: Batch) => Readonly<Record<string, HostArray>>) => {
  const captions = pairs.captions.length
  const makers = Object.entries(job.data.inputs).map(([name, source]): readonly [string, (batch: Batch) => HostArray] => {
    if (source === 'picture') return [name, batch => batch.image]
    if (source === 'words') return [name, batch => batch.ids]
    if (source === 'identity') return [name, batch => batch.picture]
    if (typeof source === 'string') throw new Error(`pictures with captions have no '${source}' for the input '${name}'`)
    const table = runInBatches(session, source.captions, { ids: pairs.ids }, captions, done => onRows?.(done, captions))[source.output]
    if (table === undefined) throw new Error(`program '${source.captions}' has no output '${source.output}'`)
    return [name, batch => rowsOf(table, table.length / captions, batch.caption)]
  })
  return batch => Object.fromEntries(makers.map(([name, make]) => [name, make(batch)]))
}
