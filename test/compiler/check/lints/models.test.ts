import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { lintFindings, settle } from '../../../../compiler/check/lints/index.ts'
import { traceAsWritten } from '../../../../compiler/language/compile.ts'
import { task } from '../../../../models/albef/pretrain.ts'

// base is emoji and tiny in larger sizes; the check of the whole of models/ traces it, too.
for (const name of ['tiny', 'emoji']) {
  test(`${name}: nothing is left to say, or it is explained in the source`, () => {
    const definition = task.configs[name]?.().definition
    assert.ok(definition)
    const findings = settle(lintFindings(traceAsWritten(definition)), { judged: [], read: file => readFileSync(file, 'utf8') })
    assert.equal(findings.map(({ code, span: { file, line }, sentence }) => `${file}:${line} ${code} ${sentence}`), [])
  })
}
test.run()
