import type { ForeignName } from '../../compiler/language/index.ts'
import type { Albef } from './config.ts'
import { contrasts } from './parameters.ts'

/** A tensor of an official checkpoint, with what of ours is in it. */
export type OfficialTensor = ForeignName

export const one = (name: string, shape: readonly number[], path: string, order: readonly string[]): OfficialTensor => ({ name, shape, parts: [{ path, order }] })

/** PyTorch keeps weights as [out, in]. */
export const linear = (name: string, path: string, to: readonly (readonly [string, number])[], from: readonly (readonly [string, number])[]): readonly OfficialTensor[] => {
  const size = (axes: readonly (readonly [string, number])[]): number => axes.reduce((product, [, each]) => product * each, 1)
  const names = (axes: readonly (readonly [string, number])[]): readonly string[] => axes.map(([axis]) => axis)
  return [
    one(`${name}.weight`, [size(to), size(from)], `${path}/weight`, [...names(to), ...names(from)]),
    one(`${name}.bias`, [size(to)], `${path}/bias`, names(to)),
  ]
}

export const norm = (name: string, path: string, hidden: number): readonly OfficialTensor[] => [one(`${name}.weight`, [hidden], `${path}/scale`, ['hidden']), one(`${name}.bias`, [hidden], `${path}/offset`, ['hidden'])]

export const vision = (name: string, path: string, { image, patch, hidden, layers, heads, inner, stem }: Albef['vision']): readonly OfficialTensor[] => {
  const [side, channels] = [stem.reduce((now, { size }) => now / size, patch), stem[stem.length - 1]?.channels ?? 3]
  const parts = [['head', heads], ['feature', hidden / heads]] as const
  const qkv = ['query', 'key', 'value']
  return [
    one(`${name}.cls_token`, [1, 1, hidden], `${path}/cls`, ['hidden']),
    one(`${name}.pos_embed`, [1, 1 + (image / patch) ** 2, hidden], `${path}/position`, ['token', 'hidden']),
    one(`${name}.patch_embed.proj.weight`, [hidden, channels, side, side], `${path}/patch/weight`, ['hidden', 'channel', 'y', 'x']),
    one(`${name}.patch_embed.proj.bias`, [hidden], `${path}/patch/bias`, ['hidden']),
    // A stem is ours: the official model has none, so its names are ours too.
    ...stem.flatMap(({ size, channels: to }, i) => [
      one(`${name}.patch_embed.stem.${i}.weight`, [to, stem[i - 1]?.channels ?? 3, size, size], `${path}/stem/${i}/map/weight`, ['out', 'channel', 'y', 'x']),
      one(`${name}.patch_embed.stem.${i}.bias`, [to], `${path}/stem/${i}/map/bias`, ['out']),
      one(`${name}.patch_embed.stem.${i}.norm.weight`, [to], `${path}/stem/${i}/norm/scale`, ['out']),
      one(`${name}.patch_embed.stem.${i}.norm.bias`, [to], `${path}/stem/${i}/norm/offset`, ['out']),
    ]),
    ...Array.from({ length: layers }, (_, i) => {
      const [block, ours] = [`${name}.blocks.${i}`, `${path}/blocks/${i}`]
      return [
        ...norm(`${block}.norm1`, `${ours}/attentionNorm`, hidden),
        { name: `${block}.attn.qkv.weight`, shape: [3 * hidden, hidden], parts: qkv.map(each => ({ path: `${ours}/attention/${each}/weight`, order: ['head', 'feature', 'hidden'] })) },
        { name: `${block}.attn.qkv.bias`, shape: [3 * hidden], parts: qkv.map(each => ({ path: `${ours}/attention/${each}/bias`, order: ['head', 'feature'] })) },
        ...linear(`${block}.attn.proj`, `${ours}/attention/output`, [['hidden', hidden]], parts),
        ...norm(`${block}.norm2`, `${ours}/feedForwardNorm`, hidden),
        ...linear(`${block}.mlp.fc1`, `${ours}/feedForward/expand`, [['inner', inner]], [['hidden', hidden]]),
        ...linear(`${block}.mlp.fc2`, `${ours}/feedForward/contract`, [['hidden', hidden]], [['inner', inner]]),
      ]
    }).flat(),
    ...norm(`${name}.norm`, `${path}/norm`, hidden),
  ]
}

export const attention = (name: string, path: string, context: number, { hidden, heads }: Albef['text']): readonly OfficialTensor[] => {
  const parts = [['head', heads], ['feature', hidden / heads]] as const
  return [
    ...linear(`${name}.self.query`, `${path}/query`, parts, [['hidden', hidden]]),
    ...linear(`${name}.self.key`, `${path}/key`, parts, [['hidden', context]]),
    ...linear(`${name}.self.value`, `${path}/value`, parts, [['hidden', context]]),
    ...linear(`${name}.output.dense`, `${path}/output`, [['hidden', hidden]], parts),
    ...norm(`${name}.output.LayerNorm`, `${path}Norm`, hidden),
  ]
}

/** A layer of BERT, by the names of Hugging Face's implementation. */
export const bertLayer = (name: string, path: string, text: Albef['text']): readonly OfficialTensor[] => [
  ...attention(`${name}.attention`, `${path}/attention`, text.hidden, text),
  ...linear(`${name}.intermediate.dense`, `${path}/feedForward/expand`, [['inner', text.inner]], [['hidden', text.hidden]]),
  ...linear(`${name}.output.dense`, `${path}/feedForward/contract`, [['hidden', text.hidden]], [['inner', text.inner]]),
  ...norm(`${name}.output.LayerNorm`, `${path}/feedForwardNorm`, text.hidden),
]

