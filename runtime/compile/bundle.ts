import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Metafile } from 'esbuild'
import { StructureKind, Writers, type WriterFunction } from 'ts-morph'
import { printer, propertyName } from './declarations.ts'
import type { Described, DescribedProgram } from './described.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const here = fileURLToPath(new URL('.', import.meta.url))

/** Packages with native parts, found at run time from where the folder lies. */
export const external = ['@tensorflow/tfjs-node-gpu', 'koffi'] as const

const functionText = ({ name, inputs, outputs }: DescribedProgram): string => {
  const parameter = name === 'initialize' ? 'seed' : inputs.length === 0 ? '' : 'inputs'
  const given = parameter === '' ? '' : `, ${name === 'initialize' ? '{ seed }' : parameter}`
  const call = `host.call(${JSON.stringify(name)}${given})`
  return `(${parameter}) => ${outputs.length === 0 ? `void ${call}` : call}`
}

/** The module before it is bundled: a function for each program. */
export const moduleText = ({ programs }: Described): string => {
  const functions: Record<string, string | WriterFunction> = Object.fromEntries(programs.map(program => [propertyName(program.name), functionText(program)]))
  const model = Writers.object({ ...functions, readState: 'host.readState', writeState: 'host.writeState', close: 'host.close' })
  const file = printer().createSourceFile('index.js', {
    statements: [
      { kind: StructureKind.ImportDeclaration, namedImports: ['openFolder'], moduleSpecifier: './host.ts' },
      {
        kind: StructureKind.Function,
        isExported: true,
        isAsync: true,
        name: 'open',
        statements: [
          "const host = await openFolder(new URL('.', import.meta.url))",
          writer => {
            writer.write('return ')
            model(writer)
          },
        ],
      },
    ],
  })
  return file.getFullText()
}

/** The names of the packages whose code is in a bundle. */
const packagesIn = ({ inputs }: Metafile): readonly string[] => {
  const names = Object.keys(inputs).flatMap(path => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [])
  return [...new Set(names)].sort()
}

const licenceOf = (name: string): string => {
  const folder = dirname(fileURLToPath(import.meta.resolve(`${name}/package.json`)))
  return `${name}\n\n${readFileSync(join(folder, 'LICENSE'), 'utf8').trim()}\n`
}

export interface Bundle {
  /** One ES module. */
  readonly code: string
  /** Licences of what is in it. */
  readonly licences: string
}

/** Bundles a generated module with what it runs on; the same module gives the same bytes. */
export const bundle = async (text: string): Promise<Bundle> => {
  const built = await build({
    stdin: { contents: text, resolveDir: here, sourcefile: 'index.js', loader: 'js' },
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // fp-ts keeps its ES modules here; the others would bring all of it.
    mainFields: ['module', 'main'],
    external: [...external],
    tsconfigRaw: {},
    logLevel: 'silent',
  })
  const ours = `axle\n\n${readFileSync(join(root, 'LICENSE'), 'utf8').trim()}\n`
  return { code: built.outputFiles.map(file => file.text).join(''), licences: [ours, ...packagesIn(built.metafile).map(licenceOf)].join('\n') }
}
