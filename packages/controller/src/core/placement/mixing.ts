/** Which kinds of storage may hold replicas of one definition (reference 8). */
import {
  controllerProps,
  definitionOf,
  firstOf,
  groupOf,
  isLive,
  isYes,
  type Node,
  nameKey,
  nodeOf,
  type Provider,
  poolOf,
  type Refusal,
  refuse,
  resourcesOf,
  type State,
  type StoragePool,
  volumesOf,
} from '@varve/events'

/** Storage of one replica, as far as mixing cares. */
export type Backing = { readonly provider: Provider; readonly node: Node | undefined }

/** Kinds of one family have the same idea of sizes and zeroes; they always go together. */
const families: Record<Provider, string> = {
  LVM: 'LVM',
  LVM_THIN: 'LVM_THIN',
  ZFS: 'ZFS',
  ZFS_THIN: 'ZFS',
  FILE: 'FILE',
  FILE_THIN: 'FILE',
  DISKLESS: 'DISKLESS',
}
const mixable: ReadonlySet<string> = new Set(['LVM', 'LVM_THIN', 'ZFS'])

/** Reason why two replicas cannot have these kinds of storage; undefined when they can. */
export function whyNotMixed(a: Backing, b: Backing, allowed: boolean): string | undefined {
  const [one, other] = [families[a.provider], families[b.provider]]
  if (one === other || one === 'DISKLESS' || other === 'DISKLESS') return undefined
  if (!mixable.has(one) || !mixable.has(other)) {
    return `${a.provider} and ${b.provider} cannot hold replicas of one resource`
  }
  if (!allowed) {
    return `${a.provider} beside ${b.provider} needs the property AllowMixingStoragePoolDriver`
  }
  for (const { node } of [a, b]) {
    const kernel = node?.capabilities?.drbdKernel
    if (!canMix(kernel)) {
      const has = kernel === undefined ? 'has no DRBD' : `has DRBD ${kernel}`
      return `${a.provider} beside ${b.provider} needs DRBD 9.1.18 or 9.2.7; node ${node?.name} ${has}`
    }
  }
  return undefined
}

/** `AllowMixingStoragePoolDriver`, definition before group before controller. */
export function isMixingAllowed(state: State, definition: string | undefined): boolean {
  const row = definition === undefined ? undefined : definitionOf(state, definition)
  const group = row && groupOf(state, row.group)
  const chain = [row?.props, group?.props, controllerProps(state)]
  return isYes(firstOf('AllowMixingStoragePoolDriver', chain))
}

/** Refusal when a replica in `pool` would not go with the replicas that the definition has. */
export function refuseMixing(
  state: State,
  definition: string,
  pool: StoragePool,
): Refusal | undefined {
  const allowed = isMixingAllowed(state, definition)
  const mine = { provider: pool.provider, node: nodeOf(state, pool.node) }
  for (const resource of resourcesOf(state, definition)) {
    if (!isLive(resource) || nameKey(resource.node) === nameKey(pool.node)) continue
    for (const backing of backingsOf(state, definition, resource.node)) {
      const reason = whyNotMixed(mine, backing, allowed)
      if (reason === undefined) continue
      const fields = { subject: definition, measured: pool.provider, required: backing.provider }
      return refuse('mixed-pools', fields, 'Choose a pool of the same kind.', [reason])
    }
  }
  return undefined
}

/** Kinds of storage of one resource: usually one, whatever the number of volumes. */
export function backingsOf(state: State, definition: string, node: string): Backing[] {
  const seen = new Map<Provider, Backing>()
  for (const { pool } of volumesOf(state, definition, node)) {
    const row = pool === undefined ? undefined : poolOf(state, node, pool)
    if (row) seen.set(row.provider, { provider: row.provider, node: nodeOf(state, node) })
  }
  return [...seen.values()]
}

/** DRBD kernels that copy with different discard granularities: 9.1.18 and on, 9.2.7 and on. */
function canMix(kernel: string | undefined): boolean {
  const [major = 0, minor = 0, patch = 0] = (kernel ?? '')
    .split('.')
    .map((n) => Number.parseInt(n, 10))
  if (major !== 9) return major > 9
  if (minor === 1) return patch >= 18
  return minor > 2 || (minor === 2 && patch >= 7)
}
