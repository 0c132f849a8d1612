import { fileURLToPath } from 'node:url'
import { command, option, string } from 'cmd-ts'
import { runAblation } from '../ablation/ablation.ts'
import { refusable } from '../training/refusal.ts'
import { count } from './count.ts'

const file = fileURLToPath(new URL('../../models/albef/ablation.ts', import.meta.url))

/** `axle ablation --minutes 60`. Exit codes: 0 done, or the time is over; 1 a training broke off, 2 bad input, 130 stopped by Ctrl-C. */
export const ablationCommand = command({
  name: 'ablation',
  description: "The rows of the paper's Table 1 in small, on clean captions and with 40 % of them swapped: a table and a plot beside the paper's figures. Finished cells are kept, and the same command goes on.",
  args: {
    minutes: count('minutes', 180, 'no cell is begun that would not be finished by then'),
    seeds: count('seeds', 3, 'of every cell'),
    concepts: count('concepts', 128, 'what the pictures show'),
    steps: count('steps', 1500, 'of pre-training'),
    tuningSteps: count('tuning-steps', 100, 'of fine-tuning for retrieval'),
    out: option({ type: string, long: 'out', description: 'where cells, table and plot are written', defaultValue: () => 'out/ablation', defaultValueIsSerializable: true }),
  },
  handler: async given => {
    process.exit(await refusable(() => runAblation({ ...given, file })))
  },
})
