// A folder of small models, each with one mistake, and the real command run on it.
import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const language = `${root}compiler/language/index.ts`

/** A model of a linear layer over `hidden`; its weight has `wide` of them, its input `given`, and `step` stands in its step. */
export const model = ({ wide = 4, given = 4, before = '', step = '', over = 'hidden' } = {}): string => `${before}
import { add, buffer, dot, erase, input, mean, mul, normal, param, sub, valueAndGrad, zero, type Tensor } from '${language}'
const state = { weight: param({ hidden: ${wide} }, normal(1)), steps: buffer({}, 'i32', zero) }
const batch = { x: input({ example: 8, hidden: ${given} }), y: input({ example: 8 }) }
export const line = erase({
  state,
  batch,
  step: (now, { x, y }) => {
    ${step}
    const loss = (w: Tensor<'hidden'>): Tensor => {
      const error = sub(dot('${over}', x, w), y)
      return mean('example', mul(error, error))
    }
    const { value, grad } = valueAndGrad(loss)(now.weight)
    return [{ weight: sub(now.weight, mul(grad, 0.1)), steps: add(now.steps, 1) }, { loss: value }]
  },
})
`

/** Writes files, by their paths, into a folder. */
export const writeFiles = (folder: string, files: Readonly<Record<string, string>>): void => {
  for (const [name, text] of Object.entries({ 'package.json': '{ "type": "module" }', ...files })) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
}

export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs `axle check` in a folder. */
export const axleCheck = (cwd: string, args: readonly string[]): Promise<Ended> =>
  new Promise(resolve => {
    const { FORCE_COLOR: _, ...environment } = process.env
    execFile(process.execPath, ['--import', import.meta.resolve('tsx'), `${root}runtime/cli/main.ts`, 'check', ...args], { cwd, env: { ...environment, NO_COLOR: '1' }, maxBuffer: 2 ** 26 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
  })
