import { ts } from '@ts-morph/common'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { changesOf, isSilent } from '../../../runtime/check/changes.ts'

const files: Readonly<Record<string, string>> = {
  '/m/parts.ts': "export interface Size { readonly size: number }\nexport const width = 3\nexport const double = (x: number) => 2 * x\nconst hidden = 7\nexport const depth = hidden + 1\n",
  '/m/index.ts': "export { double as twice } from './parts.ts'\nexport * from './parts.ts'\n",
  '/m/uses-width.ts': "import { width as w } from './parts.ts'\nexport const task = w * 2\n",
  '/m/uses-double.ts': "import { twice } from './index.ts'\nexport const task = twice(4)\n",
  '/m/uses-depth.ts': "import * as all from './parts.ts'\nexport const task = all.depth\n",
  '/m/uses-types.ts': "import type { Size } from './parts.ts'\nexport const task: Size = { size: 1 }\n",
  '/m/apart.ts': 'export const task = 1\n',
  '/m/effect.ts': "import './apart.ts'\nexport const task = 2\n",
}

const parse = (file: string, text: string): ts.SourceFile => ts.createSourceFile(file, text, ts.ScriptTarget.Latest)
const sources = new Map(Object.entries(files).map(([file, text]) => [file, parse(file, text)]))

const edited = (file: string, edit: (text: string) => string) => {
  const after = parse(file, edit(files[file] ?? ''))
  const now = new Map([...sources, [file, after] as const])
  const changed = { file, before: sources.get(file), after }
  return { changed, changes: changesOf([changed], [...now.keys()], each => now.get(each)) }
}

const reachedBy = (file: string, edit: (text: string) => string): readonly string[] => {
  const { changes } = edited(file, edit)
  return Object.keys(files).filter(changes.reaches).map(each => each.slice('/m/'.length, -'.ts'.length))
}

test('comments, types and line breaks reach nothing', () => {
  assert.equal(reachedBy('/m/parts.ts', text => `// a comment\n${text.replace('const width', '/** Doc. */\nconst width')}\n// another`), [])
  assert.equal(reachedBy('/m/parts.ts', text => text.replace('readonly size: number', 'readonly size: number; readonly more?: string')), [])
  assert.equal(reachedBy('/m/parts.ts', text => text.replace('(x: number) =>', '(x: 3 | 4) =>')), [])
  assert.equal(reachedBy('/m/apart.ts', text => text.replace('= 1', '=\n  1')), [])
})

test('a name reaches whatever says it, under other names and through other modules', () => {
  assert.equal(reachedBy('/m/parts.ts', text => text.replace('width = 3', 'width = 4')), ['parts', 'index', 'uses-width', 'uses-depth'])
  assert.equal(reachedBy('/m/parts.ts', text => text.replace('2 * x', '3 * x')), ['parts', 'index', 'uses-double', 'uses-depth'])
  assert.equal(reachedBy('/m/parts.ts', text => text.replace('hidden = 7', 'hidden = 8')), ['parts', 'index', 'uses-depth'])
  assert.equal(reachedBy('/m/uses-width.ts', text => text.replace('* 2', '* 3')), ['uses-width'])
  assert.equal(reachedBy('/m/index.ts', text => text.replace('double as twice', 'width as twice')), ['index', 'uses-double'])
})

test('what a module does, the order in which it does it, and a module that is gone reach all who read it', () => {
  assert.equal(reachedBy('/m/apart.ts', text => `${text}console.log(task)\n`), ['apart', 'effect'])
  assert.equal(reachedBy('/m/parts.ts', text => text.replace(/(export const width.*\n)(export const double.*\n)/, '$2$1')), ['parts', 'index', 'uses-width', 'uses-double', 'uses-depth'])
  const gone = changesOf([{ file: '/m/parts.ts', before: sources.get('/m/parts.ts'), after: undefined }], [...sources.keys()], file => (file === '/m/parts.ts' ? undefined : sources.get(file)))
  for (const file of ['parts', 'uses-width', 'uses-double', 'uses-depth']) assert.ok(gone.reaches(`/m/${file}.ts`), file)
  assert.not.ok(gone.reaches('/m/uses-types.ts'))
  const fresh = changesOf([{ file: '/m/new.ts', before: undefined, after: parse('/m/new.ts', 'export const task = 1\n') }], ['/m/new.ts'], file => sources.get(file))
  assert.ok(fresh.reaches('/m/new.ts'))
})

test('a place moves with its token, and is gone with it', () => {
  const { changes } = edited('/m/parts.ts', text => text.replace('export const width', '// one\n// two\nexport  const width').replace('2 * x', '3 * x'))
  assert.equal(changes.moved({ file: '/m/parts.ts', line: 2, column: 14 }), { file: '/m/parts.ts', line: 4, column: 15 })
  assert.equal(changes.moved({ file: '/m/parts.ts', line: 5, column: 22, endLine: 5, endColumn: 28 }), { file: '/m/parts.ts', line: 7, column: 22, endLine: 7, endColumn: 28 })
  assert.is(changes.moved({ file: '/m/parts.ts', line: 3, column: 40 }), undefined)
  assert.equal(changes.moved({ file: '/m/apart.ts', line: 1, column: 14 }), { file: '/m/apart.ts', line: 1, column: 14 })
})

test('silent is what TypeScript has nothing else to say of', () => {
  assert.ok(isSilent(edited('/m/parts.ts', text => `// more\n${text}`).changed))
  assert.not.ok(isSilent(edited('/m/parts.ts', text => text.replace('(x: number)', '(x: 3)')).changed))
  assert.not.ok(isSilent(edited('/m/parts.ts', text => `// @ts-expect-error\n${text}`).changed))
  assert.not.ok(isSilent({ file: '/m/new.ts', before: undefined, after: parse('/m/new.ts', '') }))
})

test.run()
