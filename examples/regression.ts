// A straight line through fifty points: the smallest program that trains. `node --import tsx examples/regression.ts` prints it.
import { pathToFileURL } from 'node:url'
import { add, array, div, erase, input, mapTrees, mean, mul, param, run, sub, valueAndGrad, zeros, type Of, type Tensor } from '../compiler/language/index.ts'

/** Speeds of cars in miles an hour, and the feet they took to stop (M. Ezekiel, Methods of Correlation Analysis, 1930). */
const speed = [4, 4, 7, 7, 8, 9, 10, 10, 10, 11, 11, 12, 12, 12, 12, 13, 13, 13, 13, 14, 14, 14, 14, 15, 15, 15, 16, 16, 17, 17, 17, 18, 18, 18, 18, 19, 19, 19, 20, 20, 20, 20, 20, 22, 23, 24, 24, 24, 24, 25]
const distance = [2, 10, 4, 22, 16, 10, 18, 26, 34, 17, 28, 14, 20, 24, 28, 26, 34, 34, 46, 26, 36, 60, 80, 20, 26, 54, 32, 40, 32, 40, 50, 42, 56, 76, 84, 36, 46, 68, 32, 48, 52, 56, 64, 66, 54, 70, 92, 93, 120, 85]

const line = { slope: param({}, zeros), offset: param({}, zeros) }
type Line = Of<typeof line>

// Speeds are centred and scaled, so that one rate suits both parameters.
const centre = 15
const scale = 5
const predict = (p: Line, x: Tensor<'car'>): Tensor<'car'> => add(mul(div(sub(x, centre), scale), p.slope), p.offset)

const squaredError = (x: Tensor<'car'>, y: Tensor<'car'>) => (p: Line): Tensor => {
  const error = sub(predict(p, x), y)
  return mean('car', mul(error, error))
}

const batch = { x: input({ car: speed.length }), y: input({ car: speed.length }) }

/** One step of gradient descent: the next line, and the loss before it. */
const step = (p: Line, { x, y }: Of<typeof batch>) => {
  const { value, grad } = valueAndGrad(squaredError(x, y))(p)
  return [mapTrees((each, slope) => sub(each, mul(slope, 0.2)), p, grad), { loss: value }] as const
}

/** What tools see: `axle check examples/regression.ts`. */
export const regression = erase({ state: line, batch, step })

/** Trains on the host. Feet for every mile an hour, and the feet that the line says for standing still. */
export const fit = (steps: number): { readonly slope: number; readonly offset: number } => {
  const given = { x: array({ car: speed.length }, speed), y: array({ car: distance.length }, distance) }
  const next = run(step)
  let now = { slope: array({}, [0]), offset: array({}, [0]) }
  for (let i = 0; i < steps; i++) [now] = next(now, given)
  const [slope = 0, offset = 0] = [now.slope.data[0], now.offset.data[0]]
  return { slope: slope / scale, offset: offset - (slope * centre) / scale }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.log(fit(100))
