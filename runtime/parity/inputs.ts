import type { HostTensor } from '../checkpoints/element-types.ts'

/** What the inputs of a recorded run depend on. */
export interface InputSizes {
  readonly batch: number
  /** Processes that each had such a batch. */
  readonly ranks?: number | undefined
  readonly seq: number
  readonly image: number
  readonly vocab: number
  readonly pad: number
  readonly steps: number
}

type Inputs = ReadonlyMap<string, HostTensor>

/** Shape of each input at one step, and for integers the values that they may have. */
const layout = ({ batch, ranks = 1, seq, image, vocab }: InputSizes): Readonly<Record<string, { readonly shape: readonly number[]; readonly below?: number; readonly or?: number }>> => ({
  image: { shape: [ranks * batch, 3, image, image] },
  input_ids: { shape: [ranks * batch, seq], below: vocab },
  masked_input_ids: { shape: [ranks * batch, seq], below: vocab },
  mlm_labels: { shape: [ranks * batch, seq], below: vocab, or: -100 },
  // Negatives are of one's own process, and counted within it.
  neg_image_idx: { shape: [ranks * batch], below: batch },
  neg_text_idx: { shape: [ranks * batch], below: batch },
  alpha: { shape: [] },
})

const shapeFault = (tensor: HostTensor, steps: number, shape: readonly number[]): string | undefined => {
  const [recorded, ...rest] = tensor.shape
  if (rest.length !== shape.length || rest.some((size, i) => size !== shape[i])) return `is [${tensor.shape.join(', ')}], wanted [${['steps', ...shape].join(', ')}]`
  return recorded === undefined || recorded < steps ? `has ${recorded ?? 0} steps, losses.json has ${steps}` : undefined
}

const valueFault = ({ dtype, data }: HostTensor, below: number | undefined, or: number | undefined): string | undefined => {
  const wanted = below === undefined ? 'f32' : 'i32'
  if (dtype !== wanted) return `is ${dtype}, wanted ${wanted}`
  if (below === undefined) return undefined
  const at = data.findIndex(value => value !== or && (value < 0 || value >= below))
  return at < 0 ? undefined : `holds ${data[at]} at element ${at}, wanted 0 … ${below - 1}${or === undefined ? '' : ` or ${or}`}`
}

/** Masks are made from the ids here: a recorded one must say the same. */
const maskFault = (inputs: Inputs, { batch, ranks = 1, seq, pad }: InputSizes): string | undefined => {
  const [ids, mask] = [inputs.get('input_ids'), inputs.get('attention_mask')]
  if (ids === undefined || mask === undefined) return undefined
  if (mask.data.length !== ids.data.length) return `is [${mask.shape.join(', ')}], input_ids are [${ids.shape.join(', ')}]`
  const at = mask.data.findIndex((value, i) => (value !== 0) !== (ids.data[i] !== pad))
  if (at < 0) return undefined
  const place = `step ${Math.floor(at / (ranks * batch * seq))}, caption ${Math.floor(at / seq) % (ranks * batch)}, token ${at % seq}`
  return `is ${mask.data[at]} at ${place}, where input_ids has ${ids.data[at]} (padding is ${pad}): axle makes the mask from the ids, so such a run cannot be replayed`
}

/** What makes the inputs unusable, as one sentence that names the file and the tensor. */
export const checkInputs = (file: string, inputs: Inputs, sizes: InputSizes): string | undefined => {
  if (sizes.steps < 1) return `${file.replace(/[^/\\]*$/, 'losses.json')}: 'float32' holds no step`
  for (const [name, { shape, below, or }] of Object.entries(layout(sizes))) {
    const tensor = inputs.get(name)
    if (tensor === undefined) return `${file}: there is no tensor '${name}'`
    const fault = shapeFault(tensor, sizes.steps, shape) ?? valueFault(tensor, below, or)
    if (fault !== undefined) return `${file}: tensor '${name}' ${fault}`
  }
  const fault = maskFault(inputs, sizes)
  return fault === undefined ? undefined : `${file}: tensor 'attention_mask' ${fault}`
}
