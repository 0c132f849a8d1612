import type { Mesh } from '../../program/mesh.ts'
import type { Program } from '../../program/program.ts'
import type { StateLeaf } from '../../targets/target.ts'
import type { Cost } from './amount.ts'
import { exchangesOf, type Exchange, type Purpose } from './exchange.ts'
import type { Machine } from './machine.ts'
import { predict, type Prediction } from './predict.ts'
import { percent, table, type Column } from './table.ts'
import { bytesText } from './units.ts'

/** What one execution of a program exchanges between the devices of a mesh, and how long it takes on a machine. Plain data. */
export interface MeshCost {
  readonly program: string
  readonly mesh: Mesh
  readonly machine: Machine
  readonly exchanges: readonly Exchange[]
  readonly prediction: Prediction
  /** Whether the state, and the most that is in memory at once, fit into a device's. */
  readonly fits: { readonly state: boolean; readonly peak: boolean }
}

/** The cost of a program as each device of a mesh runs it: one of `trace` with that mesh. */
export const meshCostOf = (program: Program, state: readonly StateLeaf[], { state: held, peak }: Cost, mesh: Mesh, machine: Machine): MeshCost => ({
  program: program.name,
  mesh,
  machine,
  exchanges: exchangesOf(program, state),
  prediction: predict(program, machine),
  fits: { state: held <= machine.memory.bytes, peak: peak.bytes <= machine.memory.bytes },
})

interface Row extends Pick<Exchange, 'bytes' | 'sent'> {
  readonly name: string
  readonly place: string
}

const total = (exchanges: readonly Exchange[], of: 'bytes' | 'sent'): number => exchanges.reduce((sum, each) => sum + each[of], 0)

const rowsOf = (exchanges: readonly Exchange[], purpose: Purpose): readonly Row[] => {
  const own = exchanges.filter(each => each.purpose === purpose)
  if (own.length === 0) return []
  return [
    { name: `${purpose}: ${own.length}`, place: '', bytes: total(own, 'bytes'), sent: total(own, 'sent') },
    ...own.map(({ kind, line, scope, bytes, sent }) => ({ name: `  ${kind}`, place: scope === '(no scope)' ? line : `${line}, ${scope}`, bytes, sent })),
  ]
}

const columns: readonly Column<Row>[] = [
  { heading: 'exchanged', cell: ({ name }) => name },
  { heading: 'bytes', cell: ({ bytes }) => bytesText(bytes), right: true },
  { heading: 'each device sends', cell: ({ sent }) => bytesText(sent), right: true },
  { heading: 'at', cell: ({ place }) => place },
]

const secondsText = (seconds: number): string => (seconds >= 1 ? `${seconds.toFixed(2)} s` : `${(seconds * 1000).toFixed(1)} ms`)

const memoryText = ({ fits, machine: { memory, name } }: MeshCost, { state, peak }: Cost): string => {
  const room = `the ${memory.bytes / 1e9} GB (${bytesText(memory.bytes)}) of a device of ${name}`
  const [held, most] = [`the state (${bytesText(state)})`, `the planned peak (${bytesText(peak.bytes)}, ${percent(peak.bytes, memory.bytes)})`]
  if (fits.state === fits.peak) return `${held} and ${most} ${fits.state ? 'fit' : 'do not fit'} into ${room}`
  return `${held} fits into ${room}, ${most} does not`
}

const timeText = ({ prediction: { computing, products, exchanging, overlapped }, machine: { name } }: MeshCost): string => {
  const one = computing + exchanging
  return [
    `on ${name}: ${secondsText(overlapped)}, of which devices compute ${secondsText(computing)} (products of matrices ${secondsText(products)}); exchanges take ${secondsText(exchanging)}`,
    `communication: ${percent(exchanging, one)} of ${secondsText(one)} where nothing overlaps; ${percent(overlapped - computing, overlapped)} of ${secondsText(overlapped)} where exchanges run beside what does not wait for them`,
  ].join('\n')
}

/** The exchanges by purpose, whether all fits into memory, and the predicted time. */
export const meshCostText = (mesh: MeshCost, cost: Cost): string => {
  const { exchanges } = mesh
  const heading = `each device of ${Object.entries(mesh.mesh).map(([axis, devices]) => `${axis}=${devices}`).join(',')}`
  const rows = (['gradients', 'queue rows', 'others'] as const).flatMap(purpose => rowsOf(exchanges, purpose))
  return `${[heading, '', ...(rows.length === 0 ? ['nothing is exchanged'] : table(columns, rows)), '', memoryText(mesh, cost), timeText(mesh)].join('\n')}\n`
}
