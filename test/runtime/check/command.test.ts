import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { inTemporaryFolder } from '../checkpoints/temporary.ts'
import { axleCheck, model, writeFiles } from './fixtures.ts'

const files = {
  'good.ts': model(),
  'wrong-axis.ts': model({ over: 'hiden' }),
  'wrong-size.ts': model({ wide: 4, given: 5 }),
  'broken.ts': 'export const x = (1\nexport const y = 2\n',
  'imports-broken.ts': "import { y } from './broken.ts'\nexport const z = y\n",
  'throws.ts': model({ step: "if (Math.random() < 2) throw new Error('not today')" }),
  'no-program.ts': "export const other = 1\nexport const task = { name: 'none', configs: { small: 3 } }\n",
  'circle.ts': "import { two } from './circle-too.ts'\nexport const one: number = two + 1\n",
  'circle-too.ts': "import { one } from './circle.ts'\nexport const two: number = one + 1\n",
  'ends.ts': 'declare const process: { exit: (code: number) => void }\nprocess.exit(3)\n',
  'talks.ts': `${model()}\nconsole.log('hello from the model')\n`,
}

/** What Node refuses before it runs anything, each on a line that is not the first. */
const unreadable = {
  'good.ts': model(),
  'no-export.ts': "// An export that is not there.\nimport { nothing } from './good.ts'\nexport const y: unknown = nothing\n",
  'imports-it.ts': "export { y } from './no-export.ts'\n",
  'no-package.ts': "// A package that is not there.\nimport x from 'no-such-package-at-all'\nexport const y: unknown = x\n",
  'expression.ts': '// A regular expression that does not parse.\nexport const s = /(/\n',
  'recursion.ts': model({ step: 'const deeper = (): number => deeper() + 1\nvoid deeper()' }),
  'binary.ts': 'P\0K\u0003\u0004\0\0(((',
  'folder.ts/inside.ts': model(),
}

/** The first line of each finding. */
const headlines = (out: string): readonly string[] => out.split('\n').filter(line => /^\S+\.ts(:\d+:\d+)? (AX|TS)\d+ /.test(line))

test('whatever is wrong with a file is said in one located message, and the other files are checked', async () => {
  await inTemporaryFolder(async folder => {
    writeFiles(folder, files)
    const { code, out, err } = await axleCheck(folder, ['.', 'nowhere.ts'])
    const found = headlines(out)
    const about = (file: string): readonly string[] => found.filter(line => line.startsWith(`${file}:`) || line.startsWith(`${file} `))
    assert.is(code, 2, out)
    assert.is(about('good.ts').length, 0)
    assert.match(about('wrong-axis.ts')[0] ?? '', /^wrong-axis\.ts:11:\d+ AX001 .*'hiden'/)
    assert.match(about('wrong-size.ts').join('\n'), /^wrong-size\.ts:11:\d+ AX021 dot over 'hidden': [^\n]*$/)
    assert.match(about('broken.ts').join('\n'), /^broken\.ts:2:1 TS1005 [^\n]*$/)
    assert.equal(about('imports-broken.ts'), [])
    assert.match(about('throws.ts').join('\n'), /^throws\.ts:9:\d+ AX071 [^\n]*not today$/)
    assert.equal(about('no-program.ts'), ["no-program.ts:2:14 AX072 'task': the configuration 'small' is number, not a function that makes a job"])
    assert.match([...about('circle.ts'), ...about('circle-too.ts')].join('\n'), /^circle(-too)?\.ts:1:\d+ AX073 these imports run in a circle[^\n]*$/)
    assert.equal(about('ends.ts'), ['ends.ts:1:1 AX074 tracing it ended the whole process, with exit code 3'])
    assert.equal(about('nowhere.ts'), ['nowhere.ts AX070 there is no such file'])
    assert.match(out, /^ *> 11 \| .*\n *\| +\^+$/m)
    assert.match(out, /^ {2}docs\/errors\/AX021\.md$|^ {2}\.\.\/.*docs\/errors\/AX021\.md$/m)
    assert.match(out, /\n\d+ findings \(.*\); 11 files and \d+ programs checked in [\d.]+ s, \d+ not to the end\n$/)
    assert.match(err, 'hello from the model')
    assert.not.match(out, 'hello from the model')
    assert.not.match(out, '\u001b[')
  })
})

test('what cannot be put together is one message of its own file, said by TypeScript; noise is not printed; folders with the name of a file are folders', async () => {
  await inTemporaryFolder(async folder => {
    writeFiles(folder, unreadable)
    const { code, out } = await axleCheck(folder, ['.'])
    assert.is(code, 1, out)
    const found = out.split('\n').filter(line => /^\S+ (AX|TS)\d+ /.test(line))
    assert.equal(found.map(line => line.replace(/^(\S+ \S+) .*$/, '$1').replace(/^(recursion\.ts:\d+):\d+/, '$1')).sort(), [
      'binary.ts TS1127', 'expression.ts:2:20 TS1005', 'no-export.ts:2:10 TS2305', 'no-package.ts:2:15 TS2307', 'recursion.ts:9 AX071',
    ], out)
    assert.match(out, /^recursion\.ts:9:\d+ AX071 .*RangeError: Maximum call stack size exceeded$/m)
    assert.match(out, / 8 files and /)
    assert.not.match(out, '\0')
  })
})

test('what is thrown where nobody waits for it is said of the file that it comes from, and configurations that make no job once', async () => {
  await inTemporaryFolder(async folder => {
    const task = "export const task = { name: 'none', configs: { small: () => 3, large: () => ({}) } }\n"
    writeFiles(folder, { 'promise.ts': "// Nobody waits.\nvoid Promise.reject(new Error('too late'))\n", 'good.ts': model(), 'jobless.ts': task })
    const { code, out } = await axleCheck(folder, ['.'])
    assert.is(code, 1, out)
    assert.equal(headlines(out).map(line => line.replace(/^(\S+?):\d+:\d+/, '$1')), [
      "jobless.ts AX071 making 'task' throws TypeError: a configuration makes no job with a definition",
      'promise.ts AX071 what a file leaves running throws Error: too late',
    ], out)
  })
})

test('a folder without mistakes, and configurations by name', async () => {
  await inTemporaryFolder(async folder => {
    writeFiles(folder, { 'models/good.ts': model() })
    const clean = await axleCheck(folder, [])
    assert.is(clean.code, 0, clean.out + clean.err)
    assert.match(clean.out, /^no findings; 1 file and 1 program checked in [\d.]+ s\n$/)
    const refused = await axleCheck(folder, ['--config', 'huge'])
    assert.equal([refused.code, refused.out, refused.err], [2, '', '--config huge: no file that is checked has configurations\n'])
  })
})

test('a folder with nothing to check', async () => {
  await inTemporaryFolder(async folder => {
    const { code, out, err } = await axleCheck(folder, [])
    assert.equal([code, out], [2, ''])
    assert.match(err, 'there is nothing to check: no file is named, and there is neither models/ nor examples/')
  })
})

test.run()
