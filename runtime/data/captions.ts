/**
 * Cleaning of captions and questions before they are tokenised, character for character as ALBEF's training did it
 * (dataset/utils.py of the official code). It was written in Python, so "white space" below is Python's set.
 */

const DELETED = /[,.'!?"()*#:;~]/g
const SPACE_RUN = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]{2,}/g

const firstWords = (text: string, count: number): string => text.split(' ').slice(0, count).join(' ')

const cleaned = (text: string): string => text.toLowerCase().replace(DELETED, '').replace(/[-/]/g, ' ')

/** A caption in lower case without punctuation, cut to `maxWords` words. An empty text means that there were no words. */
export const preCaption = (text: string, maxWords = 30): string =>
  firstWords(
    cleaned(text)
      .replaceAll('<person>', 'person')
      .replace(SPACE_RUN, ' ')
      .replace(/\n+$/, '')
      .replace(/^ +| +$/g, ''),
    maxWords,
  )

/** A question in lower case without punctuation. Unlike captions, inner and leading white space stays as it is. */
export const preQuestion = (text: string, maxWords = 30): string => firstWords(cleaned(text).replace(/ +$/, ''), maxWords)
