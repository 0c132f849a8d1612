import { isAbsolute, join } from 'node:path'
import type { ts } from 'ts-morph'
import { fixesFor } from '../types/fixes.ts'
import type { TypeScript } from '../types/look.ts'
import { allRewritten, lookAt, numbers, rewritten } from './diagnostics.ts'
import { hoverOf } from './hover.ts'
import { sizesStore, type SizesStore } from './store.ts'

/** What tsserver hands to a plugin; the rest of it is not used. */
interface Created {
  readonly languageService: ts.LanguageService
  readonly project: { getProjectName(): string; getCurrentDirectory(): string; readonly projectService: { readonly logger: { info(line: string): void } } }
  readonly config: unknown
}

/** Tasks that the settings want to be asked first: `"tasks": ["models/albef/pretrain.ts"]`. */
const preferred = (config: unknown, root: string): readonly string[] =>
  typeof config === 'object' && config !== null && 'tasks' in config && Array.isArray(config.tasks) ? config.tasks.map(each => (isAbsolute(String(each)) ? String(each) : join(root, String(each)))) : []

/** Modules of a program that define a task. */
const tasksOf = (program: ts.Program): readonly string[] =>
  program.getSourceFiles().filter(({ fileName, isDeclarationFile, text }) => !isDeclarationFile && !/\/(node_modules|test|compiler)\//.test(fileName) && /\bdefineTask\(|\berase\(/.test(text)).map(({ fileName }) => fileName)

/** The same question for the same program is asked often. */
const remembered = <K extends object, V>(answer: (key: K) => V): ((key: K) => V) => {
  const known = new WeakMap<K, V>()
  return key => {
    const before = known.get(key)
    if (before !== undefined) return before
    const now = answer(key)
    known.set(key, now)
    return now
  }
}

/** TypeScript checks the visible part of a long file first, by a method that it does not declare; with it left out, the whole file is checked at once. */
const withoutRegions = { getRegionSemanticDiagnostics: () => undefined }

const withFixes = (ts: TypeScript, service: ts.LanguageService): Pick<ts.LanguageService, 'getCodeFixesAtPosition' | 'getSupportedCodeFixes'> => ({
  getSupportedCodeFixes: fileName => [...service.getSupportedCodeFixes(fileName), ...numbers],
  getCodeFixesAtPosition: (fileName, start, end, codes, ...rest) => {
    const others = service.getCodeFixesAtPosition(fileName, start, end, codes, ...rest)
    const look = codes.some(code => numbers.includes(String(code))) ? lookAt(ts, service, fileName) : undefined
    if (look === undefined) return others
    const wanted = service.getSemanticDiagnostics(fileName).filter(each => {
      const { code, start: at = 0, length = 0 } = rewritten(look, each)
      return codes.includes(code) && at <= end && at + length >= start
    })
    const ours = wanted.flatMap(each => fixesFor(ts, look.program, look.file, each)).map((fix): ts.CodeFixAction => ({
      fixName: `axle-${fix.kind}`, description: fix.title,
      changes: [{ fileName, textChanges: fix.edits.map(({ start: from, end: to, text }) => ({ span: { start: from, length: to - from }, newText: text })) }],
    }))
    return [...ours, ...others]
  },
})

const withHover = (ts: TypeScript, service: ts.LanguageService, store: SizesStore): Pick<ts.LanguageService, 'getQuickInfoAtPosition'> => ({
  getQuickInfoAtPosition: (fileName, position, ...rest) => {
    const info = service.getQuickInfoAtPosition(fileName, position, ...rest)
    const look = lookAt(ts, service, fileName)
    const found = look === undefined ? undefined : hoverOf(look, position, (start, end) => store.seen(fileName, look.file.text, start, end))
    if (found === undefined) return info
    const start = found.node.getStart()
    const plain: ts.QuickInfo = info ?? { kind: ts.ScriptElementKind.unknown, kindModifiers: '', textSpan: { start, length: found.node.end - start } }
    return { ...plain, displayParts: [...(plain.displayParts ?? []), { kind: 'text', text: `${plain.displayParts === undefined ? '' : '\n'}${found.text}` }] }
  },
})

/** The factory that tsserver calls, once a project: its language service, with errors about tensors in our words, sizes on hover, and fixes. */
export const init = ({ typescript: ts }: { readonly typescript: TypeScript }, folder: string): { readonly create: (created: Created) => ts.LanguageService } => ({
  create: ({ languageService: service, project, config }) => {
    const root = project.getCurrentDirectory()
    const discovered = remembered(tasksOf)
    const tasks = (): readonly string[] => {
      const program = service.getProgram()
      return [...new Set([...preferred(config, root), ...(program === undefined ? [] : discovered(program))])]
    }
    const store = sizesStore(folder, root, tasks, line => project.projectService.logger.info(`axle: ${line}`))
    return {
      ...service,
      ...withoutRegions,
      ...withFixes(ts, service),
      ...withHover(ts, service, store),
      getSemanticDiagnostics: fileName => {
        store.refresh()
        const diagnostics = service.getSemanticDiagnostics(fileName)
        const look = diagnostics.length === 0 ? undefined : lookAt(ts, service, fileName)
        return look === undefined ? diagnostics : allRewritten(look, diagnostics)
      },
      dispose: () => {
        store.close()
        service.dispose()
      },
    }
  },
})
