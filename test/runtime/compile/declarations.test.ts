import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import { ModuleKind, ModuleResolutionKind, Project, ScriptTarget } from 'ts-morph'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compileFile } from '../../../runtime/cli/compile.ts'
import { declarationText } from '../../../runtime/compile/declarations.ts'
import { inTemporaryFolder } from '../checkpoints/temporary.ts'

const file = fileURLToPath(new URL('./regression.ts', import.meta.url))

const use = `
import { open, type Model, type State, type StepInputs, type StepOutputs } from './model/index.mjs'

const model: Model = await open()
const nothing: void = model.initialize(7)
const batch: StepInputs = { pixels: new Uint8Array(24), 'truth/value': new Float32Array(6), 'truth/group': new Int32Array(6), rate: 0.1, stop: 0 }
const outputs: StepOutputs = model.step(batch)
const loss: number = outputs.loss
const small: number = outputs['metrics/small']
const kept: Uint8Array = outputs.kept
const row: Float32Array = model.predict({ pixels: new Uint8Array(12) }).value
const both: Float32Array = model['both weights']().stacked
const state: State = model.readState()
const one: { readonly steps: number; readonly 'line/weight': Float32Array } = model.readState(['steps', 'line/weight'])
model.writeState(state)
model.writeState({ 'line/bias': 1 })
model.close()

// @ts-expect-error the learning rate and more are missing
model.step({ pixels: new Uint8Array(24) })
// @ts-expect-error bytes are no floats
model.predict({ pixels: new Float32Array(12) })
// @ts-expect-error a number is no array
model.predict({ pixels: 1 })
// @ts-expect-error there is no such program
model.evaluate()
// @ts-expect-error there is no such leaf
model.readState(['line/slope'])
// @ts-expect-error only the leaf asked for is read
model.readState(['steps'])['line/bias']
// @ts-expect-error a leaf without axes is a number
model.writeState({ 'line/bias': new Float32Array(1) })
// @ts-expect-error a program that returns nothing
model.initialize(7).done

export { nothing, loss, small, kept, row, both, one }
`

/** What TypeScript says about a file beside the compiled folder. */
const diagnostics = (path: string): readonly string[] => {
  const project = new Project({
    compilerOptions: { strict: true, noEmit: true, target: ScriptTarget.ES2022, module: ModuleKind.NodeNext, moduleResolution: ModuleResolutionKind.NodeNext, types: [], lib: ['lib.es2022.d.ts'] },
  })
  project.addSourceFileAtPath(path)
  return project.getPreEmitDiagnostics().map(each => `${each.getLineNumber()}: ${JSON.stringify(each.getMessageText())}`)
}

test('the declarations check a use of the module, and reject what does not fit', () =>
  inTemporaryFolder(async folder => {
    const compiled = await compileFile({ file, config: 'small', out: join(folder, 'model'), set: [] })()
    assert.ok(E.isRight(compiled))
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    writeFileSync(join(folder, 'use.ts'), use)
    assert.equal(diagnostics(join(folder, 'use.ts')), [])
  }))

test('names that are no identifiers, doc comments and types stay intact', () =>
  inTemporaryFolder(folder => {
    const tricky = { name: 'a "b" */ c\n', dtype: 'i32', axes: [{ name: '*/ export const x = 1 /*', size: 2 }] } as const
    const program = (name: string) => ({ name, inputs: [tricky], outputs: [tricky], updates: 1 })
    const names = ['step', 'two words', 'twoWords', 'Two words', '2nd', '…', 'class']
    const text = declarationText({ title: 'x */ y', programs: names.map(program), state: [{ spec: tricky, kind: 'buffer' }] })
    const path = join(folder, 'index.d.mts')
    writeFileSync(path, text)
    assert.equal(diagnostics(path), [])
    assert.is(text.match(/^export /gm)?.length, 2 * names.length + 3)
  }))

test('every array is documented with its element type, axes and sizes', async () => {
  const text = declarationText({
    title: 'x',
    programs: [{ name: 'step', inputs: [{ name: 'image', dtype: 'u8', axes: [{ name: 'example', size: 128 }, { name: 'row', size: 64 }] }], outputs: [{ name: 'loss', dtype: 'f32', axes: [] }], updates: 1 }],
    state: [{ spec: { name: 'weight', dtype: 'f32', axes: [{ name: 'hidden', size: 3 }] }, kind: 'param' }],
  })
  assert.match(text, '/** u8: example 128, row 64 */\n  readonly image: Uint8Array;')
  assert.match(text, '/** f32, a single number */\n  readonly loss: number;')
  assert.match(text, '/** param, f32: hidden 3 */\n  readonly weight: Float32Array;')
  assert.match(text, 'step(batch: StepInputs): StepOutputs;')
})

test.run()
