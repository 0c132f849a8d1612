import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cacheFolder, madeOnce } from '../../../../runtime/cli/setup/cache.mjs'

const test = suite<{ folder: string }>('cache', { folder: '' })
test.before.each(context => {
  context.folder = mkdtempSync(join(tmpdir(), 'axle-cache-'))
})
test.after.each(context => rmSync(context.folder, { recursive: true }))

const writing = (text: string) => async (folder: string) => writeFileSync(join(folder, 'file'), text)

test('a folder is made once', async ({ folder }) => {
  const target = join(folder, 'deep', 'made')
  assert.is(await madeOnce(target, writing('first')), target)
  await madeOnce(target, writing('second'))
  assert.is(readFileSync(join(target, 'file'), 'utf8'), 'first')
})

test('a failure leaves nothing behind', async ({ folder }) => {
  const failed = await madeOnce(join(folder, 'made'), async temporary => {
    await writing('half')(temporary)
    throw new Error('broke')
  }).catch((error: unknown) => error instanceof Error && error.message)
  assert.is(failed, 'broke')
  assert.equal(readdirSync(folder), [])
})

test('of two that make it at once, one wins and both succeed', async ({ folder }) => {
  const target = join(folder, 'made')
  const made = await Promise.all(['one', 'two'].map(text => madeOnce(target, writing(text))))
  assert.equal(made, [target, target])
  assert.ok(['one', 'two'].includes(readFileSync(join(target, 'file'), 'utf8')))
  assert.equal(readdirSync(folder), ['made'])
})

test('XDG_CACHE_HOME moves the cache, if it is absolute', () => {
  const before = process.env['XDG_CACHE_HOME']
  process.env['XDG_CACHE_HOME'] = tmpdir()
  assert.is(cacheFolder('a', 'b'), join(tmpdir(), 'axle', 'a', 'b'))
  process.env['XDG_CACHE_HOME'] = 'relative'
  assert.not.ok(cacheFolder('a').startsWith('relative'))
  if (before === undefined) delete process.env['XDG_CACHE_HOME']
  else process.env['XDG_CACHE_HOME'] = before
  assert.not.ok(existsSync(join('relative', 'axle')))
})

test.run()
