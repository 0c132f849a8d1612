// Breaking text into lines without a font at hand: widths are those of common sans-serif faces, a little generous.

const NARROW = /[iljtfrI.,:;'’!|()[\] ]/
const WIDE = /[mwMW@%&—]/
const CAPITAL = /[A-Z0-9]/
const EAST_ASIAN = /[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]|[\u{1f300}-\u{1faff}\u{20000}-\u{3ffff}]/u

const widthInEm = (character: string): number =>
  NARROW.test(character) ? 0.4
    : WIDE.test(character) ? 0.98
      : EAST_ASIAN.test(character) ? 1.05
        : CAPITAL.test(character) ? 0.72
          : 0.62

/** The estimated width of a text in ems (multiples of the font size). */
export const textWidth = (text: string): number => [...text].reduce((sum, character) => sum + widthInEm(character), 0)

const ELLIPSIS = '…'

// The longest beginning that fits, at least one character.
const fitting = (text: string, width: number): string => {
  let used = 0
  let kept = ''
  for (const character of text) {
    used += widthInEm(character)
    if (used > width && kept !== '') break
    kept += character
  }
  return kept
}

const breakLongWord = (word: string, width: number): readonly string[] => {
  const parts: string[] = []
  for (let rest = word; rest !== '';) {
    const part = fitting(rest, width)
    parts.push(part)
    rest = rest.slice(part.length)
  }
  return parts
}

/**
 * The text in lines of at most `width` ems, broken at spaces, and inside a word only if it is longer than a line. What is beyond
 * `most` lines is cut off with "…".
 */
export const wrapText = (text: string, width: number, most: number): readonly string[] => {
  const lines: string[] = []
  for (const word of text.split(/\s+/).filter(part => part !== '').flatMap(part => breakLongWord(part, width))) {
    const last = lines.at(-1)
    const longer = `${last} ${word}`
    if (last !== undefined && textWidth(longer) <= width) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  if (lines.length <= most) return lines
  return [...lines.slice(0, most - 1), `${fitting(lines[most - 1] ?? '', width - textWidth(ELLIPSIS))}${ELLIPSIS}`]
}
