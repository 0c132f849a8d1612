import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Tokenizer as Reference } from '@huggingface/tokenizers'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cacheFolder } from '../../../runtime/cli/setup/cache.mjs'
import { createTokenizer, loadTokenizer, type Tokenizer } from '../../../runtime/data/tokenizer.ts'
import { inTemporaryFolder } from '../checkpoints/temporary.ts'
import { goldenPairs, goldenText } from './golden.ts'

const linesOf = (text: string): string[] => text.replace(/\n$/, '').split('\n')

const tokenizerOf = (vocabulary: readonly string[]): Tokenizer => {
  const made = createTokenizer(vocabulary)
  if (E.isLeft(made)) throw new Error(made.left)
  return made.right
}

const golden: Record<string, unknown> = JSON.parse(goldenText('tokenizer.json'))
const small = tokenizerOf(linesOf(goldenText('vocab.txt')))

test('texts become the ids of the official tokenizer', () => {
  const cases = goldenPairs(golden.cases)
  assert.ok(cases.length > 10)
  for (const [text, ids] of cases) assert.equal(small.encode(text), ids, JSON.stringify(text))
})

test('truncation keeps [CLS] and the first pieces', () => {
  const [texts, ids]: [string[], number[][]] = golden.longest_truncate5 as [string[], number[][]]
  texts.forEach((text, index) => assert.equal(small.encode(text, 5), ids[index], text))
  assert.equal(small.encode('a man', 1), [small.special.cls])
})

test('a special token inside a word is one token', () => {
  const answers = golden.answers as [string[], number[][]]
  answers[0].forEach((text, index) => assert.equal(small.encode(text), answers[1][index]?.filter((id) => id !== small.special.pad), text))
})

// The official tokenizer lower-cases letter by letter; implementations that look at the whole word give 'ς' at its end.
test('a capital sigma at the end of a word becomes the ordinary small one', () => {
  const greek = tokenizerOf(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'οσ', 'ος'])
  assert.equal(greek.encode('ΟΣ'), [2, 5])
})

test('ids lead back to pieces', () => {
  assert.is(small.encode('the unaffable dog').map(small.piece).join(' '), '[CLS] the un ##aff ##able dog')
  assert.is(small.piece(1_000_000), '[UNK]')
})

test('a vocabulary without special tokens is refused', () => {
  const made = createTokenizer(['[PAD]', '[UNK]', 'word'])
  assert.equal(made, E.left('the vocabulary of 3 pieces lacks [CLS], [SEP], [MASK]: is it a BERT vocab.txt?'))
})

test('a vocabulary is read from a file, and a missing one is named', () =>
  inTemporaryFolder(async (folder) => {
    const file = join(folder, 'vocab.txt')
    writeFileSync(file, '[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\n[MASK]\r\ncat\r\n')
    const loaded = await loadTokenizer(file)()
    assert.equal(E.isRight(loaded) && loaded.right.encode('Cat'), [2, 5])
    assert.equal(await loadTokenizer(join(folder, 'none.txt'))(), E.left(`${join(folder, 'none.txt')}: no such file`))
  }))

/** The same vocabulary in an independent implementation. */
const referenceOf = (vocabulary: readonly string[]): ((text: string) => number[]) => {
  const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
  const reference = new Reference(
    {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: special.map((content) => ({
        id: vocabulary.indexOf(content),
        content,
        special: true,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
      })),
      normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: null,
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      model: {
        type: 'WordPiece',
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(vocabulary.map((piece, id) => [piece, id])),
      },
    },
    { tokenizer_class: 'BertTokenizer', do_lower_case: true, unk_token: '[UNK]' },
  )
  return (text) => [vocabulary.indexOf('[CLS]'), ...Array.from(reference.encode(text, { add_special_tokens: false }).ids, Number)]
}

const require = createRequire(import.meta.url)
const emoji: Record<string, { name: string }> = require('unicode-emoji-json/data-by-emoji.json')

const SUPPLEMENTS = [
  'Crème brûlée à la Ångström, naïve façade — São Tomé & Príncipe',
  'İstanbul ILIK ıslak Łódź ŒUVRE ß ẞ ﬁne',
  '漢字と仮名 カタカナ 한국어 조선말 中文，标点。',
  'Съешь ещё этих мягких французских булок, Її ґанок',
  'Ελληνικά άνθρωπος Σίσυφος',
  'हिन्दी नमस्ते עברית שלום العربيّة',
  'tab\tnew\nline\r\nnbsp\u00a0thin\u2009ideographic\u3000line\u2028end',
  'zero\u200bwidth joiner\u200d soft\u00adhyphen null\0 bad\ufffd',
  '"quotes" «guillemets» “curly” ‘single’ … – — · § ¶ $5 €3 £2 ^_^ `code` ~x~ <b>|</b> a+b=c',
  'x'.repeat(99),
  'x'.repeat(100),
  'x'.repeat(101),
  '[MASK] in the middle[SEP]of [CLS] words [UNK] [PAD] [mask] [ NOT ]',
  'emoji 😀 in 👩‍🚀 text ❤️ 🇫🇷',
  'unassigned \u0378 and private \ue000 code points',
  'H₂O x² ½ ① Ⅳ ﷺ',
]

const texts = [
  ...Object.values(emoji)
    .map(({ name }) => name)
    .filter((_, index) => index % 6 === 0),
  ...SUPPLEMENTS,
]

const agree = (vocabulary: readonly string[]) => {
  const own = tokenizerOf(vocabulary)
  const reference = referenceOf(vocabulary)
  assert.ok(texts.length > 300)
  for (const text of texts) assert.equal(own.encode(text), reference(text), JSON.stringify(text))
}

/** A vocabulary in which every text above is made of many pieces: single characters, and beginnings and endings of words. */
const madeVocabulary = (): string[] => {
  const characters = new Set(texts.flatMap((text) => [...text.toLowerCase().normalize('NFD')]).filter((character) => /\S/u.test(character)))
  const words = texts.flatMap((text) => text.toLowerCase().match(/[a-z]{4,}/g) ?? [])
  const parts = words.flatMap((word) => [word.slice(0, 3), `##${word.slice(3)}`])
  return [...new Set(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...characters, ...[...characters].map((one) => `##${one}`), ...parts])]
}

test('an independent implementation gives the same ids on a vocabulary of characters and word parts', () => agree(madeVocabulary()))

const bert = join(cacheFolder('minilm-l6-v2'), 'vocab.txt')
if (existsSync(bert))
  test("an independent implementation gives the same ids on BERT's vocabulary", () => {
    const vocabulary = linesOf(readFileSync(bert, 'utf8'))
    assert.is(vocabulary.length, 30_522)
    const { pad, unknown, cls, sep, mask } = tokenizerOf(vocabulary).special
    assert.equal([pad, unknown, cls, sep, mask], [0, 100, 101, 102, 103])
    agree(vocabulary)
  })
else console.log(`(BERT's vocabulary is not in ${bert}: only smaller vocabularies are tested)`)

test.run()
