/** The state in Prometheus' text form, under LINSTOR's names: made line by line, as it is taken. */
import { definitionOf, type Node, nameKey, poolOf, type State, volumesOf } from '@varve/events'
import type { World } from '@varve/projections'
import { type Labels, metricHead, type Sample, sampleLine } from './metric-lines.ts'
import { activeInterface } from './node.ts'
import { believed } from './resource.ts'
import { diskState } from './volume.ts'

type Metric = {
  readonly name: string
  readonly help: string
  readonly samples: (world: World) => Iterable<Sample>
}

export function* metricLines(
  world: World,
  { resources, pools }: { readonly resources: boolean; readonly pools: boolean },
): Generator<string> {
  const metrics = [
    ...clusterMetrics,
    ...(resources ? resourceMetrics : []),
    ...(pools ? poolMetrics : []),
  ]
  for (const { name, help, samples } of metrics) {
    yield metricHead(name, 'gauge', help)
    for (const sample of samples(world)) yield sampleLine(name, sample)
  }
}

/** LINSTOR's numbers of connection states. */
const connectionStates = { online: 2, offline: 0, unknown: 0 }

function nodeLabels(node: Node): Labels {
  const row = activeInterface(node)
  return {
    node: node.name,
    nodetype: node.kind.toUpperCase(),
    address: row?.address ?? '',
    encryption: 'PLAIN',
    port: row?.port ?? '',
  }
}

const clusterMetrics: readonly Metric[] = [
  {
    name: 'linstor_info',
    help: 'What answers.',
    samples: ({ controller }) => [
      [{ version: controller?.version ?? '', buildtime: '', gitid: 'varve' }, 1],
    ],
  },
  {
    name: 'linstor_node_state',
    help: 'Connection to the satellite: 2 online, 0 offline.',
    *samples({ state }) {
      for (const node of state.nodes.values()) {
        yield [nodeLabels(node), connectionStates[node.link.status]]
      }
    },
  },
  {
    name: 'linstor_node_reconnect_attempt_count',
    help: 'Always 0: satellites connect by themselves, and nobody calls them.',
    *samples({ state }) {
      for (const node of state.nodes.values()) yield [nodeLabels(node), 0]
    },
  },
  {
    name: 'linstor_resource_definition_count',
    help: 'Resource definitions.',
    samples: ({ state }) => [[{}, state.definitions.size]],
  },
  {
    name: 'varve_log_sequence',
    help: 'Newest block of the log that the answer rests on.',
    samples: ({ state }) => [[{}, state.position.sequence]],
  },
  {
    name: 'varve_operations_running',
    help: 'Operations that are not over.',
    samples: ({ state }) => [[{}, state.operations.size]],
  },
]

const volumeStates: Readonly<Record<string, number>> = {
  UpToDate: 1,
  Created: 2,
  Attached: 3,
  Diskless: 4,
  Inconsistent: 5,
  Failed: 6,
}

const resourceMetrics: readonly Metric[] = [
  {
    name: 'linstor_resource_definition_resource_count',
    help: 'Resources of a definition.',
    *samples({ state }) {
      for (const { name, group } of state.definitions.values()) {
        const count = state.resources.countBy('definition', nameKey(name))
        yield [{ name, resource_group: group }, count]
      }
    },
  },
  {
    name: 'linstor_volume_definition_size_bytes',
    help: 'Size of a volume as users see it.',
    *samples({ state }) {
      for (const { definition, number, sizeKib } of state.volumeDefinitions.values()) {
        const group = definitionOf(state, definition)?.group ?? ''
        const labels = { name: definition, volume_number: number, resource_group: group }
        yield [labels, sizeKib * 1024]
      }
    },
  },
  {
    name: 'linstor_resource_state',
    help: 'Role: -1 unknown, 0 secondary, 1 primary.',
    *samples(world) {
      for (const resource of world.state.resources.values()) {
        const seen = believed(world, resource)
        const value = seen === undefined ? -1 : Number(seen.role === 'Primary')
        yield [{ name: resource.definition, node: resource.node }, value]
      }
    },
  },
  {
    name: 'linstor_volume_state',
    help: 'Disk: 1 UpToDate, 2 Created, 4 Diskless, 5 Inconsistent, 6 Failed, -1 unknown.',
    *samples(world) {
      for (const { labels, state } of volumes(world)) yield [labels, state]
    },
  },
  {
    name: 'linstor_volume_allocated_size_bytes',
    help: 'Space taken in the storage pool.',
    *samples(world) {
      for (const { labels, allocatedKib } of volumes(world)) {
        yield [labels, allocatedKib === undefined ? 'NaN' : allocatedKib * 1024]
      }
    },
  },
]

function* volumes(world: World) {
  for (const resource of world.state.resources.values()) {
    const seen = believed(world, resource)
    const isReplicated = definitionOf(world.state, resource.definition)?.layers.includes('DRBD')
    for (const volume of volumesOf(world.state, resource.definition, resource.node)) {
      const row = seen?.volumes.find(({ number }) => number === volume.number)
      const word = isReplicated ? diskState(resource, row) : row?.device && 'Created'
      yield {
        labels: {
          resource: resource.definition,
          node: resource.node,
          volume: volume.number,
          device_path: row?.device ?? '_unknown',
          storage_pool: volume.pool ?? '_unknown',
        },
        state: volumeStates[seen === undefined ? '' : (word ?? '')] ?? -1,
        allocatedKib: volume.pool === undefined ? 0 : row?.allocatedKib,
      }
    }
  }
}

const poolMetrics: readonly Metric[] = [
  poolMetric(
    'linstor_storage_pool_capacity_free_bytes',
    'Free space of a storage pool.',
    'freeKib',
  ),
  poolMetric('linstor_storage_pool_capacity_total_bytes', 'Size of a storage pool.', 'totalKib'),
  {
    name: 'linstor_storage_pool_error_count',
    help: '1: the storage pool cannot be used.',
    *samples({ state, observed }) {
      for (const { labels, node, name } of poolLabels(state)) {
        const problem = observed.pool(node, name)?.problem ?? poolOf(state, node, name)?.problem
        yield [labels, problem === undefined ? 0 : 1]
      }
    },
  },
]

function poolMetric(name: string, help: string, field: 'freeKib' | 'totalKib'): Metric {
  return {
    name,
    help,
    *samples({ state, observed }) {
      for (const { labels, node, name: pool, isEndless } of poolLabels(state)) {
        const kib = observed.pool(node, pool)?.[field]
        yield [labels, isEndless ? '+Inf' : kib === undefined ? 'NaN' : kib * 1024]
      }
    },
  }
}

function* poolLabels(state: State) {
  for (const { node, name, provider, backing } of state.pools.values()) {
    yield {
      labels: { storage_pool: name, node, driver: provider, backing_pool: backing },
      isEndless: provider === 'DISKLESS',
      ...{ node, name },
    }
  }
}
