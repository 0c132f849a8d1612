import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'

const root = fileURLToPath(new URL('../../../', import.meta.url))

export const model = 'models/albef/pretrain.ts'

/** What a command left: its exit code, and the lines that it wrote to standard error. */
export interface Ended {
  readonly code: number | null
  readonly lines: readonly string[]
}

/** Runs `axle train` on ALBEF in a process of its own. Once `interrupt` says so, it gets one Ctrl-C. */
export const train = (args: readonly string[], interrupt?: () => boolean): Promise<Ended> => axle(['train', model, ...args], { interrupt })

// As at a person's: where nobody asks for TensorFlow's log, there is none of it.
const { TF_CPP_MIN_LOG_LEVEL: _, ...quiet } = process.env
export { quiet }

/** Runs `axle` in a process of its own, with more in its environment. */
export const axle = (args: readonly string[], { interrupt, env = {} }: { readonly interrupt?: (() => boolean) | undefined; readonly env?: Readonly<Record<string, string>> } = {}): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', join('runtime', 'cli', 'main.ts'), ...args], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'], env: { ...quiet, ...env } })
    let text = ''
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    const watch = setInterval(() => {
      if (!interrupt?.()) return
      clearInterval(watch)
      child.kill('SIGINT')
    }, 10)
    child.on('error', reject)
    child.on('close', code => {
      clearInterval(watch)
      resolve({ code, lines: text.split('\n').filter(line => line !== '') })
    })
  })

const colours = ['red', 'green', 'blue', 'yellow', 'white', 'black'] as const
const shapes = { ball: '<circle cx="20" cy="20" r="13"/>', box: '<rect x="8" y="8" width="24" height="24"/>', bar: '<rect x="2" y="15" width="36" height="9"/>', hat: '<path d="M20 4 36 34H4z"/>' } as const

/**
 * An annotation file in a new folder of pictures, 24 coloured shapes of two captions each; and beside them one picture that is
 * broken, one caption of no words, and one picture that has only such a caption.
 */
export const writePairs = async (folder: string): Promise<string> => {
  mkdirSync(folder, { recursive: true })
  const entries: { readonly image: string; readonly caption: string | readonly string[] }[] = []
  for (const colour of colours) {
    for (const [shape, drawn] of Object.entries(shapes)) {
      const image = `${colour}-${shape}.png`
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40" fill="#888"/><g fill="${colour}">${drawn}</g></svg>`
      await sharp(Buffer.from(svg)).png().toFile(join(folder, image))
      entries.push({ image, caption: [`a ${colour} ${shape}`, `This ${shape} is ${colour}!`] })
    }
  }
  writeFileSync(join(folder, 'broken.png'), 'no picture')
  entries.splice(3, 0, { image: 'broken.png', caption: 'a broken picture' })
  entries.push({ image: 'red-ball.png', caption: ['?!', 'red'] }, { image: 'blue-box.png', caption: '...' })
  const file = join(folder, 'pairs.json')
  writeFileSync(file, JSON.stringify(entries))
  return file
}
