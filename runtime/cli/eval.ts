import { array, command, multioption, option, optional, positional, string } from 'cmd-ts'
import { evaluateRun } from '../training/evaluate.ts'

/** `axle eval out/vqa-emoji-…`. Exit codes: 0 done, 1 the backend failed, 2 bad input. */
export const evalCommand = command({
  name: 'eval',
  description: 'Measures a finished run as at the end of its training: a table with floors, and a report, in its folder.',
  args: {
    run: positional({ type: string, displayName: 'RUN', description: 'the folder of a run' }),
    test: multioption({ type: array(string), long: 'data', description: 'a JSON file of examples of the task, instead of the parts of its set; may be given several times' }),
    answers: option({ type: optional(string), long: 'answers', description: 'with --data: the list that answers are ranked from' }),
    proposals: option({ type: optional(string), long: 'proposals', description: 'with --data: the boxes that maps are scored on' }),
    references: option({ type: optional(string), long: 'references', description: "with --data: the true boxes, where the data has none: RefCOCO+'s refs(unc).p, with instances.json beside it" }),
  },
  handler: async ({ run, ...named }) => {
    process.exit(await evaluateRun(run, named))
  },
})
