// The plugin inside a real tsserver, in a small project of its own: what an editor gets.
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { changed, diagnosticsOf, fixesOf, hoverAt, shownIn, pointOf, root, tsserver, type CodeFix, type Server, type Shown } from './tsserver.ts'

const imports = `import { add, defineTask, dot, dropout, erase, input, mean, mul, param, softmax, zeros, type Job, type Key, type Tensor } from '${root}compiler/language/index.ts'\n`
/** Everything imported is used, so that the only errors are those of the line that is tried. */
const rest = 'export { add, defineTask, dot, dropout, erase, input, mean, mul, param, softmax, zeros }\nexport type { Job, Key }\n'

interface Setting {
  readonly folder: string
  readonly server: Server
  readonly file: string
  /** Text that the server shows as the file's, whatever is on the disk. */
  readonly show: (text: string) => void
}

const editor = suite<Setting>('editor')

editor.before(context => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'axle-editor-')))
  symlinkSync(`${root}node_modules`, join(folder, 'node_modules'))
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: `${root}tsconfig.json`, include: ['*.ts'], exclude: [] }))
  const file = join(folder, 'model.ts')
  writeFileSync(file, `${imports}${rest}`)
  const server = tsserver()
  server.tell('open', { file })
  const show = (text: string): void => void server.tell('updateOpen', { openFiles: [{ file, fileContent: text }] })
  Object.assign(context, { folder, server, file, show })
})

