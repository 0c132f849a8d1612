import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import { compile, type AnyDefinition, type Compiled, type Precision } from '../../compiler/language/index.ts'
import { tensorflow } from '../../compiler/targets/tensorflow/emit.ts'
import manifest from '../../package.json' with { type: 'json' }
import { describeError } from '../data/errors.ts'
import { bundle, external, moduleText } from './bundle.ts'
import { declarationText, propertyName } from './declarations.ts'
import { describe, type Described } from './described.ts'
import { checkFolder, markerText, refusal, writeFolder, type Files, type Refusal } from './folder.ts'
import { countsOf, programText, type Counts } from './report.ts'

/** What is compiled: a definition, the plain data it was made from, and a name for both. */
export interface Compilation {
  readonly title: string
  readonly definition: AnyDefinition
  readonly config: unknown
  /** Passes that are switched off. */
  readonly without?: readonly string[]
  /** In what products of matrices are computed; f32 without it. */
  readonly precision?: Precision
}

const artifactText = ({ artifact: { target, files, signatures } }: Compiled): string => `${JSON.stringify({ target, files: Object.keys(files).sort(), signatures }, undefined, 1)}\n`

const needs = external.map(name => `${name} ${manifest.dependencies[name]}`).join(' and ')

const readmeText = ({ title, programs }: Described): string => {
  const step = programs.find(({ name }) => name === 'step')
  const names = step?.inputs.map(({ name }) => (propertyName(name) === name ? name : `${propertyName(name)}: …`)).join(', ') ?? ''
  return [
    `- ${title}: \`import { open } from './index.mjs'\`, then \`const model = await open()\`, \`model.initialize(0)\`, \`model.step(${names === '' ? '' : `{ ${names} }`})\`; \`model.close()\` gives all back.`,
    '- Every function with the axes, sizes and element types of its arrays stands in index.d.mts; the compiled programs, line by line, in program.txt; licences in LICENSES.txt.',
    `- Needs Node 20 or newer, and ${needs} where Node finds packages for this folder; nothing else.`,
    '',
  ].join('\n')
}

/** Every file of a compiled folder but its marker, the module last. The same definition gives the same bytes. */
export const compiledFiles = (title: string, compiled: Compiled): TE.TaskEither<string, Files> => pipe(
  TE.fromEither(describe(title, compiled)),
  TE.chain(described => pipe(
    TE.tryCatch(() => bundle(moduleText(described)), error => `${title}: its module could not be bundled: ${describeError(error)}`),
    TE.map(({ code, licences }): Files => ({
      ...Object.fromEntries(Object.entries(compiled.artifact.files).map(([path, bytes]) => [`graph/${path}`, bytes])),
      'artifact.json': artifactText(compiled),
      'program.txt': programText(title, compiled),
      'README.md': readmeText(described),
      'LICENSES.txt': licences,
      'index.d.mts': declarationText(described),
      'index.mjs': code,
    })),
  )),
)

/** Compiles into a folder that runs by itself. The folder is looked at first, so that a refusal costs nothing. */
export const compileToFolder = ({ title, definition, config, without = [], precision = 'f32' }: Compilation, folder: string): TE.TaskEither<Refusal, Counts> => pipe(
  checkFolder(folder),
  TE.chainEitherK(() => pipe(compile(definition, tensorflow, { without, precision }), E.mapLeft(error => refusal(2)(error.message)))),
  TE.chain(compiled => pipe(
    compiledFiles(title, compiled),
    TE.mapLeft(refusal(2)),
    TE.chain(files => writeFolder(folder, markerText(title, config), files)),
    TE.map(() => countsOf(compiled)),
  )),
)
