// The slips of mistakes_torch.py and mistakes_jax.py, each put into the sources of the ALBEF of this project and checked as `axle check` does it.
import type { Finding } from '../../../compiler/check/finding.ts'
import type { Checker } from '../../mutants/run.ts'
import type { Part } from '../../mutants/judge.ts'
import type { Mutant } from '../../mutants/mutant.ts'

export interface Slip {
  readonly name: string
  readonly file: string
  readonly before: string
  /** What of `before` is replaced, where that is not all of it. */
  readonly part?: string
  readonly after: string
}

/** Named as in the other systems' scripts. */
export const slips: readonly Slip[] = [
  { name: 'softmax over the queries instead of the keys', file: 'models/layers/attention.ts', before: "softmax('key', masked", part: "'key'", after: "'token'" },
  { name: 'padding masks queries instead of keys', file: 'models/albef/text.ts', before: "rename(mask, { token: 'key' })", after: 'mask' },
  { name: 'scores contract the heads instead of the features', file: 'models/layers/attention.ts', before: "dot('feature', q, k)", part: "'feature'", after: "'head'" },
  { name: 'class token taken along the batch', file: 'models/albef/contrast.ts', before: "linear(p, at('token', 0, tokens))", part: "'token'", after: "'batch'" },
  { name: 'projection of the other tower', file: 'models/albef/step.ts', before: 'project(p.visionProjection, own)', part: 'visionProjection', after: 'textProjection' },
  { name: 'a linear map declared with the wrong width', file: 'models/layers/feed-forward.ts', before: 'linearParams({ inner }, { hidden }', part: '{ inner }', after: '{ inner: hidden }' },
  { name: 'queue that the batch does not divide', file: 'models/albef/config.ts', before: 'queue: 16,', part: '16', after: '18' },
  { name: 'more tokens than the table has places', file: 'models/albef/config.ts', before: 'tokens: 10,', part: '10', after: '20' },
  { name: 'residual from the other sequence', file: 'models/albef/text.ts', before: "add(here('crossAttention/output', seen), own)", part: 'own', after: 'contexts[0]' },
  { name: 'loss summed over the batch instead of the candidates', file: 'models/albef/contrast.ts', before: "crossEntropy('candidate', logits, targets)", part: "'candidate'", after: "'batch'" },
  { name: 'mapped over the wrong axis', file: 'models/albef/step.ts', before: "vmap('batch', visionTransformer(p.vision, config.vision))", part: "'batch'", after: "'row'" },
  { name: 'student where the teacher belongs', file: 'models/albef/step.ts', before: 'params: teacher, images: firstOf(anchors, target.images)', part: 'teacher', after: 'student' },
  { name: 'prediction and target swapped', file: 'models/albef/contrast.ts', before: "crossEntropy('candidate', logits, targets)", part: 'logits, targets', after: 'targets, logits' },
  { name: 'one key for two draws', file: 'models/albef/choices.ts', before: "drawOther(fold(key, 'text'), imageToText, own)", part: "'text'", after: "'image'" },
  { name: 'parameter that nothing uses', file: 'models/albef/text.ts', before: 'place: param({ place: places, hidden }, normal(0.02)),', after: 'place: param({ place: places, hidden }, normal(0.02)), spare: param({ hidden }, normal(0.02)),' },
  { name: 'division by a count that may be zero', file: 'models/albef/masking.ts', before: 'masked.weight), 1)', part: '1', after: '0' },
  { name: 'features compared with the queue of their own modality', file: 'models/albef/contrast.ts', before: 'contrast(student.image, teacher.image, teacher.text, queues.text', part: 'queues.text', after: 'queues.image' },
]

/** What a system says to a slip: one line of what it printed (none: it says nothing), when, and what comes of it where it goes on. */
export interface Said {
  readonly slip: string
  readonly when: Part | 'first call' | 'when it runs' | 'never'
  readonly says: string
  readonly result?: string
  /** A switch, off by default, with which it would be said, and what is said then. */
  readonly with?: string
}

export const mutantOf = ({ name, file, before, part = before, after }: Slip, text: string): Mutant => {
  const start = text.lastIndexOf(before) + before.indexOf(part)
  if (!text.includes(before) || !before.includes(part)) throw new Error(`${file} does not say ${before}, which '${name}' changes`)
  const lines = text.slice(0, start).split('\n')
  return { kind: 'axis name replaced', file, start, end: start + part.length, before: part, after, line: lines.length, column: (lines[lines.length - 1] ?? '').length + 1 }
}

/** Without what stands in parentheses and names a source: depth by depth, since expressions have parentheses of their own. */
const withoutSources = (text: string): string => {
  const open = text.indexOf(' (')
  if (open < 0) return text
  let depth = 0
  const close = [...text.slice(open)].findIndex(each => (depth += each === '(' ? 1 : each === ')' ? -1 : 0) === 0 && each === ')') + open
  const inside = text.slice(open, close + 1)
  return text.slice(0, open) + (/\.ts\b/.test(inside) ? '' : inside) + withoutSources(text.slice(close + 1))
}

/** The first line of a finding as it is worth writing down: without line numbers, the sources of sizes, and for which sizes it would be right. */
export const saidBy = ({ code, span, sentence }: Finding): string => `${span.file} ${code} ${withoutSources(sentence).replace(/; right only .*$/, '')}`

/** What the checker says to a slip first. */
export const saidTo = async (checker: Checker, slip: Slip): Promise<Said> => {
  const { fate } = await checker.check(mutantOf(slip, checker.textOf(slip.file)))
  if (fate.kind !== 'caught') return { slip: slip.name, when: 'never', says: '' }
  return { slip: slip.name, when: fate.part, says: saidBy(fate.finding) }
}
