import { execFileSync, spawn } from 'node:child_process'
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { writeTensors } from '../../../runtime/checkpoints/safetensors.ts'
import { inTemporaryFolder } from '../checkpoints/temporary.ts'
import { axleCheck, model, writeFiles } from './fixtures.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const f32 = (shape: readonly number[]) => ({ dtype: 'f32', shape, data: new Float32Array(shape.reduce((product, size) => product * size, 1)) }) as const

test('a checkpoint against the parameters: what has no place, what has no tensor, what has another shape; and one that is cut off', async () => {
  await inTemporaryFolder(async folder => {
    writeFiles(folder, { 'line.ts': model() })
    const file = join(folder, 'line.safetensors')
    assert.ok(E.isRight(await writeTensors(file, { metadata: {}, tensors: new Map([['weight', f32([5])], ['other', f32([2, 3])]]) })()))
    const { code, out } = await axleCheck(folder, ['line.ts', '--weights', 'line.safetensors'])
    assert.is(code, 1, out)
    for (const line of [
      /^line\.ts:3:\d+ AX083 weight wants \[4\], but tensor 'weight' of the checkpoint is \[5\]$/m,
      /^line\.ts:3:\d+ AX082 steps has no tensor in the checkpoint: there is no 'steps' \[\]$/m,
      /^line\.safetensors AX081 tensor 'other' \[2, 3\] has no place in the model$/m,
      /^3 findings \(3 checkpoint\)/m,
    ]) assert.match(out, line)
    truncateSync(file, readFileSync(file).length - 8)
    const cut = await axleCheck(folder, ['line.ts', '--weights', 'line.safetensors'])
    assert.equal([cut.code, cut.out], [2, ''])
    assert.match(cut.err, /^\S*line\.safetensors: truncated: [^\n]*\n$/)
  })
})

test('one JSON document, with costs', async () => {
  await inTemporaryFolder(async folder => {
    writeFiles(folder, { 'line.ts': model(), 'wrong.ts': model({ given: 5 }) })
    const { code, out } = await axleCheck(folder, ['.', '--json', '--cost'])
    assert.is(code, 1)
    const { version, files, programs, findings, seconds } = JSON.parse(out)
    assert.equal([version, files], [1, ['line.ts', 'wrong.ts']])
    assert.equal(programs.map(({ file, name, traced, parameters }: Readonly<Record<string, unknown>>) => [file, name, traced, parameters]), [['line.ts', 'line', true, 4], ['wrong.ts', 'line', false, 4]])
    assert.is(programs[0].costs[0].program, 'step')
    assert.ok(programs[0].costs[0].total.flops > 0 && seconds.all > 0)
    assert.equal(findings.map(({ kind, code: number, span }: { readonly kind: string; readonly code: string; readonly span: { readonly file: string; readonly line: number } }) => [kind, number, span.file, span.line]), [['size', 'AX021', 'wrong.ts', 11]])
    assert.match(findings[0].page, /docs\/errors\/AX021\.md$/)
  })
})

test('what changed since a revision; a revision that is not there', async () => {
  await inTemporaryFolder(async folder => {
    const git = (...args: readonly string[]) => execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false', ...args], { cwd: folder, stdio: 'ignore' })
    writeFiles(folder, { 'line.ts': model() })
    git('init', '-q')
    git('add', '.')
    git('commit', '-q', '-m', 'before')
    writeFiles(folder, { 'line.ts': model({ wide: 6, given: 6 }), 'new.ts': model() })
    const { code, out } = await axleCheck(folder, ['.', '--diff', 'HEAD'])
    assert.is(code, 0, out)
    assert.match(out, /^line\.ts line\n/m)
    assert.match(out, /weight.*param f32\[hidden 4\].*param f32\[hidden 6\]/)
    assert.match(out, /^new\.ts line\n\nHEAD has no such file$/m)
    const refused = await axleCheck(folder, ['.', '--diff', 'nothing'])
    assert.equal([refused.code, refused.out], [2, ''])
    assert.match(refused.err, /^--diff nothing: [^\n]+\n$/)
  })
})

test('--watch checks again what an edit concerns, and sees it mended; a comment is no reason to trace', async () => {
  await inTemporaryFolder(async folder => {
    writeFiles(folder, { 'sizes.ts': 'export const given = 5\n', 'line.ts': model({ before: "import { given } from './sizes.ts'" }).replace('hidden: 4 }), y', 'hidden: given }), y') })
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), `${root}runtime/cli/main.ts`, 'check', '.', '--watch'], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, NO_COLOR: '1' } })
    const out = await new Promise<string>((resolve, reject) => {
      let text = ''
      let edited = false
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString()
        if (!edited && text.includes('watching for changes')) {
          edited = true
          writeFileSync(join(folder, 'sizes.ts'), 'export const given = 4\n')
        }
        const checks = text.split(/ checked in [^\n]*\n/).length - 1
        if (edited && checks === 2) writeFileSync(join(folder, 'sizes.ts'), '// nothing but a comment\nexport const given = 4\n')
        if (checks === 3) resolve(text)
      })
      child.on('error', reject)
      child.on('close', () => reject(new Error(`it ended early: ${text}`)))
    })
    child.removeAllListeners('close')
    child.kill('SIGKILL')
    assert.match(out, /AX021 dot over 'hidden'[^]*\n1 finding \(1 size\)[^]*watching for changes\ntypes: no findings in [\d.]+ s; tracing 2 files\nno findings; 2 files and 1 program checked in [\d.]+ s\nno findings; 2 files and 1 program checked in [\d.]+ s\n$/)
  })
})

test.run()
