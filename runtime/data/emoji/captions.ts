import type { Concept } from './concepts.ts'

const KEYWORDS = 6
const ASSOCIATIONS = 4

/** The different things that one may write under a picture of the concept, the plain name first. */
export const captionsOf = ({ name, shortName, group, subgroup, keywords, associations }: Concept): readonly string[] => {
  const captions = [name]
  if (keywords.length > 0) captions.push(`${name}, ${keywords.slice(0, KEYWORDS).join(', ')}`)
  if (associations.length > 0) captions.push(`a picture of ${name}: ${associations.slice(0, ASSOCIATIONS).join(', ')}`)
  if (group !== 'Flags') captions.push(`${shortName} (${subgroup === '' ? group.toLowerCase() : subgroup})`)
  return [...new Set(captions)]
}
