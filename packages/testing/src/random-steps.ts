/** For laws: anything that users, satellites and the leader do, in any order, sensible or not. */

import { snapshotAwaits } from '@varve/events'
import fc from 'fast-check'
import { gib, TestCluster } from './cluster.ts'

const name = fc.constantFrom('web', 'db', 'log')
const node = fc.constantFrom('n1', 'n2', 'n3', 'n4')
const sizeKib = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: gib, max: 9 * gib }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 ** 31 }) },
)

export type Step = (cluster: TestCluster) => void
const deliver = (cluster: TestCluster, type: Parameters<TestCluster['send']>[0], args: object) => {
  // Every refusal is fine here: the law is about what was accepted.
  cluster.send(type, args as never)
}

const usual: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(name, sizeKib, fc.integer({ min: 1, max: 4 })).map(
    ([definition, size, placeCount]): Step =>
      (cluster) =>
        deliver(cluster, 'resource-group.spawn', {
          group: 'DfltRscGrp',
          definition,
          sizesKib: [size],
          filter: { placeCount },
        }),
  ),
  fc.tuple(name, node, fc.constantFrom('diskful', 'diskless', 'client')).map(
    ([definition, on, kind]): Step =>
      (cluster) =>
        deliver(cluster, 'resource.create', {
          definition,
          node: on,
          kind,
          ...(kind === 'diskful' ? { pool: 'thin' } : {}),
        }),
  ),
  fc.tuple(name, fc.integer({ min: 1, max: 4 })).map(
    ([definition, placeCount]): Step =>
      (cluster) =>
        deliver(cluster, 'resource.auto-place', { definition, filter: { placeCount } }),
  ),
  fc.tuple(name, node, fc.boolean()).map(
    ([definition, on, acceptDataLoss]): Step =>
      (cluster) =>
        deliver(cluster, 'resource.delete', { definition, node: on, acceptDataLoss }),
  ),
  name.map(
    (definition): Step =>
      (cluster) =>
        deliver(cluster, 'resource-definition.delete', { definition }),
  ),
  fc.tuple(name, sizeKib).map(
    ([definition, size]): Step =>
      (cluster) =>
        deliver(cluster, 'volume-definition.create', { definition, sizeKib: size }),
  ),
  fc.tuple(name, sizeKib, fc.integer({ min: 0, max: 1 })).map(
    ([definition, size, number]): Step =>
      (cluster) =>
        deliver(cluster, 'volume-definition.resize', { definition, number, sizeKib: size }),
  ),
  fc.tuple(name, fc.integer({ min: 0, max: 1 })).map(
    ([definition, number]): Step =>
      (cluster) =>
        deliver(cluster, 'volume-definition.delete', { definition, number }),
  ),
  fc.tuple(name, node).map(
    ([definition, on]): Step =>
      (cluster) => {
        cluster.deploy(definition, on)
      },
  ),
  fc.tuple(name, node).map(
    ([definition, on]): Step =>
      (cluster) => {
        cluster.confirmGone(definition, on)
      },
  ),
  fc.constant(catchUp),
  // They also take away the volumes that shall go.
  fc.constant((cluster: TestCluster) => {
    for (const { definition, number, phase } of [...cluster.state.volumeDefinitions.values()]) {
      if (phase.status !== 'deleting') continue
      for (const { node: on } of cluster.state.resources.by('definition', definition)) {
        cluster.deploy(definition, on, { volumes: [{ number }] })
      }
    }
  }),
)

const moves: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(name, node, fc.option(node), fc.boolean()).map(
    ([definition, on, from, cancel]): Step =>
      (cluster) => {
        const move = from === null ? {} : { migrateFrom: from }
        deliver(cluster, 'resource.toggle-disk', { definition, node: on, ...move, cancel })
      },
  ),
  fc.tuple(name, node, fc.boolean()).map(
    ([definition, on, diskful]): Step =>
      (cluster) =>
        deliver(cluster, 'resource.make-available', { definition, node: on, diskful }),
  ),
)

const propertyOf = fc.constantFrom(
  ['controller.modify', {}],
  ['node.modify', { node: 'n1' }],
  ['resource-group.modify', { group: 'DfltRscGrp' }],
  ['resource-definition.modify', { definition: 'web' }],
  ['volume-definition.modify', { definition: 'web', number: 0 }],
  ['resource.modify', { definition: 'web', node: 'n2' }],
  ['storage-pool.modify', { node: 'n1', pool: 'thin' }],
  ['node-connection.modify', { nodeA: 'n1', nodeB: 'n2' }],
  ['resource-connection.modify', { definition: 'web', nodeA: 'n3', nodeB: 'n2' }],
) as fc.Arbitrary<[Parameters<TestCluster['send']>[0], object]>

const described: fc.Arbitrary<Step> = fc
  .tuple(
    propertyOf,
    fc.constantFrom('DrbdOptions/Net/max-buffers', 'DrbdOptions/Disk/c-max-rate'),
    fc.integer({ min: 4_000, max: 9_000 }),
  )
  .map(
    ([[type, about], key, value]): Step =>
      (cluster) =>
        deliver(cluster, type, { ...about, setProps: { [key]: String(value) } }),
  )

