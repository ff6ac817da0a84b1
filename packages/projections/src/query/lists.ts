/** Lists: filtered through indexes, built row by row for one page only. */
import { keyOf, nameKey } from '@varve/events'
import { z } from 'zod'
import { type Page, type PageArgs, pageOf } from '../page.ts'
import { authTokenRows } from '../views/auth-token.ts'
import { connectionRow } from '../views/connection.ts'
import { debtRow } from '../views/debt.ts'
import { externalFileRow } from '../views/external-file.ts'
import { keyValueStoreRow } from '../views/key-value-store.ts'
import { memberRow } from '../views/member.ts'
import { netInterfaceRows, nodeRow } from '../views/node.ts'
import { operationRow } from '../views/operation.ts'
import { devicePoolRow, physicalStorageRows } from '../views/physical-storage.ts'
import { remoteRow } from '../views/remote.ts'
import { resourceRow } from '../views/resource.ts'
import { resourceDefinitionRow, volumeDefinitionRow } from '../views/resource-definition.ts'
import { resourceGroupRow, volumeGroupRow } from '../views/resource-group.ts'
import { scheduleRow } from '../views/schedule.ts'
import { snapshotRow } from '../views/snapshot.ts'
import { poolDefinitionRow, storagePoolRow } from '../views/storage-pool.ts'
import { trashRow } from '../views/trash.ts'
import { volumeRow } from '../views/volume.ts'
import type { World } from '../world.ts'
import { defineQuery, pageArgs, type Query } from './define.ts'

const name = z.string().optional()

type Filterable = {
  keys(): readonly string[]
  keysBy(index: string, value: string): readonly string[]
}

/** Keys that match every filter given: the first through an index, the others among those. */
function filtered(table: Filterable, filters: Readonly<Record<string, string | undefined>>) {
  const given = Object.entries(filters).flatMap(([index, value]) =>
    value === undefined ? [] : [table.keysBy(index, nameKey(value))],
  )
  const [first, ...others] = given.sort((a, b) => a.length - b.length)
  if (first === undefined) return table.keys()
  const sets = others.map((keys) => new Set(keys))
  return first.filter((key) => sets.every((set) => set.has(key)))
}

/** Where rows are cheap, or have to be looked at for their order. */
function pageOfRows<R>(rows: readonly R[], args: PageArgs): Page<R> {
  const keys = rows.map((_, index) => String(index))
  return pageOf(keys, args, (index) => rows[Number(index)])
}

/** Volumes have an index by resource only; a definition's are those of its resources. */
function volumeKeys(
  { state }: World,
  args: { definition?: string | undefined; node?: string | undefined },
) {
  if (args.definition === undefined && args.node === undefined) return state.volumes.keys()
  const resources = filtered(state.resources, { definition: args.definition, node: args.node })
  return resources.flatMap((key) => state.volumes.keysBy('resource', key))
}

