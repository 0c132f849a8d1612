import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as t from 'io-ts'
import type { Precision } from '../../compiler/language/index.ts'
import type { Machine } from '../../compiler/check/cost/index.ts'
import { deviceCount, type Mesh } from '../../compiler/program/mesh.ts'
import { describeError } from '../data/errors.ts'
import type { Asked } from './trace/messages.ts'

const eightA100 = fileURLToPath(new URL('./machines/8xa100.json', import.meta.url))

const positive = new t.Type<number, number, unknown>('a number above 0', t.number.is, (u, context) => (typeof u === 'number' && u > 0 && Number.isFinite(u) ? t.success(u) : t.failure(u, context)), t.identity)
const share = new t.Type<number, number, unknown>('a number above 0 and at most 1', t.number.is, (u, context) => (typeof u === 'number' && u > 0 && u <= 1 ? t.success(u) : t.failure(u, context)), t.identity)
const ifAny = new t.Type<number | undefined, number | undefined, unknown>('a number above 0', (u): u is number | undefined => u === undefined || positive.is(u), (u, context) => (u === undefined ? t.success(u) : positive.validate(u, context)), t.identity)
const seconds = new t.Type<number, number, unknown>('a number of seconds', t.number.is, (u, context) => (typeof u === 'number' && u >= 0 && Number.isFinite(u) ? t.success(u) : t.failure(u, context)), t.identity)

const machineFile = t.type({
  name: t.string,
  devices: positive,
  products: t.type({ flops: positive, bf16: ifAny, efficiency: share }),
  memory: t.type({ bytes: positive, bandwidth: positive, efficiency: share }),
  link: t.type({ bandwidth: positive, efficiency: share, latency: seconds }),
  start: seconds,
})

const fault = ([error]: t.Errors): string => {
  const context = error?.context ?? []
  const path = context.map(({ key }) => key).filter(key => key !== '').join('.')
  const wanted = context[context.length - 1]?.type.name ?? ''
  return path === '' ? 'a machine is one JSON object (docs/devices.md)' : `'${path}' is ${JSON.stringify(error?.value) ?? 'missing'}, wanted ${wanted.startsWith('{') ? 'an object' : wanted}`
}

/** Reads the description of a machine. Left: one sentence. */
export const readMachine = (path: string): E.Either<string, Machine> =>
  pipe(
    E.tryCatch((): unknown => JSON.parse(readFileSync(path, 'utf8')), describeError),
    E.chain(found => pipe(machineFile.decode(found), E.mapLeft(fault))),
    E.mapLeft(why => `--machine ${path}: ${why}`),
  )

/** Reads `data=8`, or `data=4,model=2`. Left: one sentence. */
export const parseMesh = (text: string): E.Either<string, Mesh> => {
  const parts = text.split(',').map(part => /^([a-z]\w*)=([1-9]\d{0,3})$/i.exec(part))
  const mesh = Object.fromEntries(parts.flatMap(found => (found === null ? [] : [[found[1] ?? '', Number(found[2])] as const])))
  return Object.keys(mesh).length === parts.length ? E.right(mesh) : E.left(`--mesh ${text}: wanted devices along mesh axes, such as data=8 or data=4,model=2`)
}

/** The devices that costs are asked for. Left: one sentence. */
export const askedDevices = ({ cost, mesh: text, machine: path, precision = 'f32' }: { readonly cost: boolean; readonly mesh: string | undefined; readonly machine: string | undefined; readonly precision?: Precision }): E.Either<string, Asked['devices']> => {
  if (!cost && precision !== 'f32') return E.left('--precision goes with --cost')
  if (text === undefined) return path === undefined ? E.right(undefined) : E.left('--machine goes with --mesh')
  if (!cost) return E.left('--mesh goes with --cost')
  return pipe(
    parseMesh(text),
    E.chain(mesh => pipe(
      readMachine(path ?? eightA100),
      E.chain(machine => deviceCount(mesh) > machine.devices
        ? E.left(`--mesh ${text}: ${deviceCount(mesh)} devices, but the machine ${machine.name} has ${machine.devices}; describe a larger one with --machine`)
        : precision === 'bf16' && machine.products.bf16 === undefined
          ? E.left(`--precision bf16: the machine ${machine.name} does not say how fast it multiplies matrices of bf16 ('products.bf16'): without units for them a step is slower than in f32`)
          : E.right({ text, mesh, machine })),
    )),
  )
}
