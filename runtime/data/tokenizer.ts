import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import { readFile } from 'node:fs/promises'
import { describeError } from './errors.ts'

/**
 * BERT's uncased WordPiece tokenizer as ALBEF uses it: [CLS] and the pieces, no [SEP].
 * Sources: google-research/bert tokenization.py for the algorithm; models/tokenization_bert.py of ALBEF for the special tokens.
 */
export interface Tokenizer {
  /** Ids of [CLS] and the pieces of `text`; with `maxTokens` the first `maxTokens` of them. */
  readonly encode: (text: string, maxTokens?: number) => number[]
  /** The piece of an id, [UNK] for an id outside the vocabulary. */
  readonly piece: (id: number) => string
  readonly vocabularySize: number
  /** Ids of the special tokens. */
  readonly special: Readonly<Record<keyof typeof SPECIAL_TOKENS, number>>
}

const SPECIAL_TOKENS = { pad: '[PAD]', unknown: '[UNK]', cls: '[CLS]', sep: '[SEP]', mask: '[MASK]' } as const
const SPECIAL_PATTERN = /(\[(?:PAD|UNK|CLS|SEP|MASK)\])/
const MAX_WORD_LENGTH = 100

const PUNCTUATION = /[!-/:-@[-`{-~\p{P}]/u
const WHITE_SPACE = /\p{White_Space}/u
// Unassigned code points stay: which ones are unassigned depends on the Unicode version of the machine.
const DROPPED = /[\0\ufffd\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u
const IDEOGRAPH =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b820}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/u

/** The text as words: lower case, no accents, every punctuation mark and ideograph a word of its own. */
const wordsOf = (text: string): string[] => {
  let spaced = ''
  for (const character of text) {
    if (character === '\t' || character === '\n' || character === '\r') spaced += ' '
    else if (DROPPED.test(character)) continue
    else if (IDEOGRAPH.test(character)) spaced += ` ${character} `
    // Character by character, so a capital sigma at the end of a word becomes the ordinary small one.
    else spaced += character.toLowerCase()
  }
  let separated = ''
  for (const character of spaced.normalize('NFD').replace(/\p{Mn}/gu, ''))
    separated += WHITE_SPACE.test(character) ? ' ' : PUNCTUATION.test(character) ? ` ${character} ` : character
  return separated.split(' ').filter((word) => word !== '')
}

/** Longest piece first, from left to right; undefined where no split of the word into pieces is found. */
const piecesOf = (word: string, ids: ReadonlyMap<string, number>): number[] | undefined => {
  const characters = [...word]
  if (characters.length > MAX_WORD_LENGTH) return undefined
  const pieces: number[] = []
  let start = 0
  while (start < characters.length) {
    let end = characters.length
    let id: number | undefined
    for (; end > start; end--) {
      id = ids.get((start > 0 ? '##' : '') + characters.slice(start, end).join(''))
      if (id !== undefined) break
    }
    if (id === undefined) return undefined
    pieces.push(id)
    start = end
  }
  return pieces
}

/** A tokenizer over a vocabulary: line n of vocab.txt is the piece with id n. Left: a special token is missing. */
export const createTokenizer = (vocabulary: readonly string[]): E.Either<string, Tokenizer> => {
  const ids = new Map(vocabulary.map((piece, id) => [piece, id]))
  const missing = Object.values(SPECIAL_TOKENS).filter((token) => !ids.has(token))
  if (missing.length > 0)
    return E.left(`the vocabulary of ${vocabulary.length} pieces lacks ${missing.join(', ')}: is it a BERT vocab.txt?`)
  const idOf = (token: string) => ids.get(token) ?? 0
  const special = {
    pad: idOf(SPECIAL_TOKENS.pad),
    unknown: idOf(SPECIAL_TOKENS.unknown),
    cls: idOf(SPECIAL_TOKENS.cls),
    sep: idOf(SPECIAL_TOKENS.sep),
    mask: idOf(SPECIAL_TOKENS.mask),
  }
  const encodePart = (part: string): number[] =>
    SPECIAL_PATTERN.test(part) ? [idOf(part)] : wordsOf(part).flatMap((word) => piecesOf(word, ids) ?? [special.unknown])
  return E.right({
    encode: (text, maxTokens) => [special.cls, ...text.split(SPECIAL_PATTERN).flatMap(encodePart)].slice(0, maxTokens),
    piece: (id) => vocabulary[id] ?? SPECIAL_TOKENS.unknown,
    vocabularySize: vocabulary.length,
    special,
  })
}

/** A tokenizer over the vocab.txt at `file`. */
export const loadTokenizer = (file: string): TE.TaskEither<string, Tokenizer> =>
  pipe(
    TE.tryCatch(
      () => readFile(file, 'utf8'),
      (cause) => `${file}: ${describeError(cause)}`,
    ),
    TE.flatMapEither((text) =>
      pipe(
        createTokenizer(text.replace(/\r?\n$/, '').split(/\r?\n/)),
        E.mapLeft((reason) => `${file}: ${reason}`),
      ),
    ),
  )