editor.after(async ({ server, folder }) => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

const written = (line: string): string => `${imports}${line}\n${rest}`

editor('shows errors about tensors in our words, at the expression, with the places they refer to', async ({ server, file, show }) => {
  const text = written("export const pooled = (x: Tensor<'token' | 'hidden'>) => mean('tokens', x)")
  show(text)
  const [shown, ...more] = await diagnosticsOf(server, file)
  assert.ok(shown)
  assert.equal(more, [])
  assert.is(shown.text, "AX001 mean over 'tokens': x has 'token' 'hidden'; did you mean 'token'?")
  assert.is(shown.source, 'axle')
  assert.is(shown.code, 1)
  assert.is(shown.category, 'error')
  assert.equal(shown.start, pointOf(text, "'tokens', x", 10))
  assert.equal(shown.end, pointOf(text, "'tokens', x", 11))
  assert.equal(shown.relatedInformation?.map(({ message, span }) => [message, span?.start]), [["x is a parameter with 'token' 'hidden' here", pointOf(text, 'x: Tensor')]])
})

editor('leaves every other error as it is', async ({ server, file, show }) => {
  show(written("export const wrong: number = 'a'"))
  const found = await diagnosticsOf(server, file)
  assert.equal(found.map(({ code, text, source }) => [code, text, source]), [[2322, "Type 'string' is not assignable to type 'number'.", undefined]])
})

editor('follows edits, and tells without being asked', async ({ server, file, show }) => {
  const text = written("export const weights = (x: Tensor<'token' | 'key'>) => softmax('key', x)")
  show(text)
  assert.equal(await diagnosticsOf(server, file), [])
  const told = server.event('semanticDiag')
  const { line, offset } = pointOf(text, "'key', x")
  server.tell('change', { file, line, offset, endLine: line, endOffset: offset + 5, insertString: "'kye'" })
  server.tell('geterr', { files: [file], delay: 0 })
  const body = await told
  assert.equal(shownIn(body).map(each => each.text), ["AX001 softmax over 'kye': x has 'token' 'key'; did you mean 'key'?"])
  server.tell('change', { file, line, offset, endLine: line, endOffset: offset + 5, insertString: "'key'" })
  assert.equal(await diagnosticsOf(server, file), [])
})

/** A line with one error, the fix that is wanted for it, and what the line then says. */
const repairs: readonly (readonly [fix: string, title: string, before: string, after: string])[] = [
  ['axle-rename', "Rename 'token' of scores to 'key'", "export const y = (scores: Tensor<'token'>) => softmax('key', scores)", "export const y = (scores: Tensor<'token'>) => softmax('key', rename(scores, { token: 'key' }))"],
  ['axle-rename', "Rename 'inner' of x to 'hidden'", "export const y = (x: Tensor<'inner'>, w: Tensor<'hidden' | 'word'>) => dot('hidden', x, w)", "export const y = (x: Tensor<'inner'>, w: Tensor<'hidden' | 'word'>) => dot('hidden', rename(x, { inner: 'hidden' }), w)"],
  ['axle-swap', 'Swap x and key', "export const y = (key: Key, x: Tensor<'token'>) => dropout(x, 0.1, key)", "export const y = (key: Key, x: Tensor<'token'>) => dropout(key, 0.1, x)"],
  ['axle-swap', "Swap x and 'token'", "export const y = (x: Tensor<'token'>) => mean(x, 'token')", "export const y = (x: Tensor<'token'>) => mean('token', x)"],
  ['axle-outer', "Say outer('add', …)", "export const y = (a: Tensor<'row'>, b: Tensor<'column'>) => add(a, b)", "export const y = (a: Tensor<'row'>, b: Tensor<'column'>) => outer('add', a, b)"],
  ['axle-vmap', "Map over 'batch': vmap('batch', …)", "const one = (x: Tensor<'token'>) => softmax('token', x)\nexport const y = (x: Tensor<'batch' | 'token'>) => one(x)", "const one = (x: Tensor<'token'>) => softmax('token', x)\nexport const y = (x: Tensor<'batch' | 'token'>) => vmap('batch', one)(x)"],
  ['axle-vmap', "Map over 'batch': vmap('batch', …)", "const two = (x: Tensor<'hidden'>, w: Tensor<'hidden'>) => mul(x, w)\nexport const y = (x: Tensor<'batch' | 'hidden'>, w: Tensor<'hidden'>) => two(x, w)", "const two = (x: Tensor<'hidden'>, w: Tensor<'hidden'>) => mul(x, w)\nexport const y = (x: Tensor<'batch' | 'hidden'>, w: Tensor<'hidden'>) => vmap('batch', (x: Tensor<'hidden'>) => two(x, w))(x)"],
  ['axle-cast', 'Cast i to f32', "export const y = (x: Tensor<'token'>, i: Tensor<'token', 'i32'>) => add(x, i)", "export const y = (x: Tensor<'token'>, i: Tensor<'token', 'i32'>) => add(x, cast('f32', i))"],
  ['axle-axis', "Say 'token'", "export const y = (x: Tensor<'token'>) => mean('tokne', x)", "export const y = (x: Tensor<'token'>) => mean('token', x)"],
  ['axle-operation', 'Say mul(x, 2)', "export const y = (x: Tensor<'token'>) => x * 2", "export const y = (x: Tensor<'token'>) => mul(x, 2)"],
]

for (const [fix, title, before, after] of repairs) {
  editor(`repairs: ${before.split('\n').at(-1)}`, async ({ server, file, show }) => {
    const text = written(before)
    show(text)
    const [shown] = await diagnosticsOf(server, file)
    assert.ok(shown)
    const fixes = await fixesOf(server, file, shown)
    const wanted = fixes.find(each => each.fixName === fix && each.description === title)
    assert.ok(wanted, `${title} is not among ${fixes.map(({ description }) => description).join('; ')}`)
    assert.ok(changed(text, wanted).includes(`\n${after}\n`), changed(text, wanted))
    for (const each of fixes.filter(({ fixName }) => fixName.startsWith('axle-'))) await mustRepair(server, file, show, text, each)
  })
}

const mustRepair = async (server: Server, file: string, show: Setting['show'], text: string, fix: CodeFix): Promise<void> => {
  show(changed(text, fix))
  const left: readonly Shown[] = await diagnosticsOf(server, file)
  assert.equal(left.map(each => each.text), [], fix.description)
}

editor('asks an editor to ask for fixes of our numbers', async ({ server, file }) => {
  const codes = await server.ask('getSupportedCodeFixes', { file })
  assert.ok(Array.isArray(codes) && codes.includes('1') && codes.includes('2'))
})

// The sizes of a task, which must lie on the disk: a trace reads what is saved.

const task = (hidden: number): string => `${imports}
const centred = (x: Tensor<'token' | 'hidden'>): Tensor<'token'> => mean('hidden', x)
const definition = (hidden: number) => erase({
  state: { scale: param({ hidden }, zeros) },
  batch: { x: input({ token: 5, hidden }) },
  step: (state, { x }) => [state, { loss: mean('token', centred(mul(x, state.scale))) }],
})
const job = (name: string, hidden: number) => (): Job => ({
  name, config: {}, definition: definition(hidden), phases: [], data: { picture: 1, tokens: 1, batch: 1, distinct: 'concept', augmentation: { crop: 'off', flip: false, randaugment: false, grayscale: 0 }, inputs: {} }, horizon: '', names: [], shown: [],
})
export const task = defineTask({ name: 'small', configs: { small: job('small', ${hidden}), large: job('large', 96) } })
${rest}`

/** Hovers until a text is shown: a trace takes its time, in a process of its own. */
const hoverUntil = async (server: Server, file: string, text: string, piece: string, into: number, shown: string): Promise<string> => {
  for (const began = Date.now(); ;) {
    const hover = await hoverAt(server, file, pointOf(text, piece, into))
    if (hover.endsWith(shown) || Date.now() - began > 180_000) return hover
    await new Promise(resolve => setTimeout(resolve, 300))
  }
}

editor('shows axes and the sizes of every configuration on hover, and those of the next trace after a save', async ({ server, file, show }) => {
  const text = task(8)
  writeFileSync(file, text)
  show(text)
  assert.equal((await diagnosticsOf(server, file)).map(each => each.text), [])
  const both = "Tensor<'token' 'hidden'>  token 5, hidden 8 (small)  ·  token 5, hidden 96 (large)"
  assert.match(await hoverUntil(server, file, text, "mean('hidden', x)", 15, both), both)
  // A parameter where it is declared, a call by its name, a property, an input; a number has no sizes.
  assert.match(await hoverAt(server, file, pointOf(text, 'x: Tensor')), both)
  assert.match(await hoverAt(server, file, pointOf(text, "mean('hidden', x)", 1)), "Tensor<'token'>  token 5 (small, large)")
  assert.match(await hoverAt(server, file, pointOf(text, 'state.scale', 8)), "Tensor<'hidden'>  hidden 8 (small)  ·  hidden 96 (large)")
  assert.match(await hoverAt(server, file, pointOf(text, "mean('token', centred", 1)), /\nTensor$/)
  // An edit above that is not saved moves what was seen.
  const moved = text.replace('const centred', '// A line more.\nconst centred')
  show(moved)
  assert.match(await hoverAt(server, file, pointOf(moved, "mean('hidden', x)", 15)), both)
  // A save brings other sizes.
  const saved = task(12)
  writeFileSync(file, saved)
  show(saved)
  const next = "Tensor<'token' 'hidden'>  token 5, hidden 12 (small)  ·  token 5, hidden 96 (large)"
  assert.match(await hoverUntil(server, file, saved, "mean('hidden', x)", 15, next), next)
})

editor.run()
