import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hoistWith } from '../../../compiler/passes/hoist.ts'
import { share } from '../../../compiler/passes/share.ts'
import { simplify } from '../../../compiler/passes/simplify.ts'
import { verify } from '../../../compiler/passes/verify.ts'
import { add, dot, exp, gather, rename, tanh } from '../../../compiler/primitives/index.ts'
import { axesOf, elements, sizeOf, type Node, type Sizes } from '../../../compiler/program/node.ts'
import { nodesOf, type Program } from '../../../compiler/program/program.ts'
import { generator } from '../language/support.ts'
import { agree, costOf, differentiated, inputsOf, squared, whole, withInputs } from './gradients.ts'
import { argument, drawProgram } from './programs.ts'

const draws = 400

const hoistAll = (program: Program): Program => share(simplify(verify('hoist', hoistWith(Number.NEGATIVE_INFINITY)(program))))

test('random programs over repeated rows, and the gradients of losses over them, keep their numbers', () => {
  let changed = 0
  for (let seed = 0; seed < draws; seed++) {
    const next = generator(seed + 9000)
    const drawn = drawProgram(seed, 12)
    const inputs = inputsOf(drawn)
    if (inputs.length === 0) continue
    /** Rows of an input, each about three times; under the name that the program knows, and with one more axis. */
    const repeated = (node: Node): Node => {
      const axis = axesOf(node)[Math.floor(next() * axesOf(node).length)]
      if (axis === undefined || next() < 0.3) return node
      // In some, every position of another axis has ids of its own.
      const other = axesOf(node).find(each => each !== axis && next() < 0.4)
      const places = { times: 3, [axis]: sizeOf(node, axis), ...(other === undefined ? {} : { [other]: sizeOf(node, other) }) }
      const rows = gather([node, whole(places, Array.from({ length: elements(places) }, () => Math.floor(next() * sizeOf(node, axis))))], { axis })
      return next() < 0.5 ? rows : rename([rename([rows], { names: { [axis]: `^${axis}`, times: '^times' } })], { names: { [`^${axis}`]: axis, '^times': 'times' } })
    }
    const loss = (taps: readonly Node[]): Node => withInputs(drawn, taps.map(repeated)).map(squared).reduce((l, r) => add([l, r], {}))
    const program = differentiated(loss, inputs)
    const after = hoistAll(program)
    agree(program, after, seed)
    if (costOf(after) < costOf(program)) changed++
  }
  assert.ok(changed > draws / 40, `only ${changed} programs became cheaper`)
})

/** Captions that look at images: each at its own, and at two others; the same images are looked at once more, as they are. */
const modelOf = (ids: Node) => ([images, captions, key, offset, query]: readonly Node[]): Node => {
  if (images === undefined || captions === undefined || key === undefined || offset === undefined || query === undefined) throw new Error('an input is missing')
  const lifted = { batch: '^batch', case: '^case' }
  const look = (pictures: Node): Node => rename([add([dot([pictures, key], { over: ['hidden'] }), offset], {})], { names: { token: 'key' } })
  const among = rename([gather([images, ids], { axis: 'batch' })], { names: lifted })
  const own = rename([images], { names: { batch: '^batch' } })
  const asked = dot([rename([captions], { names: { batch: '^batch' } }), query], { over: ['hidden'] })
  const scores = (keys: Node): Node => exp([tanh([dot([asked, keys], { over: ['feature'] })], {})], {})
  return add([squared(scores(look(among))), squared(scores(look(own)))], {})
}

const chosen = [0, 1, 2, 3, 2, 2, 0, 1, 3, 0, 1, 0]
const model = modelOf(whole({ case: 3, batch: 4 }, chosen))

const modelInputs = (groups: Sizes = {}): readonly Node[] => [
  argument('images', { ...groups, batch: 4, token: 5, hidden: 6 }),
  argument('captions', { ...groups, batch: 4, word: 3, hidden: 6 }),
  argument('key', { hidden: 6, feature: 7 }),
  argument('offset', { feature: 7 }),
  argument('query', { hidden: 6, feature: 7 }),
]

test('projections of repeated images are made once an image, forward and backward, and shared with other uses of the images', () => {
  const program = differentiated(model, modelInputs())
  const after = hoistAll(program)
  agree(program, after, 1)
  const projections = (of: Program, factor: number): number => nodesOf(of).filter(node => node.op === 'dot' && node.rules.cost(node) === factor * 2 * 4 * 5 * 6 * 7).length
  assert.is(projections(program, 3), 3, 'forward, and the gradients of images and weight, each for three images a caption')
  assert.is(projections(program, 1), 3, 'the same for the images as they are')
  assert.is(projections(after, 3), 0)
  assert.is(projections(after, 1), 5, 'the forward projection serves both uses')
})

test('so they are in groups of examples, each of which looks at images of its own', () => {
  const groups = { group: 2 }
  const program = differentiated(modelOf(whole({ ...groups, case: 3, batch: 4 }, [...chosen, ...[...chosen].reverse()])), modelInputs(groups))
  const after = hoistAll(program)
  agree(program, after, 3)
  const projections = (of: Program, factor: number): number => nodesOf(of).filter(node => node.op === 'dot' && node.rules.cost(node) === factor * 2 * 2 * 4 * 5 * 6 * 7).length
  assert.equal([projections(program, 3), projections(after, 3), projections(after, 1)], [3, 0, 5])
})

test('rows that are looked up less often than there are rows stay looked up first', () => {
  const [table, weight] = [argument('table', { word: 9, hidden: 6 }), argument('weight', { hidden: 6, feature: 7 })]
  const program = differentiated(([rows = table, map = weight]) => squared(dot([gather([rows, whole({ token: 4 }, [1, 8, 1, 0])], { axis: 'word' }), map], { over: ['hidden'] })), [table, weight])
  const after = hoistAll(program)
  assert.is(costOf(after), costOf(program))
  agree(program, after, 2)
})

test('another axis of repeated rows may take the name under which they were looked up', () => {
  const table = argument('table', { word: 2, hidden: 6 })
  const program = differentiated(([rows = table]) => squared(rename([gather([rows, whole({ token: 4 }, [1, 0, 1, 0])], { axis: 'word' })], { names: { hidden: 'word' } })), [table])
  agree(program, hoistAll(program), 3)
})

test('what saves too little stays as it is', () => {
  const program = differentiated(model, modelInputs())
  assert.is(hoistWith(2 ** 30)(program), program)
})

test.run()
