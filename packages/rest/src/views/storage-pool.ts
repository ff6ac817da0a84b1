/** Storage pools and their definitions as LINSTOR's clients know them. */
import { type PoolDefinition, type Props, type StoragePool, thinProviders } from '@varve/events'
import type { World } from '@varve/projections'
import { printEntry } from '../answer/entry.ts'
import { endlessKib } from '../json/exact.ts'
import { uuidOf } from './uuid.ts'

/** Property that holds a pool's volume group, thin pool, dataset or directory. */
export const backingKey = 'StorDriver/StorPoolName'

export function storagePoolView({ observed, now }: World, pool: StoragePool): object {
  const seen = observed.pool(pool.node, pool.name)
  const problem = seen?.problem ?? pool.problem
  const isThin = thinProviders.has(pool.provider)
  const isDiskless = pool.provider === 'DISKLESS'
  const supportsSnapshots = isThin || pool.provider === 'ZFS'
  return {
    storage_pool_name: pool.name,
    node_name: pool.node,
    provider_kind: pool.provider,
    props: poolProps(pool),
    static_traits: isDiskless
      ? { SupportsSnapshots: 'false' }
      : {
          Provisioning: isThin ? 'Thin' : 'Fat',
          SupportsSnapshots: String(supportsSnapshots),
          ...(pool.granularityKib === undefined
            ? {}
            : { AllocationUnit: String(pool.granularityKib) }),
        },
    free_capacity: isDiskless ? endlessKib : seen?.freeKib,
    total_capacity: isDiskless ? endlessKib : seen?.totalKib,
    free_space_mgr_name: pool.sharedSpace ?? `${pool.node};${pool.name}`,
    uuid: uuidOf(pool.origin, 'storage-pool', pool.node, pool.name),
    ...(problem === undefined ? {} : { reports: [problemReport(pool, problem.text, now)] }),
    supports_snapshots: supportsSnapshots,
    external_locking: pool.externalLocking ?? false,
  }
}

export function poolProps(pool: StoragePool): Props {
  const own = Object.entries(pool.props).filter(([key]) => !key.startsWith('SED/'))
  const backing = pool.backing === '' ? [] : [[backingKey, pool.backing] as const]
  return Object.fromEntries([...backing, ...own])
}

export type PoolDefinitionView = { readonly storage_pool_name: string; readonly props: Props }

export function poolDefinitionView({ name, props }: PoolDefinition): PoolDefinitionView {
  return { storage_pool_name: name, props }
}

function problemReport({ node, name }: StoragePool, text: string, now: number): object {
  const message = `Storage pool ${name} on node ${node} cannot be used: ${text}`
  return printEntry({ code: 'WARN_STORAGE_ERROR', message }, ['none', 'storage-pool'], now)
}
