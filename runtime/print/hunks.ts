import { lineOf } from '../../compiler/check/cost/place.ts'
import { isSame, type Entry } from './entries.ts'
import { resizedText } from './names.ts'

/** Lines that changed, with some around them, and the scopes in which the same lines changed in the same way. */
export interface Hunk {
  readonly entries: readonly Entry[]
  readonly scopes: readonly string[]
  readonly line: string
}

/** Changed lines of one scope that stand near each other, with lines of that scope around them. */
const split = (entries: readonly Entry[], context: number): readonly (readonly Entry[])[] => {
  const hunks: Entry[][] = []
  let [open, scope, end]: [Entry[], string | undefined, number] = [[], undefined, 0]
  entries.forEach((entry, i) => {
    if (isSame(entry)) return
    const own = (from: number, to: number): readonly Entry[] => entries.slice(Math.max(from, 0), to).filter(each => isSame(each) && each.scope === entry.scope)
    const isNear = entry.scope === scope && i - end <= 2 * context
    if (!isNear) {
      if (scope !== undefined) open.push(...after(entries, end, scope, context))
      hunks.push((open = []))
    }
    open.push(...own(isNear ? end : Math.max(end, i - context), i), entry)
    ;[scope, end] = [entry.scope, i + 1]
  })
  if (scope !== undefined) open.push(...after(entries, end, scope, context))
  return hunks
}

/** Unchanged lines of a scope right behind a changed one. */
const after = (entries: readonly Entry[], end: number, scope: string, context: number): readonly Entry[] => {
  const next = entries.slice(end, end + context)
  const stop = next.findIndex(each => !isSame(each) || each.scope !== scope)
  return stop < 0 ? next : next.slice(0, stop)
}

/** Without numbers of layers, and with values numbered anew: what is done to each layer alike reads alike. */
const general = (text: string): string => {
  const found = new Map<string, number>()
  const number = (name: string): number => {
    const known = found.get(name) ?? found.size
    found.set(name, known)
    return known
  }
  return text.replace(/(%[\w:.]+?'?)\d*(?=[\s,(){}]|$)/g, (name, base: string) => `${base} ${number(name)}`).replace(/(^|[/.{|])\d+(?=[/}|,)]|$)/gm, '$1*')
}

const scopeOf = (entries: readonly Entry[]): string => entries.find(entry => !isSame(entry))?.scope ?? ''

const keyOf = (entries: readonly Entry[]): string => general(entries.filter(entry => !isSame(entry)).map(({ before, after, scope }) => `${scope}|${before ?? ''}|${after ?? ''}`).join('\n'))

/** What changed, in the order of the program; what changed in the same way in several layers is shown once. */
export const hunksOf = (entries: readonly Entry[], context = 2): readonly Hunk[] => {
  const found = new Map<string, { entries: readonly Entry[]; scopes: string[]; line: string }>()
  for (const part of split(entries, context)) {
    const key = keyOf(part)
    const like = found.get(key)
    const first = part.find(entry => !isSame(entry))?.node
    if (like === undefined) found.set(key, { entries: part, scopes: [scopeOf(part)], line: first === undefined ? '' : lineOf(first) })
    else like.scopes.push(scopeOf(part))
  }
  return [...found.values()]
}

const placeText = ({ scopes, line }: Hunk): string => {
  const [first = '', ...others] = scopes
  const named = [first === '' ? 'top' : first, line].filter(part => part !== '').join(' · ')
  const distinct = [...new Set(others)].filter(scope => scope !== first)
  const listed = `${distinct.slice(0, 4).join(', ')}${distinct.length > 4 ? ` and ${distinct.length - 4} more` : ''}`
  const times = others.length === 1 ? 'once' : `${others.length} times`
  const more = others.length === 0 ? '' : distinct.length === 0 ? ` · ${times} more` : ` · likewise ${distinct.length === others.length ? '' : `${times} `}in ${listed}`
  return `${named}${more}`
}

/** How added and removed lines look: in colour or plain. */
export interface Paint {
  readonly gone: (text: string) => string
  readonly made: (text: string) => string
  readonly resized: (text: string) => string
  readonly head: (text: string) => string
}

const linesOf = (paint: Paint) => (entry: Entry): readonly string[] => {
  const { before, after, old, node } = entry
  if (isSame(entry)) return [`  ${after ?? ''}`]
  const resized = before === undefined || after === undefined || old === undefined || node === undefined ? undefined : resizedText(before, after, old, node)
  if (resized !== undefined) return [paint.resized(`~ ${resized}`)]
  return [...(before === undefined ? [] : [paint.gone(`- ${before}`)]), ...(after === undefined ? [] : [paint.made(`+ ${after}`)])]
}

/** A hunk as in a unified diff, under its scope and source line; `~` where nothing but sizes changed. Of a long one the first lines, if so many are too many. */
export const hunkText = (hunk: Hunk, paint: Paint, most: number): readonly string[] => {
  const lines = hunk.entries.flatMap(linesOf(paint))
  const left = lines.length - most
  return [paint.head(`@@ ${placeText(hunk)} @@`), ...(left > 1 ? [...lines.slice(0, most), `  … ${left} more lines`] : lines)]
}
