import { fileURLToPath } from 'node:url'
import { frameOf, mapFrame, type Frame, type Site } from '../../program/site.ts'
import type { Node } from '../../program/node.ts'
import type { Finding, Related, Span } from '../finding.ts'
import type { LintCode } from './codes.ts'

const spanOf = (frame: Frame | undefined): Span => {
  if (frame === undefined) return { file: '', line: 1, column: 1 }
  const { file, line, column } = mapFrame(frame)
  return { file: file.startsWith('file:') ? fileURLToPath(file.replace(/[?#].*$/, '')) : file, line, column }
}

/** The expression that made a node: where the operation itself is called, be it in a layer that many share. */
export const expressionOf = (site: Site): Span => spanOf(site.frames[0])

/** The line of the model that a place belongs to: the innermost one outside of shared layers. */
export const modelLineOf = (site: Site): Span => spanOf(frameOf(site))

const same = (a: Span, b: Span): boolean => a.file === b.file && a.line === b.line && a.column === b.column

/** A lint at the expression that made a node; in a shared layer, with the line of the model that calls it. */
export const lintAt = (code: LintCode, { site, scope }: Pick<Node, 'site' | 'scope'>, sentence: string, related: readonly Related[] = []): Finding => {
  const [span, caller] = [expressionOf(site), modelLineOf(site)]
  const called: readonly Related[] = same(span, caller) ? [] : [{ span: caller, sentence: 'called from here' }]
  return { kind: 'lint', code, span, sentence, related: [...related, ...called], ...(scope === '' ? {} : { scope }) }
}

/** Places in shared layers that a declaration is made through, up to the line of the model: innermost first. */
const layersOf = (site: Site): readonly Related[] => {
  const model = modelLineOf(site)
  const spans = site.frames.map(spanOf)
  return spans.slice(0, Math.max(0, spans.findIndex(each => same(each, model)))).map(span => ({ span, sentence: 'declared by way of this' }))
}

/** A lint at a declaration: the line of the model that makes it, with the shared layers that it goes through. */
export const lintAtDeclaration = (code: LintCode, { site }: Pick<Node, 'site'>, sentence: string, related: readonly Related[] = []): Finding =>
  ({ kind: 'lint', code, span: modelLineOf(site), sentence, related: [...related, ...layersOf(site)] })

export const sameExpression = (a: Pick<Node, 'site'>, b: Pick<Node, 'site'>): boolean => same(expressionOf(a.site), expressionOf(b.site))

export const relatedAt = ({ site }: Pick<Node, 'site'>, sentence: string): Related => ({ span: expressionOf(site), sentence })
