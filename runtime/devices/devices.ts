import * as E from 'fp-ts/Either'
import { pipe } from 'fp-ts/function'
import * as TE from 'fp-ts/TaskEither'
import type { AnyDefinition } from '../../compiler/language/index.ts'
import type { Mesh } from '../../compiler/program/mesh.ts'
import { tensorflow as oneDevice, tensorflowWith } from '../../compiler/targets/tensorflow/emit.ts'
import type { DeviceKind } from '../../compiler/targets/tensorflow/places.ts'
import type { Target } from '../../compiler/targets/target.ts'
import type { Backend } from '../backends/backend.ts'
import { listDevices, tensorflowC } from '../backends/tensorflow-c.ts'
import { tensorflow } from '../backends/tensorflow.ts'

/** What was asked for: `4`, `cpu:4` or `gpu:4`. Without a kind, graphics processors where there are any. */
export interface Wanted {
  readonly text: string
  readonly kind: DeviceKind | undefined
  readonly count: number
}

/** Devices that run a program together: so many of one kind. */
export interface Devices {
  readonly kind: DeviceKind
  readonly count: number
}

/** Reads `--devices`. Left: one sentence. */
export const parseDevices = (text: string): E.Either<string, Wanted> => {
  const [, kind, count] = /^(?:(cpu|gpu):)?([1-9]\d{0,3})$/.exec(text) ?? []
  if (count === undefined) return E.left(`--devices ${text}: wanted a number of devices, such as 4, cpu:4 or gpu:4`)
  return E.right({ text, kind: kind === 'cpu' || kind === 'gpu' ? kind : undefined, count: Number(count) })
}

/** The devices for a wish where so many graphics processors are seen; undefined where one device is meant and TensorFlow may choose it. */
export const chosenDevices = ({ text, kind, count }: Wanted, gpus: number): E.Either<string, Devices | undefined> => {
  if (kind === undefined && count === 1) return E.right(undefined)
  if (kind === 'cpu' || (kind === undefined && gpus === 0)) return E.right({ kind: 'cpu', count })
  if (count <= gpus) return E.right({ kind: 'gpu', count })
  return E.left(`--devices ${text}: TensorFlow sees ${gpus === 0 ? 'no graphics processor' : gpus === 1 ? 'one graphics processor' : `${gpus} graphics processors`} here; --devices cpu:${count} makes so many devices of the processor`)
}

/** Looks which devices there are. Left: one sentence, as when there are too few. */
export const findDevices = (text: string | undefined): TE.TaskEither<string, Devices | undefined> =>
  text === undefined
    ? TE.right(undefined)
    : pipe(
        TE.fromEither(parseDevices(text)),
        TE.chain(wanted =>
          wanted.kind === 'cpu' || (wanted.kind === undefined && wanted.count === 1)
            ? TE.fromEither(chosenDevices(wanted, 0))
            : pipe(listDevices(), TE.mapLeft(({ message }) => message), TE.chainEitherK(names => chosenDevices(wanted, names.filter(name => name.includes('/device:GPU:')).length)))),
      )

/** `4 devices of the processor`, for messages. */
export const describeDevices = ({ kind, count }: Devices): string => `${count} ${kind === 'gpu' ? 'graphics processors' : 'devices of the processor'}`

/** How a program is emitted for its devices, and what runs it. One device that nobody chose is the addon's. */
export const machineOf = (devices: Devices | undefined): { readonly target: Target; readonly backend: Backend } =>
  devices === undefined
    ? { target: oneDevice, backend: tensorflow }
    : { target: tensorflowWith({ xla: false, devices: devices.kind }), backend: tensorflowC(devices.kind === 'cpu' ? { virtualCpus: devices.count, withoutGpus: true } : {}) }

/** A definition for so many devices, along the one mesh axis that it lays something along. Left: one sentence. */
export const onDevices = <D extends AnyDefinition>(definition: D, devices: Devices | undefined): E.Either<string, D> => {
  if (devices === undefined || devices.count === 1) return E.right(definition)
  const [axis, ...others] = [...new Set(Object.values(definition.shard ?? {}))]
  if (axis === undefined) return E.left(`--devices ${devices.count}: the model runs on one device; its definition says in no \`shard\` what lies along several`)
  if (others.length > 0) return E.left(`--devices ${devices.count}: the model lies along several mesh axes (${[axis, ...others].join(', ')}), and a number does not say how many devices stand along each`)
  const mesh: Mesh = { [axis]: devices.count }
  return E.right({ ...definition, mesh })
}
