import * as E from 'fp-ts/Either'
import { distribute, onOneDevice, optimize, passNames, type PassOptions } from '../passes/index.ts'
import { fail, given, plain } from '../program/axes.ts'
import { AxleError, say, type Sentence } from '../program/error.ts'
import { describeDeclaration } from '../program/site.ts'
import { axesOf, currentContext, has, sizeOf, type Node } from '../program/node.ts'
import type { Named, Program } from '../program/program.ts'
import type { Artifact } from '../targets/artifact.ts'
import type { StateLeaf, Target } from '../targets/target.ts'
import type { Placement } from '../program/mesh.ts'
import { declarationsOf, initialize, input, inputsOf, type Declared, type Of } from './declare.ts'
import { placementOf, type Devices } from './placement.ts'
import { fold, key } from './random.ts'
import { leavesOf } from './tree.ts'
import type { Key } from './types.ts'

const described = Symbol('axle evaluation')

/** A program that reads the state and changes nothing. */
export interface Evaluation {
  readonly [described]: true
  readonly inputs: unknown
  readonly run: (state: unknown, inputs: unknown) => unknown
}

/** A program over a state: `run(state, inputs)` returns a tree of outputs. */
export const evaluation = <S, I, O>(_state: S, inputs: I, run: (state: Of<S>, inputs: Of<I>) => O): Evaluation => ({
  [described]: true,
  inputs,
  run: (state, given) => Reflect.apply(run, undefined, [state, given]),
})

/** Everything about a model that is compiled together, and the devices that it is compiled for. */
export interface Definition<S, B, M> extends Devices {
  /** The state: a tree of `param` and `buffer` declarations. */
  readonly state: S
  /** What one step is given: a tree of `input` declarations. */
  readonly batch: B
  /** The first state, from what the declarations' initialisers made; without it, just that. */
  readonly initialize?: (fresh: Of<S>, key: Key) => Of<S>
  /** One training step: a pure function of state and batch, to the next state and a tree of metrics. */
  readonly step: (state: Of<S>, batch: Of<B>) => readonly [Of<S>, M]
  /** Further step programs over the same state and batch, by name: for phases of a training. */
  readonly steps?: Readonly<Record<string, (state: Of<S>, batch: Of<B>) => readonly [Of<S>, unknown]>>
  readonly evaluate?: Readonly<Record<string, Evaluation>>
}

const erased = Symbol('axle definition')

/** A definition whose types were checked and are not looked at any more: what tools pass around. Only `erase` makes one. */
export interface AnyDefinition extends UntypedDefinition {
  readonly [erased]: true
}

interface UntypedDefinition extends Devices {
  readonly state: unknown
  readonly batch: unknown
  readonly initialize?: (fresh: never, key: Key) => unknown
  readonly step: (state: never, batch: never) => readonly [unknown, unknown]
  readonly steps?: Readonly<Record<string, (state: never, batch: never) => readonly [unknown, unknown]>>
  readonly evaluate?: Readonly<Record<string, Evaluation>>
}

/** Forgets the types of a definition, once they are checked. */
export const erase = <S, B, M>(definition: Definition<S, B, M>): AnyDefinition => ({ ...definition, [erased]: true })

export interface Compiled {
  readonly artifact: Artifact
  readonly state: readonly StateLeaf[]
  readonly programs: readonly Program[]
  /** Where there are several devices: `programs` are then those of one device. */
  readonly placement?: Placement
}

const named = (tree: unknown): readonly Named[] => leavesOf(tree).map(({ path, node }) => ({ name: path === '' ? 'value' : path, node }))

const stateLeaves = (declarations: readonly Declared[], tree: unknown): readonly StateLeaf[] => {
  const nodes = new Map(leavesOf(tree).map(({ path, node }) => [path, node]))
  return declarations.map(({ path, declaration: { sizes, dtype, kind } }) => {
    const node = nodes.get(path)
    if (node === undefined) throw new Error(`internal: no node for '${path}'`)
    return { path, axes: sizes, dtype, kind, node }
  })
}

