import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { packagesInstalled } from '../../../../runtime/cli/setup/packages.mjs'

const test = suite<{ root: string }>('packages', { root: '' })
test.before.each(context => {
  context.root = mkdtempSync(join(tmpdir(), 'axle-packages-'))
  mkdirSync(join(context.root, 'node_modules'))
})
test.after.each(context => rmSync(context.root, { recursive: true }))

const locked = {
  '': { version: '0.1.0' },
  'node_modules/a': { version: '1.0.0' },
  'node_modules/other-platform': { version: '2.0.0', optional: true },
}

const write = (root: string, installed: Readonly<Record<string, { version: string }>>): void => {
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: locked }))
  writeFileSync(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: installed }))
}

test('the versions of the lock, but for optional packages, are enough', ({ root }) => {
  write(root, { 'node_modules/a': { version: '1.0.0' } })
  assert.ok(packagesInstalled(root))
})

test('a missing package or another version is not', ({ root }) => {
  write(root, {})
  assert.not.ok(packagesInstalled(root))
  write(root, { 'node_modules/a': { version: '1.0.1' } })
  assert.not.ok(packagesInstalled(root))
  write(root, { 'node_modules/a': { version: '1.0.0' }, 'node_modules/other-platform': { version: '1.9.0' } })
  assert.not.ok(packagesInstalled(root))
})

test('neither is an empty folder', ({ root }) => {
  assert.not.ok(packagesInstalled(root))
})

test.run()
