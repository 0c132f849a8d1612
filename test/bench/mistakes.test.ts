// What docs/compared.md says that the checker says to each slip is what it says. Types are asked of all slips that they catch at once, and of all
// others at once; the others are traced one after the other.
import { readFileSync } from 'node:fs'
import { Project, ts } from 'ts-morph'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { settle } from '../../compiler/check/lints/index.ts'
import { inOrder, merged } from '../../compiler/check/report.ts'
import { typeFindings } from '../../compiler/check/types/index.ts'
import { readSource } from '../../runtime/check/check.ts'
import { applied } from '../mutants/mutant.ts'
import { task } from '../mutants/run.ts'
import { openTracing, within } from '../mutants/tracing.ts'
import { openWorkshop } from '../mutants/workshop.ts'
import { compared } from './mistakes.ts'
import { mutantOf, saidBy, slips, type Slip } from './peers/mistakes.ts'

const rows = new Map(readFileSync(compared, 'utf8').split('\n').filter(line => line.startsWith('| ')).map(line => {
  const cells = line.split(/(?<!\\)\|/).map(cell => cell.trim().replaceAll('\\|', '|'))
  return [cells[1] ?? '', cells] as const
}))
const own = (slip: Slip): { readonly when: string; readonly says: string } => {
  const [, when = 'never', says = ''] = /^\*\*(types|sizes|lints)\*\*: `(.*)`$/.exec(rows.get(slip.name)?.at(-2) ?? '') ?? []
  return { when, says }
}
const byTypes = slips.filter(slip => own(slip).when === 'types')
const others = slips.filter(slip => own(slip).when !== 'types')

const copy = openWorkshop()
const { folder } = copy
const textOf = (file: string): string => readFileSync(folder + file, 'utf8')

const project = new Project({ tsConfigFilePath: `${folder}tsconfig.json`, skipAddingFilesFromTsConfig: true })
project.addSourceFileAtPath(folder + task)
project.resolveSourceFileDependencies()
const models = project.getSourceFiles().filter(file => file.getFilePath().startsWith(`${folder}models/`))

/** What types say where all of these are in the sources. */
const typesOf = (all: readonly Slip[]): readonly string[] => {
  for (const file of models) {
    const name = file.getFilePath().slice(folder.length)
    const text = all.filter(slip => slip.file === name).reduce((before, slip) => applied(before, mutantOf(slip, before)), textOf(name))
    if (text !== file.getFullText()) file.replaceWithText(text)
  }
  return within(folder, merged(typeFindings(ts, project.getProgram().compilerObject, models.map(file => file.getFilePath())))).map(saidBy)
}

test('there are at least twelve slips, each with a row and with its two scripts', () => {
  assert.ok(slips.length >= 12)
  assert.equal([...rows.keys()].filter(name => name !== '').sort(), slips.map(({ name }) => name).sort())
  for (const peer of ['torch', 'jax']) {
    const script = readFileSync(new URL(`peers/mistakes_${peer}.py`, import.meta.url), 'utf8')
    for (const { name } of slips) assert.ok(script.includes(`"${name}": (`), `${name} in ${peer}`)
  }
})

test('types say what the table says, and nothing to the others', () => {
  const said = typesOf(byTypes)
  for (const slip of byTypes) assert.ok(said.includes(own(slip).says), `${slip.name}: ${said.join('\n')}`)
  assert.equal(typesOf(others), [])
})

test('so do sizes and lints', async () => {
  const tracing = openTracing(task, folder, 1)
  try {
    for (const slip of others) {
      const { findings } = await tracing.trace({ file: slip.file, text: applied(textOf(slip.file), mutantOf(slip, textOf(slip.file))), config: 'tiny', optimize: false })
      const said = inOrder(settle(merged(findings), { judged: [], read: file => readSource(folder + file) }))
      const kind = own(slip).when
      assert.is(said.some(each => each.kind === 'lint' ? kind === 'lints' : kind === 'sizes'), kind !== 'never', slip.name)
      if (kind !== 'never') assert.ok(said.map(saidBy).includes(own(slip).says), `${slip.name}: ${said.map(saidBy).join('\n')}`)
    }
  } finally {
    tracing.close()
  }
})

test.after(() => copy.close())
test.run()
