import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { AnyDefinition } from '../../../../compiler/language/index.ts'
import { conditionsOf, mistakeFinding, sizeFindings } from '../../../../compiler/check/sizes/index.ts'
import type { Finding } from '../../../../compiler/check/finding.ts'
import { task } from '../../../../models/albef/pretrain.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const folders: string[] = []
test.after(() => folders.forEach(folder => rmSync(folder, { recursive: true })))

interface Change {
  readonly file: string
  readonly from: string
  readonly to: string
}

/** The models with one change of their sources, in a folder of their own, beside the compiler as it is. */
const copied = ({ file, from, to }: Change): string => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'axle-sizes-')))
  folders.push(folder)
  cpSync(join(root, 'models'), join(folder, 'models'), { recursive: true })
  symlinkSync(join(root, 'compiler'), join(folder, 'compiler'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const path = join(folder, 'models', file)
  const text = readFileSync(path, 'utf8')
  assert.is(text.split(from).length, 2, `'${from}' stands once in ${file}`)
  writeFileSync(path, text.replace(from, to))
  return folder
}

const isMaker = (x: unknown): x is () => { readonly definition: AnyDefinition } => typeof x === 'function'

/** What the checker says about a configuration of the changed models, and how a line of theirs is called. */
const checked = async (change: Change, config: string): Promise<{ readonly findings: readonly Finding[]; readonly line: (file: string, text: string) => string }> => {
  const folder = copied(change)
  const module: { readonly task?: { readonly configs?: Readonly<Record<string, unknown>> } } = await import(pathToFileURL(join(folder, 'models/albef/pretrain.ts')).href)
  const make = module.task?.configs?.[config]
  assert.ok(isMaker(make))
  const line = (file: string, text: string): string => {
    const lines = readFileSync(join(folder, 'models', file), 'utf8').split('\n').flatMap((each, i) => (each.includes(text) ? [i + 1] : []))
    assert.is(lines.length, 1, `one line of ${file} has '${text}'`)
    return `${relative(process.cwd(), join(folder, 'models', file))}:${lines[0]}`
  }
  try {
    return { findings: sizeFindings(make().definition, config), line }
  } catch (error) {
    return { findings: [mistakeFinding(error, 'making it', config)], line }
  }
}

const only = (findings: readonly Finding[]): Finding => {
  assert.is(findings.length, 1, findings.map(({ sentence }) => sentence).join('\n'))
  const [finding] = findings
  assert.ok(finding)
  return finding
}
const placeOf = ({ span: { file, line } }: Finding): string => `${relative(process.cwd(), file)}:${line}`

const tinyVision = "vision: { image: 32, patch: 8, hidden: 48, layers: 2, heads: 3, inner: 192, stem: [] }"

for (const [name, make] of Object.entries(task.configs)) {
  test(`${name} is clean`, () => assert.equal(sizeFindings(make().definition, name), []))
}

test('heads that do not divide the width', async () => {
  const { findings, line } = await checked({ file: 'albef/config.ts', from: tinyVision, to: tinyVision.replace('heads: 3', 'heads: 5') }, 'tiny')
  const place = line('albef/config.ts', 'vision: { image: 32')
  assert.is(only(findings).sentence, `'hidden' 48 (config.vision.hidden, ${place}) is not a multiple of 'head' 5 (config.vision.heads, ${place})`)
  assert.is(placeOf(only(findings)), line('albef/vision.ts', 'attention: attentionParams('))
})

test('a picture that the patches do not divide', async () => {
  const { findings, line } = await checked({ file: 'albef/config.ts', from: tinyVision, to: tinyVision.replace('image: 32', 'image: 36') }, 'tiny')
  const place = line('albef/config.ts', 'vision: { image: 36')
  assert.is(only(findings).sentence, `'image' 36 (config.vision.image, ${place}) is not a multiple of 'patch' 8 (config.vision.patch, ${place})`)
  assert.is(placeOf(only(findings)), line('albef/vision.ts', "quotient('image', image, 'patch', patch)"))
})

test('a queue that the batch does not divide', async () => {
  const { findings, line } = await checked({ file: 'albef/config.ts', from: 'queue: 16,', to: 'queue: 18,' }, 'tiny')
  const batch = line('albef/config.ts', 'batch: 4,')
  assert.is(only(findings).sentence, `'queue' 18 (config.queue, ${line('albef/config.ts', 'queue: 18,')}) is not a multiple of 'batch' 4 (config.batch, ${batch})`)
  assert.is(placeOf(only(findings)), line('albef/parameters.ts', "quotient('queue', queue, 'batch', batch)"))
})

test('more anchors than examples, and for which batches there are enough', async () => {
  const { findings, line } = await checked({ file: 'albef/config.ts', from: 'anchors: 4,', to: 'anchors: 6,' }, 'tiny')
  const { code, sentence } = only(findings)
  assert.is(code, 'AX024')
  const [anchors, batch] = [line('albef/config.ts', 'anchors: 6,'), line('albef/config.ts', 'batch: 4,')]
  assert.match(sentence, new RegExp(`^slice of 'anchor' from 0 to 6 \\(config.anchors, ${anchors}\\): 4 in batch/(ids|image) \\(config.batch, ${batch}\\); right only for example >= 6$`))
})

test('more tokens than places', async () => {
  const { findings, line } = await checked({ file: 'albef/config.ts', from: 'places: 16,', to: 'places: 8,' }, 'tiny')
  const { code, sentence } = only(findings)
  assert.is(`${code} ${sentence}`, `AX024 slice of 'place' from 0 to 10 (config.text.tokens, ${line('albef/config.ts', 'tokens: 10,')}): 8 in state/student/text/place (config.text.places, ${line('albef/config.ts', 'places: 8,')}); right only for token <= 8`)
  assert.is(placeOf(only(findings)), line('albef/text.ts', "slice('place', 0,"))
})

test('the width of one encoder where that of the other belongs', async () => {
  const { findings, line } = await checked({ file: 'albef/parameters.ts', from: 'fusionParams(text, vision.hidden)', to: 'fusionParams(text, text.hidden)' }, 'emoji')
  const [first] = findings
  assert.ok(first)
  const [vision, text] = [line('albef/config.ts', 'hidden: 128,'), line('albef/config.ts', 'hidden: 384,')]
  assert.match(first.sentence, new RegExp(`^dot over 'hidden': 128 in .* \\(config.vision.hidden, ${vision}\\) but 384 in state/.*/fusion/0/crossAttention/.* \\(config.text.hidden, ${text}\\)$`))
})

test('what the sizes of the inputs must be', () => {
  const job = task.configs['tiny']?.()
  assert.ok(job)
  const needs = conditionsOf(job.definition, 'tiny').map(({ where, programs }) => `${where}: ${programs.join(' ')}`)
  for (const wanted of ['row·column = 1024: step pictures', 'token <= 16: captions', 'example >= 4: step', 'example <= 16: step']) assert.ok(needs.includes(wanted), `${wanted} is among ${needs.join('; ')}`)
})

test.run()
