import type { ts } from 'ts-morph'
import { typeCodes } from '../types/codes.ts'
import type { Look, TypeScript } from '../types/look.ts'
import { toldOf } from '../types/rewrite.ts'
import type { Place } from '../types/origin.ts'

/** AX021 as the number of a diagnostic: TypeScript's own begin at 1002. */
export const numberOf = (code: string): number => Number(code.slice(2))

/** The numbers of diagnostics for which there may be a fix. */
export const numbers: readonly string[] = Object.keys(typeCodes).map(code => String(numberOf(code)))

const informationOf = ({ ts }: Look, { node, sentence }: Place): ts.DiagnosticRelatedInformation =>
  ({ category: ts.DiagnosticCategory.Message, code: 0, file: node.getSourceFile(), start: node.getStart(), length: node.end - node.getStart(), messageText: sentence })

/** A diagnostic of TypeScript as an editor should show it: about tensors in our words, else as it is. */
export const rewritten = (look: Look, diagnostic: ts.Diagnostic): ts.Diagnostic => {
  const told = toldOf(look, diagnostic)
  if (told === undefined || told.node.getSourceFile() !== look.file) return diagnostic
  const start = told.node.getStart()
  return {
    ...diagnostic, source: 'axle', code: numberOf(told.code), start, length: told.node.end - start, messageText: `${told.code} ${told.sentence}`,
    relatedInformation: told.related.map(each => informationOf(look, each)),
  }
}

/** Diagnostics rewritten, each once: TypeScript complains of both sides of an operator. */
export const allRewritten = (look: Look, diagnostics: readonly ts.Diagnostic[]): ts.Diagnostic[] => {
  const all = diagnostics.map(each => rewritten(look, each))
  return all.filter((each, i) => all.findIndex(other => other.start === each.start && other.code === each.code && other.messageText === each.messageText) === i)
}

export const lookAt = (ts: TypeScript, service: ts.LanguageService, fileName: string): Look | undefined => {
  const program = service.getProgram()
  const file = program?.getSourceFile(fileName)
  return program === undefined || file === undefined ? undefined : { ts, program, checker: program.getTypeChecker(), file }
}
