import { preCaption } from '../data/captions.ts'
import type { Pairs } from '../data/dataset.ts'
import { pixelFloor, type NamedPictures } from '../data/pixel-floor.ts'
import type { Recalls } from '../data/retrieval.ts'
import { PLACES } from './retrieval.ts'

type Pictures = Pick<Pairs, 'pixels' | 'pictures' | 'size' | 'concept' | 'concepts'>

/** Pictures with their names as the gallery of texts has them. */
const named = ({ pixels, pictures, size, concept, concepts }: Pictures): NamedPictures => {
  const texts = concepts.map(name => preCaption(name))
  return { pixels, pictures, size, names: Array.from(concept, index => texts[index] ?? '') }
}

/** Recall from image to text of the nearest training picture's name, on the same pictures and names; 'cannot' where training shows none of the names. */
export const namingFloor = (train: Pictures, test: Pictures): Recalls | 'cannot' => {
  const known = named(train)
  const asked = named(test)
  const names = new Set(known.names)
  return asked.names.some(name => names.has(name)) ? pixelFloor(known, asked, PLACES) : 'cannot'
}
