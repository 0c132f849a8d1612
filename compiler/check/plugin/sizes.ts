/** Sizes that an expression had while a configuration was traced: each text lists the axes, `token 14, hidden 384`. */
export interface SeenSizes {
  readonly [config: string]: readonly string[]
}

/** What was seen in one file: its text then, and sizes by stretch (`start:end`). */
export interface SeenFile {
  readonly text: string
  readonly spans: Readonly<Record<string, SeenSizes>>
}

/** Everything that the traces of a task saw, and the files that they depend on, to tell when it is out of date. */
export interface SizesIndex {
  readonly version: 1
  readonly inputs: readonly { readonly file: string; readonly mtime: number; readonly size: number }[]
  readonly files: Readonly<Record<string, SeenFile>>
  /** Configurations that could not be traced to their end, and why. */
  readonly failures: Readonly<Record<string, string>>
}

const commonStart = (a: string, b: string): number => {
  let i = 0
  while (i < a.length && i < b.length && a[i] === b[i]) i++
  return i
}

const commonEnd = (a: string, b: string, start: number): number => {
  let i = 0
  while (i < a.length - start && i < b.length - start && a[a.length - 1 - i] === b[b.length - 1 - i]) i++
  return i
}

/** What was seen at a stretch of a text that may have changed since: outside the part that changed, stretches move with the text. */
export const seenAt = (seen: SeenFile, text: string, start: number, end: number): SeenSizes | undefined => {
  if (text === seen.text) return seen.spans[`${start}:${end}`]
  const before = commonStart(seen.text, text)
  if (end <= before) return seen.spans[`${start}:${end}`]
  const after = text.length - commonEnd(seen.text, text, before)
  const shift = seen.text.length - text.length
  return start >= after ? seen.spans[`${start + shift}:${end + shift}`] : undefined
}

/** What two stretches saw, together. */
export const together = (all: readonly SeenSizes[]): SeenSizes => {
  const configs = [...new Set(all.flatMap(each => Object.keys(each)))]
  return Object.fromEntries(configs.map(config => [config, [...new Set(all.flatMap(each => each[config] ?? []))]]))
}

/** `token 14, hidden 384 (emoji)  ·  token 30, hidden 768 (base)`: configurations that agree stand together. */
export const sizesText = (seen: SeenSizes): string => {
  const byText = new Map<string, string[]>()
  for (const [config, texts] of Object.entries(seen)) {
    const text = `${texts.slice(0, 3).join(' or ')}${texts.length > 3 ? ' or …' : ''}`
    byText.set(text, [...(byText.get(text) ?? []), config])
  }
  return [...byText].filter(([text]) => text !== '').map(([text, configs]) => `${text} (${configs.join(', ')})`).join('  ·  ')
}
