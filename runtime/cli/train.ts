import { command, flag, multioption, number, option, optional, positional, string, array } from 'cmd-ts'
import { precisionDescription } from '../compile/precision.ts'
import { withoutDescription } from '../compile/without.ts'
import { trainRun } from '../training/train.ts'

/** `axle train models/albef/pretrain.ts --config emoji --minutes 10`. */
export const trainCommand = command({
  name: 'train',
  description: 'Trains a configuration of a task through one compiled step, evaluates it, and writes everything to out/<run>/.',
  args: {
    file: positional({ type: string, displayName: 'FILE', description: 'a model file that exports `task`' }),
    config: option({ type: optional(string), long: 'config', description: 'name of the configuration; emoji without it' }),
    minutes: option({ type: optional(number), long: 'minutes', description: 'length of the training, 10 without it; the number of steps is measured first' }),
    steps: option({ type: optional(number), long: 'steps', description: 'number of steps, instead of minutes' }),
    seed: option({ type: optional(number), long: 'seed', description: 'the same seed gives the same run; 1 without it' }),
    data: option({ type: optional(string), long: 'data', description: 'a JSON file of examples of the task, instead of the built set' }),
    test: multioption({ type: array(string), long: 'test', description: 'with --data: a JSON file to measure the model on at the end; may be given several times' }),
    answers: option({ type: optional(string), long: 'answers', description: 'with --test: the list that answers are ranked from' }),
    proposals: option({ type: optional(string), long: 'proposals', description: 'with --test: the boxes that maps are scored on' }),
    references: option({ type: optional(string), long: 'references', description: "with --test: the true boxes, where the data has none: RefCOCO+'s refs(unc).p, with instances.json beside it" }),
    out: option({ type: string, long: 'out', description: 'where runs are written', defaultValue: () => 'out' }),
    from: option({ type: optional(string), long: 'from', description: 'a run or checkpoint of another task to start from, such as one of pre-training' }),
    resume: option({ type: optional(string), long: 'resume', description: 'the folder of a run to go on with' }),
    set: multioption({ type: array(string), long: 'set', description: 'replaces a value of the configuration: --set vision.layers=6' }),
    precision: option({ type: optional(string), long: 'precision', description: precisionDescription }),
    devices: option({ type: optional(string), long: 'devices', description: 'number of devices that a step runs on together: 4 (graphics processors if there are any), cpu:4 or gpu:4' }),
    without: option({ type: optional(string), long: 'without', description: withoutDescription }),
    noEvaluation: flag({ long: 'no-evaluation', description: 'leaves out the evaluation at the end' }),
  },
  handler: async ({ noEvaluation, ...given }) => {
    process.exit(await trainRun({ ...given, evaluate: !noEvaluation }))
  },
})