/** The embeddings of BERT, by the names of Hugging Face's implementation. */
export const bertEmbeddings = (name: string, path: string, { words, places, hidden }: Albef['text']): readonly OfficialTensor[] => [
  one(`${name}.word_embeddings.weight`, [words, hidden], `${path}/word`, ['word', 'hidden']),
  // The numbers 0 … places - 1, a constant of Hugging Face's code.
  { ...one(`${name}.position_embeddings.weight`, [places, hidden], `${path}/place`, ['place', 'hidden']), beside: [`${name}.position_ids`] },
  one(`${name}.token_type_embeddings.weight`, [2, hidden], `${path}/kind`, ['kind', 'hidden']),
  ...norm(`${name}.LayerNorm`, `${path}/norm`, hidden),
]

/** BERT with cross-attention in its upper layers: our text and fusion parts. The names begin with `text_encoder.bert` or, where only a bare model is used, `text_encoder`. */
export const multimodal = (name: string, root: string, { text: sizes, vision: { hidden: imageHidden } }: Pick<Albef, 'text' | 'vision'>): readonly OfficialTensor[] => [
  ...bertEmbeddings(`${name}.embeddings`, `${root}/text`, sizes),
  ...Array.from({ length: sizes.layers }, (_, i) => bertLayer(`${name}.encoder.layer.${i}`, `${root}/text/layers/${i}`, sizes)).flat(),
  ...Array.from({ length: sizes.fusionLayers }, (_, i) => fusionLayer(`${name}.encoder.layer.${sizes.layers + i}`, `${root}/fusion/${i}`, imageHidden, sizes)).flat(),
]

/** A layer of BERT with cross-attention to a context of another width. */
export const fusionLayer = (name: string, path: string, context: number, text: Albef['text']): readonly OfficialTensor[] => [
  ...bertLayer(name, path, text),
  ...attention(`${name}.crossattention`, `${path}/crossAttention`, context, text),
]

/** The word predictor on top of BERT. */
export const wordHead = (name: string, path: string, { hidden, words }: Albef['text']): readonly OfficialTensor[] => [
  // Its matrix is tied to the word embeddings, and the bias stands twice.
  { ...one(`${name}.bias`, [words], `${path}/bias`, ['word']), beside: [`${name}.decoder.weight`, `${name}.decoder.bias`] },
  ...linear(`${name}.transform.dense`, `${path}/dense`, [['inner', hidden]], [['hidden', hidden]]),
  ...norm(`${name}.transform.LayerNorm`, `${path}/norm`, hidden),
]

const encoders = (suffix: string, root: string, config: Albef): readonly OfficialTensor[] => [
  ...vision(`visual_encoder${suffix}`, `${root}/vision`, config.vision),
  ...multimodal(`text_encoder${suffix}.bert`, root, config),
  ...wordHead(`text_encoder${suffix}.cls.predictions`, `${root}/words`, config.text),
  ...(contrasts(config) ? linear(`vision_proj${suffix}`, `${root}/visionProjection`, [['embed', config.embed]], [['hidden', config.vision.hidden]]) : []),
  ...(contrasts(config) ? linear(`text_proj${suffix}`, `${root}/textProjection`, [['embed', config.embed]], [['hidden', config.text.hidden]]) : []),
]

/** The student's parameters under their official names. */
export const officialStudent = (config: Albef, root = 'student'): readonly OfficialTensor[] => [
  ...(contrasts(config) ? [one('temp', [], `${root}/temperature`, [])] : []),
  ...encoders('', root, config),
  ...linear('itm_head', `${root}/matching`, [['answer', 2]], [['hidden', config.text.hidden]]),
]

/** The queues of features, and where the next row goes. */
export const queueNames = (config: Pick<Albef, 'embed' | 'queue'>): readonly OfficialTensor[] => [
  one('image_queue', [config.embed, config.queue], 'queues/image', ['embed', 'slot']),
  one('text_queue', [config.embed, config.queue], 'queues/text', ['embed', 'slot']),
  one('queue_ptr', [1], 'queues/next', []),
]

/** Everything in an official pre-training checkpoint's model that is ours too: student, teacher, queues. Tied tensors stand once. */
export const officialNames = (config: Albef): readonly OfficialTensor[] => [
  ...officialStudent(config),
  ...encoders('_m', 'teacher', config),
  ...(contrasts(config) ? queueNames(config) : []),
]

/** A MiniLM (a BERT by Hugging Face's bare names) as the first text layers of the encoder at a path. */
export const bertTextWeights = ({ text }: Pick<Albef, 'text'>, available: number, path = 'student/text'): readonly OfficialTensor[] => [
  ...bertEmbeddings('embeddings', path, text),
  ...Array.from({ length: Math.min(text.layers, available) }, (_, i) => bertLayer(`encoder.layer.${i}`, `${path}/layers/${i}`, text)).flat(),
]

/** The same and, above them, copies of its last layers as fusion layers. */
export const bertWeights = (config: Pick<Albef, 'text'>, available: number): readonly OfficialTensor[] => {
  const { layers, fusionLayers } = config.text
  const start = Math.max(0, Math.min(layers, available - fusionLayers))
  return [
    ...bertTextWeights(config, available),
    ...Array.from({ length: Math.min(fusionLayers, available) }, (_, i) => bertLayer(`encoder.layer.${start + i}`, `student/fusion/${i}`, config.text)).flat(),
  ]
}