export const listQueries = {
  nodes: defineQuery(z.strictObject(pageArgs), (world, args) =>
    pageOf(world.state.nodes.keys(), args, (key) => {
      const row = world.state.nodes.get(key)
      return row && nodeRow(world, row)
    }),
  ),
  'net-interfaces': defineQuery(z.strictObject({ node: name, ...pageArgs }), (world, args) => {
    const keys = args.node === undefined ? world.state.nodes.keys() : [nameKey(args.node)]
    const rows = keys.flatMap((key) => {
      const node = world.state.nodes.get(key)
      return node ? netInterfaceRows(node) : []
    })
    return pageOfRows(rows, args)
  }),
  'physical-storage': defineQuery(
    z.strictObject({ node: name, all: z.boolean().optional(), ...pageArgs }),
    (world, args) => pageOfRows(physicalStorageRows(world, args), args),
  ),
  'node-connections': defineQuery(z.strictObject({ node: name, ...pageArgs }), (world, args) => {
    const { nodeConnections } = world.state
    const ofNode = (node: string) =>
      ['first', 'second'].flatMap((end) => nodeConnections.keysBy(end, nameKey(node))).sort()
    const keys = args.node === undefined ? nodeConnections.keys() : ofNode(args.node)
    return pageOf(keys, args, (key) => {
      const row = nodeConnections.get(key)
      return row && connectionRow(row)
    })
  }),
  'resource-connections': defineQuery(
    z.strictObject({ definition: name, ...pageArgs }),
    (world, args) => {
      const { resourceConnections } = world.state
      return pageOf(
        filtered(
          resourceConnections,
          args.definition === undefined ? {} : { definition: args.definition },
        ),
        args,
        (key) => {
          const row = resourceConnections.get(key)
          return row && { definition: row.definition, ...connectionRow(row) }
        },
      )
    },
  ),
  'device-pools': defineQuery(z.strictObject({ node: name, ...pageArgs }), (world, args) => {
    const { devicePools } = world.state
    const filters = args.node === undefined ? {} : { node: args.node }
    return pageOf(filtered(devicePools, filters), args, (key) => {
      const row = devicePools.get(key)
      return row && devicePoolRow(row)
    })
  }),
  'storage-pools': defineQuery(
    z.strictObject({ node: name, pool: name, ...pageArgs }),
    (world, args) => {
      const keys = filtered(world.state.pools, { node: args.node, name: args.pool })
      return pageOf(keys, args, (key) => {
        const row = world.state.pools.get(key)
        return row && storagePoolRow(world, row)
      })
    },
  ),
  'storage-pool-definitions': defineQuery(z.strictObject(pageArgs), (world, args) =>
    pageOf(world.state.poolDefinitions.keys(), args, (key) => {
      const row = world.state.poolDefinitions.get(key)
      return row && poolDefinitionRow(world, row)
    }),
  ),
  'resource-groups': defineQuery(z.strictObject(pageArgs), (world, args) =>
    pageOf(world.state.groups.keys(), args, (key) => {
      const row = world.state.groups.get(key)
      return row && resourceGroupRow(world, row)
    }),
  ),
  'volume-groups': defineQuery(z.strictObject({ group: name, ...pageArgs }), (world, args) =>
    pageOf(filtered(world.state.volumeGroups, { group: args.group }), args, (key) => {
      const row = world.state.volumeGroups.get(key)
      return row && volumeGroupRow(row)
    }),
  ),
  'resource-definitions': defineQuery(z.strictObject({ group: name, ...pageArgs }), (world, args) =>
    pageOf(filtered(world.state.definitions, { group: args.group }), args, (key) => {
      const row = world.state.definitions.get(key)
      return row && resourceDefinitionRow(world, row)
    }),
  ),
  'volume-definitions': defineQuery(
    z.strictObject({ definition: name, ...pageArgs }),
    (world, args) =>
      pageOf(
        filtered(world.state.volumeDefinitions, { definition: args.definition }),
        args,
        (key) => {
          const row = world.state.volumeDefinitions.get(key)
          return row && volumeDefinitionRow(row)
        },
      ),
  ),
  snapshots: defineQuery(z.strictObject({ definition: name, ...pageArgs }), (world, args) => {
    const { snapshots } = world.state
    const filters = args.definition === undefined ? {} : { definition: args.definition }
    return pageOf(filtered(snapshots, filters), args, (key) => {
      const row = snapshots.get(key)
      return row && snapshotRow(row)
    })
  }),
  resources: defineQuery(
    z.strictObject({ definition: name, node: name, ...pageArgs }),
    (world, args) => {
      const filters = { definition: args.definition, node: args.node }
      return pageOf(filtered(world.state.resources, filters), args, (key) => {
        const row = world.state.resources.get(key)
        return row && resourceRow(world, row)
      })
    },
  ),
  volumes: defineQuery(
    z.strictObject({ definition: name, node: name, pool: name, ...pageArgs }),
    (world, args) => {
      const keys =
        args.pool !== undefined && args.node !== undefined
          ? world.state.volumes.keysBy('pool', keyOf(args.node, args.pool))
          : volumeKeys(world, args)
      return pageOf(keys, args, (key) => {
        const row = world.state.volumes.get(key)
        return row && volumeRow(world, row)
      })
    },
  ),
  members: defineQuery(z.strictObject(pageArgs), (world, args) =>
    pageOf(world.state.members.keys(), args, (key) => {
      const row = world.state.members.get(key)
      return row && memberRow(row)
    }),
  ),
  'auth-tokens': defineQuery(z.strictObject(pageArgs), (world, args) =>
    pageOfRows(authTokenRows(world.state), args),
  ),
  'key-value-stores': defineQuery(z.strictObject(pageArgs), (world, args) =>
    pageOf(world.state.keyValueStores.keys(), args, (key) => {
      const row = world.state.keyValueStores.get(key)
      return row && keyValueStoreRow(row)
    }),
  ),
  'external-files': defineQuery(z.strictObject(pageArgs), (world, args) =>
    pageOf(world.state.externalFiles.keys(), args, (key) => {
      const row = world.state.externalFiles.get(key)
      return row && externalFileRow(world.state, row)
    }),
  ),
  remotes: defineQuery(z.strictObject(pageArgs), (world, args) =>
    pageOf(world.state.remotes.keys(), args, (key) => {
      const row = world.state.remotes.get(key)
      return row && remoteRow(row)
    }),
  ),
  schedules: defineQuery(z.strictObject(pageArgs), (world, args) =>
    pageOf(world.state.schedules.keys(), args, (key) => {
      const row = world.state.schedules.get(key)
      return row && scheduleRow(row)
    }),
  ),
  trash: defineQuery(z.strictObject(pageArgs), (world, args) =>
    pageOf(world.state.definitions.keysBy('trashed', 'yes'), args, (key) => {
      const row = world.state.definitions.get(key)
      return row && trashRow(world, row)
    }),
  ),
  debts: defineQuery(z.strictObject({ node: name, ...pageArgs }), (world, args) =>
    pageOf(filtered(world.state.debts, { node: args.node }), args, (key) => {
      const row = world.state.debts.get(key)
      return row && debtRow(world, row)
    }),
  ),
  operations: defineQuery(z.strictObject(pageArgs), (world, args) =>
    pageOf(world.state.operations.keys(), args, (key) => {
      const row = world.state.operations.get(key)
      return row && operationRow(world, row)
    }),
  ),
} as const satisfies Record<string, Query>
