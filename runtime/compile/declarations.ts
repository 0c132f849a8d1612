import { IndentationText, Project, QuoteKind, StructureKind, type InterfaceDeclarationStructure, type MethodSignatureStructure, type PropertySignatureStructure } from 'ts-morph'
import type { ArraySpec, ArrayType } from '../../compiler/targets/artifact.ts'
import { arrayText, type Described, type DescribedProgram } from './described.ts'

/** An empty project for printing: no file of the disk, no type check. */
export const printer = (): Project =>
  new Project({ useInMemoryFileSystem: true, manipulationSettings: { indentationText: IndentationText.TwoSpaces, quoteKind: QuoteKind.Single } })

const arrays: Readonly<Record<ArrayType, string>> = { f32: 'Float32Array', i32: 'Int32Array', u8: 'Uint8Array', bool: 'Uint8Array' }

const typeOf = ({ dtype, axes }: ArraySpec): string => (axes.length === 0 ? 'number' : arrays[dtype])

/** A name as a property: quoted unless it is an identifier. */
export const propertyName = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name))

const doc = (text: string): string => text.replaceAll('*/', '*\\/').replace(/\s+/g, ' ')

const property = (spec: ArraySpec, before = ''): PropertySignatureStructure =>
  ({ kind: StructureKind.PropertySignature, isReadonly: true, name: propertyName(spec.name), type: typeOf(spec), docs: [doc(`${before}${arrayText(spec)}`)] })

const record = (name: string, text: string, properties: readonly PropertySignatureStructure[]): InterfaceDeclarationStructure =>
  ({ kind: StructureKind.Interface, isExported: true, name, docs: [doc(text)], properties: [...properties] })

/** `image features` becomes `ImageFeatures`. */
const typeName = (name: string): string => {
  const words = name.match(/[A-Za-z0-9]+/g) ?? ['Program']
  const joined = words.map(word => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`).join('')
  return /^\d/.test(joined) ? `Program${joined}` : joined
}

/** Names of types for the programs, all different, by the names of the programs. */
const typeNames = (programs: readonly DescribedProgram[]): ReadonlyMap<string, string> => {
  const names = new Map<string, string>()
  for (const { name } of programs) {
    const wanted = typeName(name)
    const used = new Set(names.values())
    const free = [wanted, ...programs.map((_, i) => `${wanted}${i + 2}`)].find(each => !used.has(each))
    names.set(name, free ?? wanted)
  }
  return names
}

const purpose = ({ name, updates }: DescribedProgram): string => {
  if (name === 'initialize') return 'Sets the whole state to its first values, drawn from a seed; the same seed gives the same state.'
  return updates === 0 ? 'Reads the state and changes nothing.' : 'One training step: replaces the state.'
}

const method = (program: DescribedProgram, type: string): MethodSignatureStructure => {
  const { name, inputs, outputs, updates } = program
  const parameters = name === 'initialize' ? [{ name: 'seed', type: 'number' }] : inputs.length === 0 ? [] : [{ name: updates === 0 ? 'inputs' : 'batch', type: `${type}Inputs` }]
  return { kind: StructureKind.MethodSignature, name: propertyName(name), parameters, returnType: outputs.length === 0 ? 'void' : `${type}Outputs`, docs: [purpose(program)] }
}

const fixedMethods: readonly MethodSignatureStructure[] = [
  {
    kind: StructureKind.MethodSignature,
    name: 'readState',
    typeParameters: [{ name: 'K', constraint: 'keyof State', default: 'keyof State' }],
    parameters: [{ name: 'only', type: 'readonly K[]', hasQuestionToken: true }],
    returnType: 'Pick<State, K>',
    docs: ['A copy of the state, or of the leaves named.'],
  },
  { kind: StructureKind.MethodSignature, name: 'writeState', parameters: [{ name: 'leaves', type: 'Partial<State>' }], returnType: 'void', docs: ['Replaces leaves of the state; every other keeps its value. A program without a state yet needs all of them.'] },
  { kind: StructureKind.MethodSignature, name: 'close', parameters: [], returnType: 'void', docs: ['Gives back the program and its state; a second call does nothing.'] },
]

const recordsOf = ({ name, inputs, outputs }: DescribedProgram, type: string): readonly InterfaceDeclarationStructure[] => [
  ...(inputs.length === 0 || name === 'initialize' ? [] : [record(`${type}Inputs`, `What ${name} is given: arrays row-major, the first axis slowest.`, inputs.map(input => property(input)))]),
  ...(outputs.length === 0 ? [] : [record(`${type}Outputs`, `What ${name} returns: fresh arrays row-major, the first axis slowest.`, outputs.map(output => property(output)))]),
]

/** The declaration file beside a compiled module: every program, its inputs and outputs with element types, axes and sizes. */
export const declarationText = ({ title, programs, state }: Described): string => {
  const names = typeNames(programs)
  const named = programs.map(program => ({ program, type: names.get(program.name) ?? '' }))
  const offered: InterfaceDeclarationStructure = {
    kind: StructureKind.Interface,
    isExported: true,
    name: 'Model',
    docs: [doc(`${title}, loaded: its programs over one state. A call blocks until it is done; a wrong input throws one sentence.`)],
    methods: [...named.map(({ program, type }) => method(program, type)), ...fixedMethods],
  }
  const file = printer().createSourceFile('index.d.mts', {
    statements: [
      ...named.flatMap(({ program, type }) => recordsOf(program, type)),
      record('State', 'The state by the paths of its leaves: arrays row-major, the first axis slowest.', state.map(({ spec, kind }) => property(spec, `${kind}, `))),
      offered,
      {
        kind: StructureKind.Function,
        isExported: true,
        hasDeclareKeyword: true,
        name: 'open',
        returnType: 'Promise<Model>',
        docs: ['Loads the program that lies beside this module. Every call gives one with a state of its own, which needs `initialize` or `writeState` first.'],
      },
    ],
  })
  return file.getFullText()
}
