import { collectiveOf } from '../../program/mesh.ts'
import type { Node } from '../../program/node.ts'
import type { Finding } from '../finding.ts'
import type { Graphs } from './graph.ts'
import { lintAt } from './place.ts'

const amount = (bytes: number): string => (bytes >= 2 ** 20 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : bytes >= 2 ** 10 ? `${(bytes / 2 ** 10).toFixed(1)} KiB` : `${bytes} bytes`)

/** One of many alike: its scope counts it (`layers/3/attention`, `layer.3`), or it is written in a shared layer. */
const insideLayer = ({ scope, site }: Node): boolean => /(^|[/.])\d+(\/|$)/.test(scope) || (site.frames[0]?.file.includes('/layers/') ?? false)

/** AX054: devices wait for each other in every layer of the forward pass. Gradients are exchanged once a parameter, which is the point of it. */
export const collectivesInLayers = ({ all }: Graphs): readonly Finding[] =>
  all.flatMap(({ nodes }) =>
    nodes.flatMap((node): readonly Finding[] => {
      const collective = collectiveOf(node)
      if (collective === undefined || node.backward || !insideLayer(node)) return []
      const { kind, mesh, devices, bytes } = collective
      return [lintAt('AX054', node, `${kind} over '${mesh}' inside a layer: ${amount(bytes)} between ${devices} devices each time the layer runs; shard another axis, or gather once outside`)]
    }))
