import { fileURLToPath } from 'node:url'
import { array, command, multioption, oneOf, option, string } from 'cmd-ts'
import { runSuite, type Entry } from '../suite/suite.ts'
import { refusable } from '../training/refusal.ts'
import { count } from './count.ts'

const entry = (name: string, more: Partial<Entry> = {}): Entry => ({ name, file: fileURLToPath(new URL(`../../models/albef/${name}.ts`, import.meta.url)), ...more })

const all: readonly Entry[] = [
  entry('grounding'),
  entry('vqa'),
  entry('entailment'),
  entry('text-assignment'),
  // As in the paper, from the encoders of two pictures that the text assignment trained: at this size already.
  entry('nlvr', { after: 'text-assignment', set: ['pretrained=128'] }),
  entry('retrieval-task'),
]

/** `axle tasks --from out/emoji-… --only vqa`. Exit codes: 0 done, or the time is over; 1 a training broke off, 2 bad input, 130 stopped by Ctrl-C. */
export const tasksCommand = command({
  name: 'tasks',
  description: 'Fine-tunes a pre-trained emoji model for every task after pre-training, over several seeds: one table of marks beside the best floors. What is finished is kept, and the same command goes on.',
  args: {
    from: option({ type: string, long: 'from', description: 'a run or checkpoint of pre-training' }),
    only: multioption({ type: array(oneOf(all.map(({ name }) => name))), long: 'only', description: 'one of the tasks; may be given several times' }),
    seeds: count('seeds', 3, 'of every task'),
    steps: count('steps', 1500, 'of every training'),
    minutes: count('minutes', 240, 'no training is begun that would not be finished by then'),
    out: option({ type: string, long: 'out', description: 'where runs, marks and the table are written', defaultValue: () => 'out/tasks', defaultValueIsSerializable: true }),
  },
  handler: async ({ only, ...given }) => {
    process.exit(await refusable(() => runSuite({ ...given, entries: only.length === 0 ? all : all.filter(({ name }) => only.includes(name)) })))
  },
})
