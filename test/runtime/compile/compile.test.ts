import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import * as TE from 'fp-ts/TaskEither'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compile } from '../../../compiler/language/index.ts'
import { tensorflow } from '../../../compiler/targets/tensorflow/emit.ts'
import { compileFile } from '../../../runtime/cli/compile.ts'
import { compileToFolder } from '../../../runtime/compile/compile.ts'
import { configHash, type Refusal } from '../../../runtime/compile/folder.ts'
import { countsOf } from '../../../runtime/compile/report.ts'
import { inTemporaryFolder } from '../checkpoints/temporary.ts'
import { small, task } from './regression.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const file = join('test', 'runtime', 'compile', 'regression.ts')
const command = fileURLToPath(new URL('./command.ts', import.meta.url))

const given = { file: join(root, file), config: 'small', out: undefined, set: [] } as const

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name => statSync(join(folder, name)).isFile()).map(name => name.split(sep).join('/')).sort()

const contents = (folder: string): Readonly<Record<string, string>> => Object.fromEntries(filesIn(folder).map(name => [name, readFileSync(join(folder, name)).toString('base64')]))

const refusalOf = async <A>(task: TE.TaskEither<Refusal, A>): Promise<Refusal> => {
  const result = await task()
  if (E.isLeft(result)) return result.left
  throw new Error('it was not refused')
}

const done = async <A>(task: TE.TaskEither<Refusal, A>): Promise<A> => {
  const result = await task()
  if (E.isRight(result)) return result.right
  throw new Error(result.left.sentence)
}

test('the command writes the whole folder, says what it amounts to, and another process writes the same bytes', () =>
  inTemporaryFolder(async folder => {
    const [one, other] = [join(folder, 'deep', 'one'), join(folder, 'other')]
    await done(compileFile({ ...given, out: one }))
    const child = spawnSync(process.execPath, ['--import', 'tsx', command, given.file, '--config', 'small', '--out', other], { encoding: 'utf8' })
    assert.is(child.stderr, '')
    assert.is(child.status, 0)
    assert.match(child.stdout, `${other}\n  programs        initialize, step, predict, both weights\n  parameters      5\n`)
    assert.equal(filesIn(one), ['LICENSES.txt', 'README.md', 'artifact.json', 'axle.json', 'graph/saved_model.pb', 'index.d.mts', 'index.mjs', 'program.txt'])
    assert.equal(contents(one), contents(other))
  }))

test('a folder is written again by its own command, and files beside its own stay', () =>
  inTemporaryFolder(async folder => {
    await done(compileFile({ ...given, out: folder }))
    const before = contents(folder)
    writeFileSync(join(folder, 'index.mjs'), 'broken')
    writeFileSync(join(folder, 'notes.txt'), 'mine')
    await done(compileFile({ ...given, out: folder }))
    assert.equal(contents(folder), { ...before, 'notes.txt': Buffer.from('mine').toString('base64') })
    await done(compileFile({ ...given, out: folder, set: ['features=7'] }))
    const marker = JSON.parse(readFileSync(join(folder, 'axle.json'), 'utf8'))
    assert.is(marker.configHash, configHash({ ...small, features: 7 }))
    assert.is.not(marker.configHash, configHash(small))
    assert.match(readFileSync(join(folder, 'index.d.mts'), 'utf8'), 'u8: example 6, feature 7')
  }))

test('a folder of somebody else is left as it is', () =>
  inTemporaryFolder(async folder => {
    for (const [name, text] of [['thesis.tex', 'years of work'], ['axle.json', '{"name":"a railway"}'], ['axle.json', 'no JSON']] as const) {
      const own = join(folder, `${name}-${text.length}`)
      mkdirSync(own)
      writeFileSync(join(own, name), text)
      const { exitCode, sentence } = await refusalOf(compileFile({ ...given, out: own }))
      assert.is(exitCode, 2)
      assert.match(sentence, `${own}: holds files that \`axle compile\` did not write`)
      assert.equal(contents(own), { [name]: Buffer.from(text).toString('base64') })
    }
    const plain = join(folder, 'file')
    writeFileSync(plain, 'text')
    assert.equal(await refusalOf(compileFile({ ...given, out: plain })), { exitCode: 2, sentence: `${plain}: is not a folder; name another folder with --out` })
  }))

test('bad input is one sentence, exit code 2, and nothing is written', () =>
  inTemporaryFolder(async folder => {
    const out = join(folder, 'model')
    const cases = [
      [{ ...given, out, file: 'nowhere.ts' }, /^nowhere\.ts: there is no such file$/],
      [{ ...given, out, config: 'huge' }, /: there is no configuration 'huge'; there is small, odd, wrong$/],
      [{ ...given, out, set: ['feature=3'] }, /the configuration has no 'feature'/],
      [{ ...given, out, set: ['features'] }, /features/],
      [{ ...given, out, config: 'wrong' }, /AX031 step returns no value for 'line\/weight'/],
    ] as const
    for (const [input, pattern] of cases) {
      const { exitCode, sentence } = await refusalOf(compileFile(input))
      assert.is(exitCode, 2, sentence)
      assert.match(sentence, pattern)
      assert.not.match(sentence, '\n')
    }
    assert.equal(readdirSync(folder), [])
    const child = spawnSync(process.execPath, ['--import', 'tsx', command, given.file, '--config', 'huge', '--out', out], { encoding: 'utf8' })
    assert.is(child.status, 2)
    assert.is(child.stdout, '')
    assert.match(child.stderr, /^[^\n]*there is no configuration 'huge'[^\n]*\n$/)
  }))

test('programs that a module could not tell apart are refused', () =>
  inTemporaryFolder(async folder => {
    const job = task.configs['small']?.()
    assert.ok(job)
    const predict = job.definition.evaluate?.['predict']
    assert.ok(predict)
    for (const name of ['close', 'then', 'readState', 'writeState']) {
      const definition = { ...job.definition, evaluate: { [name]: predict } }
      const { exitCode, sentence } = await refusalOf(compileToFolder({ title: 'x', definition, config: 1 }, join(folder, 'x')))
      assert.is(exitCode, 2)
      assert.match(sentence, `x: a program cannot be called '${name}'`)
    }
  }))

test('the counts are those of the definition', () => {
  const job = task.configs['small']?.()
  assert.ok(job)
  const compiled = compile(job.definition, tensorflow)
  assert.ok(E.isRight(compiled))
  const { parameters, stateBytes, operations, nodes } = countsOf(compiled.right)
  assert.equal(parameters, [{ part: 'line', count: 4 + 1 }])
  assert.is(stateBytes, 4 * (5 + 5 + 5) + 8 + 4 + 4)
  assert.ok(operations > 2 * 6 * 4 * 2, `the step contracts twice, so ${operations} operations are too few`)
  assert.equal(nodes.map(({ program }) => program), ['initialize', 'step', 'predict', 'both weights'])
  assert.ok(nodes.every(({ count }) => count > 0))
})

test('the hash of a configuration does not depend on the order of its keys', () => {
  assert.is(configHash({ a: 1, b: [{ c: 2, d: 3 }] }), configHash({ b: [{ d: 3, c: 2 }], a: 1 }))
  assert.is.not(configHash({ a: 1 }), configHash({ a: 2 }))
  assert.is.not(configHash([1, 2]), configHash([2, 1]))
})

test.run()
