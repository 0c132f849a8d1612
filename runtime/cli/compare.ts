import { fileURLToPath } from 'node:url'
import { command, oneOf, option, string } from 'cmd-ts'
import { compareModels } from '../compare/compare.ts'
import type { Contender } from '../compare/measure.ts'
import { refusable } from '../training/refusal.ts'
import { count } from './count.ts'

const model = (path: string): string => fileURLToPath(new URL(`../../models/${path}`, import.meta.url))

const contenders: readonly Contender[] = [
  { name: 'ALBEF', file: model('albef/pretrain.ts'), by: ['reranked', 'contrastive'] },
  { name: 'CLIP', file: model('compare/clip.ts'), by: ['contrastive'] },
  { name: 'ViLT', file: model('compare/vilt.ts'), by: ['reranked'] },
]

/** `axle compare --minutes 5`. Exit codes: 0 done, 1 a training broke off, 2 bad input, 130 stopped by Ctrl-C. */
export const compareCommand = command({
  name: 'compare',
  description: 'Trains ALBEF, CLIP and ViLT on the same pictures for the same time, and prints their retrieval, speed, parameters and lines; what is finished is kept.',
  args: {
    minutes: count('minutes', 5, 'length of each training'),
    config: option({ type: string, long: 'config', description: 'name of the configuration', defaultValue: () => 'emoji', defaultValueIsSerializable: true }),
    seed: count('seed', 1, 'of every training'),
    gallery: count('gallery', 100, 'concepts of each gallery: the single stream scores every pair'),
    until: option({ type: oneOf(['plan', 'train', 'table'] as const), long: 'until', description: 'plan: only time the steps; train: measure nothing yet. On a machine with other work, time and measure when it is quiet', defaultValue: () => 'table' as const, defaultValueIsSerializable: true }),
    out: option({ type: string, long: 'out', description: 'where runs, cells and the table are written', defaultValue: () => 'out/compare', defaultValueIsSerializable: true }),
  },
  handler: async given => {
    process.exit(await refusable(() => compareModels({ ...given, contenders })))
  },
})
