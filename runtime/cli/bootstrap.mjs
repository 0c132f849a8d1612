// What `npm run setup`, `npm start` and `npm test` run: plain JavaScript that needs nothing but Node and npm.
// Exit codes: 2 for a wrong command line, 3 when this machine lacks something that is named, else those of what was run.
import { fileURLToPath } from 'node:url'
import { ensurePackages } from './setup/packages.mjs'
import { cleanUpOnSignals } from './setup/process.mjs'
import { say, step } from './setup/progress.mjs'
import { ensureTensorflow } from './setup/tensorflow.mjs'
import { minilmFolder } from '../data/minilm.mjs'

const root = fileURLToPath(new URL('../../', import.meta.url))

const BAD_INPUT = 2
const UNAVAILABLE = 3

const attempt = async action => {
  try {
    await action()
    return undefined
  } catch (error) {
    return error.message
  }
}

/** Sets everything up. Resolves to what is missing: `packages`, `tensorflow` and `weights` are sentences, undefined when all is well. */
const setUp = async kind => {
  const stop = cleanUpOnSignals()
  const packages = await attempt(() => ensurePackages(root))
  const missing = packages !== undefined ? { packages } : {
    tensorflow: await attempt(() => ensureTensorflow(root, kind)),
    weights: await attempt(() => minilmFolder(action => step('downloading the text weights all-MiniLM-L6-v2 (84 MB)', action))),
  }
  stop()
  for (const sentence of Object.values(missing)) if (sentence !== undefined) say(sentence)
  return missing
}

const kinds = { '--gpu': 'gpu', '--cpu': 'cpu' }

const setup = async args => {
  const unknown = args.find(arg => !(arg in kinds))
  if (unknown !== undefined || args.length > 1) {
    say(`npm run setup takes --cpu or --gpu, not ${unknown ?? args.join(' ')}`)
    return BAD_INPUT
  }
  const complete = Object.values(await setUp(kinds[args[0]])).every(sentence => sentence === undefined)
  if (complete) say('everything is in place')
  return complete ? 0 : UNAVAILABLE
}

const start = async args => {
  const missing = await setUp()
  if (missing.packages !== undefined || missing.tensorflow !== undefined) return UNAVAILABLE
  const { runMain } = await import('./child.mjs')
  return runMain(['train', 'models/albef/pretrain.ts', ...args])
}

// Before the tests: without TensorFlow the other tests still run, and its own fail.
const prepare = async () => (await setUp()).packages === undefined ? 0 : UNAVAILABLE

const commands = { setup, start, prepare }

const [command, ...args] = process.argv.slice(2)
if (!Object.hasOwn(commands, command ?? '')) {
  say(`${command ?? 'nothing'} is not one of ${Object.keys(commands).join(', ')}`)
  process.exitCode = BAD_INPUT
} else {
  process.exitCode = await commands[command](args)
}
