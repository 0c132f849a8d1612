import { array, command, flag, multioption, option, optional, positional, string } from 'cmd-ts'
import * as E from 'fp-ts/Either'
import { createColors } from 'picocolors'
import { attempt, trace, type AnyDefinition } from '../../compiler/language/index.ts'
import { printProgram } from '../../compiler/program/print.ts'
import type { Program } from '../../compiler/program/program.ts'
import { parsePrecision, precisionDescription } from '../compile/precision.ts'
import { chosenDevices, onDevices, parseDevices } from '../devices/devices.ts'
import { differenceText, type Change } from '../print/difference.ts'
import { loadJob } from '../tasks.ts'
import { parseChanges } from '../training/run-config.ts'

interface Arguments {
  readonly file: string
  readonly config: string
  readonly program: string
  readonly pass: string | undefined
  readonly before: boolean
  readonly after: boolean
  readonly all: boolean
  readonly devices: string | undefined
  readonly precision?: string | undefined
  readonly set: readonly string[]
}

/** How many places and table rows are shown of a change that is larger. */
const shown = 24

const colours = createColors(process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined)
const paint = { gone: colours.red, made: colours.green, resized: colours.yellow, head: colours.cyan }

const definitionOf = async ({ file, config, devices, set }: Arguments): Promise<E.Either<string, AnyDefinition>> => {
  const changes = parseChanges(set)
  if (E.isLeft(changes)) return changes
  const job = await loadJob(file, config, changes.right)()
  if (E.isLeft(job)) return job
  if (devices === undefined) return E.right(job.right.definition)
  const wanted = parseDevices(devices)
  if (E.isLeft(wanted)) return wanted
  // Nothing runs: whether there are so many devices here does not matter.
  const found = chosenDevices({ ...wanted.right, kind: 'cpu' }, 0)
  return E.isLeft(found) ? found : onDevices(job.right.definition, found.right)
}

const unknown = (option: string, given: string, there: readonly string[]): E.Either<string, never> => E.left(`--${option} ${given}: there is no such ${option}; there is ${there.join(', ')}`)

/** A program as text: as it is compiled, or what a pass did to it. Left: one sentence. */
export const printedText = async (given: Arguments): Promise<E.Either<string, string>> => {
  const definition = await definitionOf(given)
  if (E.isLeft(definition)) return definition
  const precision = parsePrecision(given.precision)
  if (E.isLeft(precision)) return precision
  const changes: Change[] = []
  const look = (pass: string, before: Program, after: Program): void => void (before.name === given.program && changes.push({ pass, before, after }))
  const traced = attempt(() => trace(definition.right, { precision: precision.right, look }))
  if (E.isLeft(traced)) return E.left(traced.left.message)
  const { programs, state } = traced.right
  const program = programs.find(({ name }) => name === given.program)
  if (program === undefined) return unknown('program', given.program, programs.map(({ name }) => name))
  if (given.pass === undefined) return given.before || given.after ? E.left('--before and --after go with --pass') : E.right(printProgram(program))
  const change = changes.find(({ pass }) => pass === given.pass)
  if (change === undefined) return unknown('pass', given.pass, changes.map(({ pass }) => pass))
  if (given.before !== given.after) return E.right(printProgram(given.before ? change.before : change.after))
  return E.right(`${differenceText(change, state, { paint, ...(given.all ? {} : { most: shown }) })}${given.all ? '' : '\n--all shows everything that changed, --before and --after the whole program\n'}`)
}

/** `axle print FILE --config emoji --pass narrow`. Exit codes: 0 printed, 2 bad input. */
export const printCommand = command({
  name: 'print',
  description: 'Prints a compiled program, or what a pass of the compiler did to it.',
  args: {
    file: positional({ type: string, displayName: 'FILE', description: 'a model file that exports `task`' }),
    config: option({ type: string, long: 'config', description: 'name of the configuration', defaultValue: () => 'emoji', defaultValueIsSerializable: true }),
    program: option({ type: string, long: 'program', description: 'name of the program', defaultValue: () => 'step', defaultValueIsSerializable: true }),
    pass: option({ type: optional(string), long: 'pass', description: 'a pass: what it changed, with what that saves' }),
    before: flag({ long: 'before', description: 'with --pass: the whole program before it' }),
    after: flag({ long: 'after', description: 'with --pass: the whole program after it' }),
    all: flag({ long: 'all', description: 'with --pass: every place that changed, not only those that weigh most' }),
    devices: option({ type: optional(string), long: 'devices', description: 'the program of each of so many devices: 4' }),
    precision: option({ type: optional(string), long: 'precision', description: precisionDescription }),
    set: multioption({ type: array(string), long: 'set', description: 'replaces a value of the configuration: --set vision.layers=6' }),
  },
  handler: async given => {
    const text = await printedText(given)
    if (E.isLeft(text)) process.stderr.write(`${text.left}\n`)
    else process.stdout.write(text.right)
    process.exitCode = E.isLeft(text) ? 2 : 0
  },
})
