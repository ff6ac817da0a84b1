/** Storage pool definitions and storage pools. */
import {
  type Args,
  type DevicePool,
  defaultDisklessPool,
  isRefusal,
  keyOf,
  nameKey,
  type Provider,
  type Refusal,
  refer,
  refuse,
  type State,
  type StoragePool,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { changeProperties } from './property.ts'
import { missing, refuseIfDeleting, refuseIfTaken, requireNode, requirePool } from './require.ts'

type Backing = { readonly pattern: RegExp; readonly form: string }

const lvmName = '[A-Za-z0-9_+.][A-Za-z0-9_+.-]*'
/** A zpool, or a filesystem in one: it shall hold our volumes beside what else is in the pool. */
const dataset = {
  pattern: /^[A-Za-z][A-Za-z0-9_.:-]*(\/[A-Za-z0-9_][A-Za-z0-9_.:-]*)*$/,
  form: 'the name of a zpool or of a filesystem in one',
}
/** What the backing text of each provider looks like. */
const backings: Record<Provider, Backing> = {
  LVM: { pattern: new RegExp(`^${lvmName}$`), form: 'the name of a volume group' },
  LVM_THIN: { pattern: new RegExp(`^${lvmName}/${lvmName}$`), form: 'volume-group/thin-pool' },
  ZFS: dataset,
  ZFS_THIN: dataset,
  FILE: { pattern: /^(\/[A-Za-z0-9_+.-]+)+$/, form: 'an absolute directory' },
  FILE_THIN: { pattern: /^(\/[A-Za-z0-9_+.-]+)+$/, form: 'an absolute directory' },
  DISKLESS: { pattern: /^$/, form: 'nothing' },
}

export function createPoolDefinition(
  draft: Draft,
  args: Args<'storage-pool-definition.create'>,
): Refusal | undefined {
  const key = nameKey(args.pool)
  const taken = refuseIfTaken(
    'storage pool definition',
    args.pool,
    draft.state.poolDefinitions.get(key),
  )
  if (taken) return taken
  draft.record({ type: 'storage-pool-definition.created', pool: args.pool })
  return changeProperties(draft, refer('storage-pool-definition', args.pool), {
    setProps: args.props,
  })
}

export function modifyPoolDefinition(draft: Draft, args: Args<'storage-pool-definition.modify'>) {
  const row = draft.state.poolDefinitions.get(nameKey(args.pool))
  if (!row) return missing('storage pool definition', args.pool)
  return changeProperties(draft, refer('storage-pool-definition', row.name), args)
}

export function deletePoolDefinition(
  draft: Draft,
  args: Args<'storage-pool-definition.delete'>,
): Refusal | undefined {
  const row = draft.state.poolDefinitions.get(nameKey(args.pool))
  if (!row) return missing('storage pool definition', args.pool)
  const pools = draft.state.pools.by('name', nameKey(args.pool))
  if (pools.length > 0) {
    const problem = `there are storage pools of it on ${pools.map((pool) => pool.node).join(', ')}`
    return refuse('in-use', { noun: 'Storage pool definition', subject: row.name, problem })
  }
  draft.record({ type: 'storage-pool-definition.deleted', pool: row.name })
  return undefined
}

export function createPool(draft: Draft, args: Args<'storage-pool.create'>): Refusal | undefined {
  const node = requireNode(draft.state, args.node)
  if (isRefusal(node)) return node
  const refusal =
    refuseIfDeleting('node', node.name, node) ??
    refuseIfTaken(
      'storage pool',
      `${args.pool} on node ${node.name}`,
      draft.state.pools.get(keyOf(args.node, args.pool)),
    ) ??
    refuseShared(draft.state, args) ??
    refuseBacking(args.provider, args.backing) ??
    refuseSameBacking(draft, args) ??
    refusePromised(draft, args)
  if (refusal) return refusal
  if (!draft.state.poolDefinitions.has(nameKey(args.pool))) {
    draft.record({ type: 'storage-pool-definition.created', pool: args.pool })
  }
  draft.record({
    type: 'storage-pool.created',
    node: node.name,
    pool: args.pool,
    provider: args.provider,
    backing: args.backing,
    ...(args.sharedSpace === undefined ? {} : { sharedSpace: args.sharedSpace }),
    ...(args.externalLocking === undefined ? {} : { externalLocking: args.externalLocking }),
  })
  return changeProperties(draft, refer('storage-pool', node.name, args.pool), {
    setProps: args.props,
  })
}

export function modifyPool(draft: Draft, args: Args<'storage-pool.modify'>): Refusal | undefined {
  const pool = requirePool(draft.state, args.node, args.pool)
  if (isRefusal(pool)) return pool
  return changeProperties(draft, refer('storage-pool', pool.node, pool.name), args)
}

/** Varve forgets the pool; the volume group or directory itself stays as it is. */
export function deletePool(draft: Draft, args: Args<'storage-pool.delete'>): Refusal | undefined {
  const pool = requirePool(draft.state, args.node, args.pool)
  if (isRefusal(pool)) return pool
  const subject = `${pool.name} on node ${pool.node}`
  if (nameKey(pool.name) === nameKey(defaultDisklessPool)) {
    const problem = 'every node has its diskless pool'
    return refuse('in-use', { noun: 'Storage pool', subject, problem })
  }
  // Companions of volumes whose data is elsewhere count, too.
  const volumes = draft.state.poolUsage.get(keyOf(pool.node, pool.name))?.volumes ?? 0
  if (volumes > 0) {
    const problem = volumes === 1 ? 'a volume is in it' : `${volumes} volumes are in it`
    return refuse('in-use', { noun: 'Storage pool', subject, problem })
  }
  const snapshot = snapshotIn(draft.state, pool)
  if (snapshot !== undefined) {
    const problem = `snapshot ${snapshot} is in it`
    return refuse('in-use', { noun: 'Storage pool', subject, problem })
  }
  draft.record({ type: 'storage-pool.deleted', node: pool.node, pool: pool.name })
  return undefined
}

function snapshotIn(state: State, pool: StoragePool): string | undefined {
  for (const { definition, name, nodes } of state.snapshots.values()) {
    const isIn = nodes.some(
      ({ node, volumes }) =>
        nameKey(node) === nameKey(pool.node) &&
        volumes.some((volume) => nameKey(volume.pool) === nameKey(pool.name)),
    )
    if (isIn) return `${definition}/${name}`
  }
  return undefined
}

export function refuseBacking(provider: Provider, backing: string): Refusal | undefined {
  const form = backings[provider]
  if (form.pattern.test(backing)) return undefined
  return refuse('invalid-backing', { subject: provider, measured: backing, required: form.form })
}

/** Two pools on one volume group would promise the same space twice. */
function refuseSameBacking(draft: Draft, args: Args<'storage-pool.create'>): Refusal | undefined {
  if (args.backing === '') return undefined
  const same = draft.state.pools
    .by('node', nameKey(args.node))
    .find((pool) => pool.backing === args.backing)
  if (!same) return undefined
  const problem = `storage pool ${same.name} uses it on node ${same.node}`
  return refuse('in-use', { noun: 'Backing', subject: args.backing, problem })
}

/** A device pool that is being made, or taken away, keeps its names until that is over. */
function refusePromised(draft: Draft, args: Args<'storage-pool.create'>): Refusal | undefined {
  const isMeant = ({ backing, storagePool }: DevicePool) =>
    backing === args.backing || nameKey(storagePool ?? '') === nameKey(args.pool)
  const row = draft.state.devicePools
    .by('node', nameKey(args.node))
    .find((one) => one.operation !== undefined && isMeant(one))
  if (row?.operation === undefined) return undefined
  const subject = `device pool ${row.backing} on node ${row.node}`
  return refuse('operation-runs', { operation: row.operation, subject })
}

/** Of what several nodes share only a volume group can be: all else is one machine's alone. */
function refuseShared(state: State, args: Args<'storage-pool.create'>): Refusal | undefined {
  const { sharedSpace: space, externalLocking, provider } = args
  if (space === undefined) {
    if (externalLocking !== true) return undefined
    const problem = 'External locking (--external-locking) is for pools in a shared space only.'
    return refuse('not-supported', { problem }, 'Name the space: --shared-space <name>')
  }
  if (provider !== 'LVM') {
    const problem = `Storage of kind ${provider} cannot be shared: open on two nodes at once it is destroyed.`
    return refuse('not-supported', { problem }, 'Make a volume group on the shared disks (LVM).')
  }
  const others = [...state.pools.values()].filter((pool) => pool.sharedSpace === space)
  const same = others.find((pool) => nameKey(pool.node) === nameKey(args.node))
  const unlike = others.find(
    (pool) =>
      pool.backing !== args.backing ||
      (pool.externalLocking ?? false) !== (externalLocking ?? false),
  )
  if (same) {
    const problem = `storage pool ${same.name} of node ${same.node} is in it`
    return refuse('in-use', { noun: 'Shared space', subject: space, problem })
  }
  if (!unlike) return undefined
  const locking = unlike.externalLocking ? 'with' : 'without'
  const problem = `Shared space ${space} is volume group ${unlike.backing} ${locking} external locking, as pool ${unlike.name} of node ${unlike.node} has it.`
  return refuse('not-supported', { problem }, 'Another volume group is another space.')
}
