import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import manifest from '../../package.json' with { type: 'json' }
import { breaches } from './rules.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

const packages = {
  dependencies: new Set(Object.keys(manifest.dependencies)),
  devDependencies: new Set(Object.keys(manifest.devDependencies)),
}

const sources = ['compiler', 'runtime', 'models', 'examples', 'test'].filter(folder => existsSync(join(root, folder))).flatMap(folder =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => /\.(ts|mts|mjs)$/.test(name))
    .map(name => join(folder, name).replaceAll('\\', '/')))

test('the files of the project keep the rules of the house', () => {
  assert.ok(sources.includes('test/house/rules.ts'))
  const found = sources.flatMap(path => breaches(path, readFileSync(join(root, path), 'utf8'), packages))
  assert.is(found.join('\n'), '')
})

const forbidden: readonly (readonly [path: string, text: string, sentence: string])[] = [
  ['compiler/a.ts', "import { x } from '../runtime/b.ts'", 'compiler/a.ts:1:19 imports runtime/b.ts: compiler/ may import compiler/ only.'],
  ['compiler/passes/a.ts', "export * from '../../models/b.ts'", 'compiler/passes/a.ts:1:15 imports models/b.ts: compiler/ may import compiler/ only.'],
  ['compiler/a.ts', "\nimport type { X } from '../test/b.ts'", 'compiler/a.ts:2:24 imports test/b.ts: compiler/ may import compiler/ only.'],
  ['models/a.ts', "import { x } from '../compiler/passes/b.ts'", 'models/a.ts:1:19 imports compiler/passes/b.ts: models/ may import models/, compiler/language/ only.'],
  ['models/a.ts', "import * as E from 'fp-ts/Either'", 'models/a.ts:1:20 imports fp-ts/Either: models/ is written in the language alone.'],
  ['models/a.ts', "import { join } from 'node:path'", 'models/a.ts:1:22 imports node:path: models/ is written in the language alone.'],
  ['runtime/a.ts', "const m = await import('../models/albef/b.ts')", 'runtime/a.ts:1:24 imports models/albef/b.ts: runtime/ may import runtime/, compiler/ only.'],
  ['runtime/a.ts', "type T = import('../examples/b.ts').T", 'runtime/a.ts:1:17 imports examples/b.ts: runtime/ may import runtime/, compiler/ only.'],
  ['runtime/a.mjs', "require('left-pad/x')", 'runtime/a.mjs:1:9 imports left-pad, which package.json does not name.'],
  ['runtime/a.ts', "import fc from 'fast-check'", 'runtime/a.ts:1:16 imports fast-check, which is a package of the tests only (devDependencies).'],
  ['runtime/a.ts', "import '../../elsewhere/b.ts'", 'runtime/a.ts:1:8 imports ../../elsewhere/b.ts, which lies outside the project.'],
  ['runtime/a.ts', "import './b'", 'runtime/a.ts:1:8 imports ./b: a relative import names its file with the extension.'],
  ['test/a.test.ts', "import x from '@scope/unknown/y'", 'test/a.test.ts:1:15 imports @scope/unknown, which package.json does not name.'],
  ['compiler/a.ts', 'const f = (x: any) => x', "compiler/a.ts:1:15 says 'any', which switches the type checker off."],
  ['models/a.ts', 'const y = x as unknown', "models/a.ts:1:11 says 'as', which overrules the type checker (only 'as const' is allowed)."],
  ['runtime/a.ts', 'const y = <string>x', "runtime/a.ts:1:11 says '<T>value', which overrules the type checker."],
  ['runtime/a.ts', 'export enum E { A }', "runtime/a.ts:1:1 declares an 'enum'; use a union of literals."],
]

for (const [path, text, sentence] of forbidden) {
  test(`is caught in ${path}: ${text.trim()}`, () => assert.equal(breaches(path, text, packages), [sentence]))
}

const allowed: readonly (readonly [path: string, text: string])[] = [
  ['compiler/a.ts', "import * as E from 'fp-ts/Either'\nimport { x } from './passes/b.ts'\nconst y = [1] as const"],
  ['models/albef/a.ts', "import { dot } from '../../compiler/language/index.ts'\nimport { linear } from '../layers/linear.ts'"],
  ['runtime/a.ts', "import { join } from 'node:path'\nimport { x } from '../compiler/b.ts'\nconst any = 'any as enum'"],
  ['examples/a.ts', "import { x } from '../models/b.ts'\nimport { y } from '../runtime/c.ts'"],
  ['test/a.test.ts', "import fc from 'fast-check'\nimport { x } from '../models/b.ts'\nimport p from '../package.json' with { type: 'json' }\nconst y = x as any"],
]

for (const [path, text] of allowed) {
  test(`is allowed in ${path}: ${text.split('\n').join('; ')}`, () => assert.equal(breaches(path, text, packages), []))
}

test.run()