const mistake = (node: Node, sentence: string | Sentence): AxleError => new AxleError('AX031', node.site, sentence, node.scope)
const wrong = (node: Node, sentence: string): never => {
  throw mistake(node, sentence)
}

/** A leaf of the state keeps the sizes of its declaration. */
const mustKeepSize = (program: string, path: string, node: Node, old: Node, axis: string): void => {
  const [now, declared] = [sizeOf(node, axis), sizeOf(old, axis)]
  const { observer } = currentContext()
  const differs = () => mistake(node, say`${program} gives '${path}' over '${plain(axis)}': ${given(node, axis)} but ${given(old, axis)}`)
  if (observer !== undefined) observer.claim({ kind: 'same', left: now, right: declared }, differs)
  else if (now !== declared) throw differs()
}

/** New values of the state, leaf by leaf; whatever is unchanged is left out. Axes and types are as declared, or it is an error. */
const updatesOf = (program: string, state: readonly StateLeaf[], next: unknown): readonly Named[] => {
  const values = new Map(leavesOf(next).map(({ path, node }) => [path, node]))
  return state.flatMap(({ path, axes, dtype, node: old }) => {
    const node = values.get(path)
    if (node === undefined) return wrong(old, `${program} returns no value for '${path}' of the state (declared at ${describeDeclaration(old.site)})`)
    for (const axis of axesOf(node)) if (!(axis in axes)) wrong(node, `${program} gives '${path}' the axis '${plain(axis)}', which its declaration (${describeDeclaration(old.site)}) lacks`)
    for (const axis of Object.keys(axes)) {
      if (!has(node, axis)) wrong(node, `${program} gives '${path}' without the axis '${plain(axis)}' of its declaration (${describeDeclaration(old.site)})`)
      mustKeepSize(program, path, node, old, axis)
    }
    if (node.dtype !== dtype) wrong(node, `${program} gives '${path}' as ${node.dtype}, declared ${dtype}`)
    return node === old ? [] : [{ name: path, node }]
  })
}

const reserved = /^(initialize|(read|write)\.\d+)$/

/** Every program is one signature of the compiled graph: their names are different, and not those that every graph has. */
const mustBeDistinct = (names: readonly string[]): void => {
  names.forEach((name, i) => {
    if (reserved.test(name)) fail('AX033', `a program cannot be called '${name}': every compiled graph has a signature of that name`)
    if (names.indexOf(name) !== i) fail('AX033', `two programs are called '${name}'`)
  })
}

/** The state and the programs of a definition, as they were written: no pass has run. */
export interface Traced {
  readonly state: readonly StateLeaf[]
  readonly programs: readonly Program[]
  readonly placement?: Placement
}

/** A program of a definition that is traced when somebody asks. */
export interface Untraced {
  readonly name: string
  /** The declarations of what one call of it is given. */
  readonly inputs: unknown
  readonly trace: () => Program
}

const once = <R>(make: () => R): (() => R) => {
  let made: { readonly value: R } | undefined
  return () => (made ??= { value: make() }).value
}

const untracedOf = (definition: UntypedDefinition): { readonly state: readonly StateLeaf[]; readonly programs: readonly Untraced[] } => {
  mustBeDistinct(['step', ...Object.keys(definition.steps ?? {}), ...Object.keys(definition.evaluate ?? {})])
  const stateTree = inputsOf(definition.state, 'state')
  const state = stateLeaves(declarationsOf(definition.state), stateTree)
  const batch = once(() => inputsOf(definition.batch, 'batch'))
  const initial = (): Program => {
    const seed = typedInputs({ seed: input({}, 'i32') }, 'seed')
    const root = key(seed.seed)
    const fresh: unknown = initialize(definition.state, fold(root, 'initialize'))
    const first: unknown = definition.initialize === undefined ? fresh : Reflect.apply(definition.initialize, undefined, [fresh, root])
    return { name: 'initialize', inputs: named(seed), outputs: [], updates: updatesOf('initialize', state, first) }
  }
  const steps = Object.entries({ step: definition.step, ...definition.steps }).map(([name, step]): Untraced => ({
    name,
    inputs: definition.batch,
    trace: () => {
      const [next, metrics]: readonly unknown[] = Reflect.apply(step, undefined, [stateTree, batch()])
      return { name, inputs: named(batch()), outputs: named(metrics), updates: updatesOf(name, state, next) }
    },
  }))
  const evaluations = Object.entries(definition.evaluate ?? {}).map(([name, { inputs, run }]): Untraced => ({
    name,
    inputs,
    trace: () => {
      const given = inputsOf(inputs, name)
      return { name, inputs: named(given), outputs: named(run(stateTree, given)), updates: [] }
    },
  }))
  return { state, programs: [{ name: 'initialize', inputs: {}, trace: initial }, ...steps, ...evaluations] }
}

