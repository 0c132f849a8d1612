import { basename, extname, join } from 'node:path'
import { array, command, multioption, option, optional, positional, string } from 'cmd-ts'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import { compileToFolder } from '../compile/compile.ts'
import { refusal, type Refusal } from '../compile/folder.ts'
import { grouped, sumText, type Counts } from '../compile/report.ts'
import { parsePrecision, precisionDescription } from '../compile/precision.ts'
import { parseWithout, withoutDescription } from '../compile/without.ts'
import { loadJob } from '../tasks.ts'
import { parseChanges } from '../training/run-config.ts'

interface Arguments {
  readonly file: string
  readonly config: string
  readonly out: string | undefined
  /** Each `path=value`. */
  readonly set: readonly string[]
  /** Passes that are switched off. */
  readonly without?: string | undefined
  readonly precision?: string | undefined
}

interface Done {
  readonly folder: string
  readonly counts: Counts
}

/** Compiles a configuration of a model file into a folder of its own. */
export const compileFile = ({ file, config, out, set, without: off, precision: wanted }: Arguments): TE.TaskEither<Refusal, Done> => {
  const title = `${basename(file, extname(file))}-${config}`
  const folder = out ?? join('out', 'compiled', title)
  return pipe(
    TE.fromEither(parseChanges(set)),
    TE.bindTo('changes'),
    TE.bind('without', () => TE.fromEither(parseWithout(off))),
    TE.bind('precision', () => TE.fromEither(parsePrecision(wanted))),
    TE.bind('job', ({ changes }) => loadJob(file, config, changes)),
    TE.mapLeft(refusal(2)),
    TE.chain(({ job, without, precision }) => compileToFolder({ title, definition: job.definition, config: job.config, without, precision }, folder)),
    TE.map(counts => ({ folder, counts })),
  )
}

const report = ({ folder, counts: { nodes, parameters, stateBytes, operations } }: Done): string =>
  [
    folder,
    `  programs        ${nodes.map(({ program }) => program).join(', ')}`,
    `  parameters      ${sumText(parameters.map(({ part, count }) => [part, count]))}`,
    `  state           ${grouped(stateBytes)} bytes`,
    `  FLOPs per step  ${grouped(operations)}`,
    '',
  ].join('\n')

const refuse = ({ exitCode, sentence }: Refusal): void => {
  process.stderr.write(`${sentence}\n`)
  process.exitCode = exitCode
}

/** `axle compile FILE`: a folder that runs without the compiler. Exit codes: 2 bad input, 1 the folder could not be written. */
export const compileCommand = command({
  name: 'compile',
  description: 'Compiles a model into a folder that runs without the compiler, TypeScript or these sources.',
  args: {
    file: positional({ type: string, displayName: 'FILE', description: 'a model file that exports `task`' }),
    config: option({ type: string, long: 'config', description: 'name of the configuration', defaultValue: () => 'emoji', defaultValueIsSerializable: true }),
    out: option({ type: optional(string), long: 'out', description: 'the folder to write; out/compiled/FILE-CONFIG without it' }),
    set: multioption({ type: array(string), long: 'set', description: 'replaces a value of the configuration: --set vision.layers=6' }),
    precision: option({ type: optional(string), long: 'precision', description: precisionDescription }),
    without: option({ type: optional(string), long: 'without', description: withoutDescription }),
  },
  handler: async given => pipe(
    compileFile(given),
    TE.match(refuse, done => void process.stdout.write(report(done))),
  )(),
})
