import pluralize from 'pluralize'

/** A thing that a scene can show: an emoji with a name that can be counted. */
export interface Noun {
  /** CLDR's name of the emoji. */
  readonly concept: string
  readonly singular: string
  readonly plural: string
  readonly categories: readonly Category[]
}

export const CATEGORIES = ['animal', 'bird', 'fruit', 'flower', 'vehicle', 'musical instrument'] as const
export type Category = (typeof CATEGORIES)[number]

/**
 * Emoji whose name is a plain countable noun and whose picture shows the thing itself: no signs, no faces, no masses, no two
 * of which one is a kind of the other ('dog' is here, so 'poodle' is not), and none whose category one may argue about (no
 * tomato, as 'fruit' is one). `emoji=noun` where the name is none.
 */
const THINGS: readonly (readonly [categories: readonly Category[], emoji: string])[] = [
  [
    ['animal'],
    `monkey, gorilla, dog, wolf, fox, cat, lion, tiger, leopard, horse, unicorn, deer, cow, pig, boar, ram, goat, camel, elephant,
     mammoth, rhinoceros, mouse, hamster, rabbit, chipmunk, bat, bear, koala, frog, crocodile, turtle, lizard, snake, whale, dolphin,
     blowfish, shark, octopus, crab, squid, snail, butterfly, ant, honeybee=bee, lady beetle=ladybird, spider, scorpion, fly, worm`,
  ],
  [['animal', 'bird'], 'rooster, penguin, dove, eagle, duck, owl, turkey, goose'],
  [
    ['fruit'],
    `grapes=bunch of grapes, watermelon, tangerine, lemon, banana, pineapple, red apple, green apple, pear, peach, strawberry, kiwi fruit=kiwi`,
  ],
  [['flower'], 'rose, hibiscus, sunflower, tulip'],
  [
    ['vehicle'],
    `locomotive, tram, bus, ambulance, fire engine, police car, taxi, tractor, racing car, motorcycle, delivery truck, bicycle,
     motor scooter=scooter, sailboat, canoe, speedboat, airplane, helicopter, rocket`,
  ],
  [['musical instrument'], 'saxophone, trumpet, guitar, violin, accordion, drum'],
  [
    [],
    `cactus, palm tree, evergreen tree, mushroom, maple leaf, carrot, potato, ear of corn, croissant, soccer ball, baseball, basketball,
     volleyball, house, castle, church, factory, hospital,
     bread=loaf of bread, pretzel, cheese wedge=wedge of cheese, hamburger, pizza=slice of pizza, hot dog, taco, burrito, egg, ice cream,
     doughnut, cookie, birthday cake, chocolate bar, lollipop, honey pot, baby bottle, glass of milk, wine glass, cocktail glass,
     beer mug, rice ball, spoon, amphora, tent, ferris wheel, anchor, hourglass done=hourglass, watch, alarm clock,
     umbrella, snowman without snow=snowman, balloon, wrapped gift=gift, jack-o-lantern=pumpkin, trophy, sports medal=medal, boxing glove,
     ice skate, fishing pole, curling stone, kite, crystal ball, artist palette, necktie, t-shirt, dress, kimono, bikini, handbag,
     backpack, high-heeled shoe=high heel, top hat, crown, ring, gem stone=gem, lipstick, megaphone, microphone, radio, telephone, battery, laptop,
     printer, television, camera, candle, light bulb, flashlight, open book, newspaper, money bag, credit card, envelope, package=parcel,
     pencil, crayon, paintbrush, briefcase, paperclip, pushpin, scissors=pair of scissors, wastebasket, key, hammer, bomb, dagger, shield, wrench,
     gear, balance scale, microscope, telescope, satellite antenna, syringe, door, bed, toilet, bathtub, coffin`,
  ],
]

/** The plural of a noun: its head stands before the first preposition. */
export const pluralOf = (noun: string): string => {
  const [head = noun, ...rest] = noun.split(/(?= of )/)
  return [pluralize(head), ...rest].join('')
}

/** Words that begin with another sound than their first letter says. */
const ARTICLES: Readonly<Record<string, string>> = { hourglass: 'an', unicorn: 'a' }

/** The noun with 'a' or 'an'. */
export const withArticle = (noun: string): string => `${ARTICLES[noun] ?? (/^[aeiou]/.test(noun) ? 'an' : 'a')} ${noun}`

const NUMBERS = ['no', 'one', 'two', 'three', 'four'] as const

/** So many of a kind, in words: "no dogs", "a dog" (or "one dog"), "two dogs". */
export const counted = (count: number, { singular, plural }: Pick<Noun, 'singular' | 'plural'>, one: 'a' | 'one' = 'a'): string => {
  if (count === 1) return one === 'a' ? withArticle(singular) : `one ${singular}`
  return `${NUMBERS[count] ?? count} ${plural}`
}

/** Every noun, in the order of the table. */
export const NOUNS: readonly Noun[] = THINGS.flatMap(([categories, emoji]) =>
  emoji.split(',').map((item) => {
    const [concept = '', singular = concept] = item.trim().split('=')
    return { concept, singular, plural: pluralOf(singular), categories }
  }),
)