const snapshotName = fc.constantFrom('s1', 's2')

const snapshots: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(name, snapshotName, fc.constantFrom('create', 'delete', 'rollback')).map(
    ([definition, snapshot, verb]): Step =>
      (cluster) => {
        // Only whole replicas can be part of one.
        if (verb === 'create') catchUp(cluster)
        deliver(cluster, `snapshot.${verb}` as 'snapshot.create', { definition, snapshot })
        if (verb !== 'delete') return
        // Names seldom meet by chance.
        for (const row of [...cluster.state.snapshots.values()]) {
          deliver(cluster, 'snapshot.delete', { definition: row.definition, snapshot: row.name })
        }
        reportSnapshots(cluster)
      },
  ),
  // What is under way takes too long.
  fc.constant((cluster: TestCluster) => {
    for (const row of cluster.state.snapshots.by('underway', 'yes')) {
      deliver(cluster, 'snapshot.expire', { definition: row.definition, snapshot: row.name })
    }
    for (const row of cluster.state.definitions.by('stopping', 'yes')) {
      deliver(cluster, 'rollback.expire', { definition: row.name })
    }
  }),
  fc.tuple(name, snapshotName, name).map(
    ([definition, snapshot, to]): Step =>
      (cluster) =>
        deliver(cluster, 'snapshot.restore', { definition, snapshot, to }),
  ),
  fc.tuple(name, name).map(
    ([definition, to]): Step =>
      (cluster) =>
        deliver(cluster, 'resource-definition.clone', { definition, to }),
  ),
  fc.integer({ min: 1, max: 3 }).map(
    (phases): Step =>
      (cluster) => {
        for (let phase = 0; phase < phases; phase += 1) reportSnapshots(cluster)
      },
  ),
)

/** Everything that is to go is gone, everything else is deployed. */
function catchUp(cluster: TestCluster): void {
  for (const { definition, node: on, phase } of [...cluster.state.resources.values()]) {
    if (phase.status === 'deleting') cluster.confirmGone(definition, on)
    else cluster.deploy(definition, on)
  }
}

/** Every node does what the phase asks of it. */
function reportSnapshots(cluster: TestCluster): void {
  for (const row of [...cluster.state.snapshots.values()]) {
    const state = snapshotAwaits[row.phase]
    if (state === undefined || state === 'waiting') continue
    const { definition, name: snapshot, origin, nodes } = row
    for (const { node: on } of nodes) {
      const seen = { snapshot, owner: origin.entry, state }
      cluster.deploy(definition, on, { snapshots: [seen] })
    }
  }
}

const rare: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(name, node, fc.boolean()).map(
    ([definition, on, whole]): Step =>
      (cluster) => {
        deliver(cluster, 'fact.node-offline', { node: on })
        if (whole) {
          deliver(cluster, 'resource-definition.delete', { definition, waiveCleanup: [on] })
        } else deliver(cluster, 'resource.delete', { definition, node: on, waiveCleanup: true })
      },
  ),
  node.map(
    (on): Step =>
      (cluster) => {
        deliver(cluster, 'node.evacuate', { node: on })
        for (const { definition } of [...cluster.state.resources.by('node', on)]) {
          deliver(cluster, 'evacuation.plan', { definition, node: on })
        }
      },
  ),
  node.map(
    (on): Step =>
      (cluster) =>
        deliver(cluster, 'node.restore', { node: on }),
  ),
  node.map(
    (on): Step =>
      (cluster) =>
        deliver(cluster, 'fact.node-offline', { node: on }),
  ),
  node.map(
    (on): Step =>
      (cluster) =>
        deliver(cluster, 'node.lost', { node: on }),
  ),
  node.map(
    (on): Step =>
      (cluster) =>
        deliver(cluster, 'node.delete', { node: on }),
  ),
)
const trash: fc.Arbitrary<Step> = fc
  .tuple(name, fc.constantFrom('delete', 'trash.restore', 'trash.purge'))
  .map(
    ([definition, verb]): Step =>
      (cluster) => {
        if (verb !== 'delete') {
          // Names seldom meet by chance.
          for (const row of cluster.state.definitions.by('trashed', 'yes')) {
            deliver(cluster, verb as 'trash.restore', { definition: row.name })
          }
          return
        }
        const key = 'Varve/Trash/Retention'
        deliver(cluster, 'controller.modify', { setProps: { [key]: '60' } })
        deliver(cluster, 'resource-definition.delete', { definition })
        deliver(cluster, 'controller.modify', { deleteProps: [key] })
      },
  )

const step = fc.oneof(
  { weight: 20, arbitrary: usual },
  { weight: 3, arbitrary: described },
  { weight: 3, arbitrary: moves },
  { weight: 10, arbitrary: snapshots },
  { weight: 2, arbitrary: rare },
  { weight: 1, arbitrary: trash },
)
export const steps = fc.array(step, { minLength: 20, maxLength: 60 })

export function fourNodes(): TestCluster {
  const cluster = new TestCluster()
  for (const on of ['n1', 'n2', 'n3', 'n4']) cluster.node(on)
  return cluster
}
