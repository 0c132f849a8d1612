import * as E from 'fp-ts/Either'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compile, erase, input, param, passNames, trace, zeros } from '../../../compiler/language/index.ts'
import { tensorflow } from '../../../compiler/targets/tensorflow/emit.ts'
import { parseWithout } from '../../../runtime/compile/without.ts'

test('passes are named with commas between them; nothing said switches nothing off', () => {
  assert.equal(parseWithout(undefined), E.right([]))
  assert.equal(parseWithout('narrow, hoist,narrow'), E.right(['narrow', 'hoist']))
})

test('an unknown name is refused with the list, on the command line and in compile', () => {
  assert.equal(parseWithout('hoist,narow'), E.left(`--without narow: there is no such pass; there is ${passNames.join(', ')}`))
  const definition = erase({ state: { weight: param({ in: 2 }, zeros) }, batch: { x: input({ in: 2 }) }, step: state => [state, {}] })
  const made = compile(definition, tensorflow, { without: ['narow'] })
  if (E.isRight(made)) throw new Error('nothing was refused')
  assert.is(made.left.code, 'AX034')
  assert.is(made.left.sentence, `there is no pass 'narow' to be switched off; there is ${passNames.join(', ')}`)
  assert.throws(() => trace(definition, { without: ['narow'] }), /AX034/)
})

test.run()
