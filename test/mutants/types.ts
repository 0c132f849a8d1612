import { Project, ts } from 'ts-morph'
import type { Finding } from '../../compiler/check/finding.ts'
import { conditionFindings } from '../../compiler/check/lints/index.ts'
import { merged } from '../../compiler/check/report.ts'
import { typeFindings } from '../../compiler/check/types/index.ts'
import { within } from './tracing.ts'

/** What the first part of the checker says of a file with another text; the sources on the disk stay as they are. */
export interface Types {
  /** The originals, with their types. */
  readonly program: ts.Program
  readonly check: (file: string, text: string, original: string) => readonly Finding[]
}

/** Under these two TypeScript takes every file to stand for itself, and says of none that a change affects it. */
const connected = { isolatedModules: false, verbatimModuleSyntax: false } as const

type Builder = ts.SemanticDiagnosticsBuilderProgram

/** The files of the models that a change may have changed the types of, after TypeScript's own bookkeeping. */
const affectedBy = (builder: Builder, folder: string): readonly string[] => {
  const found: string[] = []
  const note = (file: ts.SourceFile): boolean => {
    if (file.fileName.startsWith(`${folder}models/`)) found.push(file.fileName)
    return true
  }
  while (builder.getSemanticDiagnosticsOfNextAffectedFile(undefined, note) !== undefined);
  return [...new Set(found)]
}

/** `folder` (with a slash at its end) has the sources. One program of the task and all that it imports; what a change does not affect is not checked again. */
export const openTypes = (task: string, folder: string): Types => {
  const project = new Project({ tsConfigFilePath: `${folder}tsconfig.json`, skipAddingFilesFromTsConfig: true, compilerOptions: connected })
  project.addSourceFileAtPath(folder + task)
  project.resolveSourceFileDependencies()
  const programNow = (): ts.Program => project.getProgram().compilerObject
  const build = (before: Builder | undefined): Builder => ts.createSemanticDiagnosticsBuilderProgram(programNow(), { createHash: text => text }, before)
  let versions = 0
  const put = (file: string, text: string): void => {
    const source = project.getSourceFileOrThrow(folder + file)
    source.replaceWithText(text)
    // The bookkeeping compares versions, and leaves it to whoever makes source files to give them any.
    Reflect.set(source.compilerNode, 'version', `${++versions}`)
  }
  const start = build(undefined)
  affectedBy(start, folder)
  const findingsIn = (files: readonly string[]): readonly Finding[] => [...typeFindings(ts, programNow(), files), ...conditionFindings(ts, programNow(), files)]
  return {
    program: start.getProgram(),
    check: (file, text, original) => {
      put(file, text)
      try {
        const own = findingsIn([folder + file])
        if (own.length > 0) return within(folder, merged(own))
        return within(folder, merged(findingsIn(affectedBy(build(start), folder).filter(each => each !== folder + file))))
      } finally {
        put(file, original)
      }
    },
  }
}