const asWritten = (definition: UntypedDefinition): Traced => {
  const { state, programs } = untracedOf(definition)
  return { state, programs: programs.map(({ trace: make }) => make()) }
}

/** Names that switch nothing off are mistakes. */
const mustBeKnown = ({ without = [] }: PassOptions): void => {
  const strange = without.find(name => !passNames.includes(name))
  if (strange !== undefined) fail('AX034', `there is no pass '${strange}' to be switched off; there is ${passNames.join(', ')}`)
}

const traceUntyped = (definition: UntypedDefinition, options: PassOptions): Traced => {
  const { state, programs: written } = asWritten(definition)
  const placement = placementOf(definition, written)
  const programs = written.map(program => optimize(program, placement, options))
  const olds = new Map(state.map(({ path, node }) => [path, node]))
  const traced = { state, programs: programs.map(program => ({ ...program, updates: program.updates.filter(({ name, node }) => olds.get(name) !== node) })) }
  return placement === undefined ? traced : onDevices(traced, placement, options)
}

/** Every program as each device runs it; leaves that are split have the sizes of one device. */
const onDevices = ({ state, programs }: Traced, placement: Placement, options: PassOptions): Traced => {
  const own = state.map(leaf => ({ ...leaf, node: onOneDevice(placement, leaf.node) }))
  const entered = new Map(own.map(({ path, node }) => [`state/${path}`, node]))
  return { state: own, programs: programs.map(program => distribute(program, placement, entered, options)), placement }
}

/** Traces every program of a definition: the first half of `compile`, without a backend. */
export function trace<S, B, M>(definition: Definition<S, B, M>, options?: PassOptions): Traced
export function trace(definition: AnyDefinition, options?: PassOptions): Traced
export function trace(definition: UntypedDefinition, options: PassOptions = {}): Traced {
  mustBeKnown(options)
  return traceUntyped(definition, options)
}

/** Traces every program of a definition and changes nothing: what a checker reads. Gradients are in it; every node has its place. */
export const traceAsWritten = (definition: AnyDefinition): Traced => asWritten(definition)

/** The state of a definition and its programs, each by itself: a mistake in one does not hide those of another. */
export const untraced = (definition: AnyDefinition): ReturnType<typeof untracedOf> => untracedOf(definition)

function typedInputs<S>(declarations: S, root: string): Of<S>
function typedInputs(declarations: unknown, root: string): unknown {
  return inputsOf(declarations, root)
}

/** Runs a trace; a mistake of the program comes back as a value. */
export const attempt = <R>(body: () => R): E.Either<AxleError, R> => {
  try {
    return E.right(body())
  } catch (error) {
    if (error instanceof AxleError) return E.left(error)
    throw error
  }
}

/**
 * Traces, checks, optimises and emits a definition for a target, without the passes that are switched off. A mistake in it is the left value,
 * found before anything is emitted.
 */
export function compile<S, B, M>(definition: Definition<S, B, M>, target: Target, options?: PassOptions): E.Either<AxleError, Compiled>
export function compile(definition: AnyDefinition, target: Target, options?: PassOptions): E.Either<AxleError, Compiled>
export function compile(definition: UntypedDefinition, target: Target, options: PassOptions = {}): E.Either<AxleError, Compiled> {
  return attempt(() => {
    mustBeKnown(options)
    const traced = traceUntyped(definition, options)
    return { artifact: target.emit(traced), ...traced }
  })
}
