import * as E from 'fp-ts/Either'

/** A mistake in a JSON text: the index of the character and what should have been there. */
interface Mistake {
  readonly at: number
  readonly expected: string
}

const SPACE = /[ \t\n\r]*/y
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.])/y

const endOf = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : -1
}
const afterSpace = (text: string, at: number): number => Math.max(at, endOf(SPACE, text, at))

type Scanned = E.Either<Mistake, number>
const mistake = (at: number, expected: string): Scanned => E.left({ at, expected })

/** Reads `part (, part)* close`; `at` stands behind the opening bracket. */
const scanSeries = (text: string, at: number, close: string, part: (text: string, at: number) => Scanned): Scanned => {
  let next = afterSpace(text, at)
  if (text[next] === close) return E.right(next + 1)
  for (;;) {
    const read = part(text, next)
    if (E.isLeft(read)) return read
    next = afterSpace(text, read.right)
    if (text[next] === close) return E.right(next + 1)
    if (text[next] !== ',') return mistake(next, `',' or '${close}'`)
    next = afterSpace(text, next + 1)
  }
}

const scanMember = (text: string, at: number): Scanned => {
  const name = endOf(STRING, text, at)
  if (name < 0) return mistake(at, 'a name in double quotes')
  const colon = afterSpace(text, name)
  return text[colon] === ':' ? scanValue(text, afterSpace(text, colon + 1)) : mistake(colon, "':'")
}

const scanValue = (text: string, at: number): Scanned => {
  if (text[at] === '[') return scanSeries(text, at + 1, ']', scanValue)
  if (text[at] === '{') return scanSeries(text, at + 1, '}', scanMember)
  const end = Math.max(endOf(STRING, text, at), endOf(SCALAR, text, at))
  if (end >= 0) return E.right(end)
  return mistake(at, text[at] === '"' ? 'a text that is closed, without line breaks in it' : 'a value')
}

const findMistake = (text: string): Mistake => {
  const scanned = scanValue(text, afterSpace(text, 0))
  return E.isLeft(scanned) ? scanned.left : { at: afterSpace(text, scanned.right), expected: 'the end of the file' }
}

/** Parses JSON. Left: line, column, and what was expected and found there (the messages of engines often lack the place). */
export const parseJson = (text: string): E.Either<string, unknown> =>
  E.tryCatch(
    (): unknown => JSON.parse(text),
    () => {
      const { at, expected } = findMistake(text)
      const lines = text.slice(0, at).split('\n')
      const found = at >= text.length ? 'the end of the file' : `'${text.slice(at).split('\n')[0]?.slice(0, 20) ?? ''}'`
      return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}: not valid JSON: expected ${expected}, found ${found}`
    },
  )
