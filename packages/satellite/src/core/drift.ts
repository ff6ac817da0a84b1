/** Things in managed places that no document desires. They are told, never removed. */
import type { DesiredNode, DesiredResource, Drift } from '@varve/events'
import { cachedDrift } from '../layers/cache/drift.ts'
import { configDirectory } from '../layers/drbd/paths.ts'
import { mappingDrift } from '../layers/luks/drift.ts'
import { nvmeDrift } from '../layers/nvme/drift.ts'
import { snapshotKeys } from '../snapshots/parts.ts'
import { spareKeys } from '../snapshots/rollback.ts'
import { providerOf } from '../storage/table.ts'
import { companionStorages } from './companions.ts'
import type { BackingObject, Inventory } from './inventory.ts'

/** Sorted by kind, place and name, so that the same machine gives the same report. */
export function findDrift(
  documents: readonly DesiredResource[],
  inventory: Inventory,
  node?: DesiredNode,
): Drift[] {
  const shared = new Set(node?.pools.filter((pool) => pool.isShared).map(({ backing }) => backing))
  const wanted = new Set(documents.map((document) => document.resource))
  return [
    ...objectDrift(desiredKeys(documents), inventory, shared),
    ...drbdDrift(wanted, inventory),
    ...configDrift(wanted, inventory),
    ...mappingDrift(documents, inventory),
    ...cachedDrift(documents, inventory),
    ...nvmeDrift(documents, inventory),
  ].toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
}

const orderOf = (drift: Drift) => `${drift.kind} ${drift.where} ${drift.name}`

function desiredKeys(documents: readonly DesiredResource[]): Set<string> {
  const volumes = documents.flatMap((document) =>
    document.state === 'present' ? [...document.volumes, ...document.removed] : document.volumes,
  )
  const snapshots = documents.flatMap((document) =>
    document.state === 'present' ? [...snapshotKeys(document), ...spareKeys(document)] : [],
  )
  return new Set([
    ...snapshots,
    ...volumes.flatMap((volume) =>
      [...(volume.storage ? [volume.storage] : []), ...companionStorages(volume)].flatMap(
        (storage) => {
          const provider = providerOf(storage.provider)
          return provider
            ? [provider.locate(storage).key, provider.mark?.(storage) ?? []].flat()
            : []
        },
      ),
    ),
  ])
}

function objectDrift(
  keys: ReadonlySet<string>,
  inventory: Inventory,
  shared: ReadonlySet<string>,
): Drift[] {
  return [...inventory.objects.values()]
    .filter((object) => !object.isPool && !keys.has(object.key) && !isOthersSnapshot(object))
    .filter((object) => !shared.has(object.place) || !isOfOtherNode(object))
    .map((object) => ({
      kind: object.key.startsWith('/') ? ('file' as const) : ('volume' as const),
      name: object.name,
      where: object.place,
      detail: objectDetail(object),
    }))
}

/** In a shared volume group each node sees the volumes of all; what is open here is drift all the same. */
const isOfOtherNode = ({ owner, device }: BackingObject): boolean =>
  owner !== undefined && device === undefined

/** Snapshots of ZFS are made by many, and are nobody's business as long as they are not ours. */
function isOthersSnapshot({ key, owner }: BackingObject): boolean {
  return key.startsWith('zfs:') && key.includes('@') && owner === undefined
}

function objectDetail(object: BackingObject): string {
  return object.owner === undefined
    ? `not made by Varve, ${object.sizeKib} KiB`
    : `owned by ${object.owner}, which no document desires here, ${object.sizeKib} KiB`
}

function drbdDrift(wanted: ReadonlySet<string>, inventory: Inventory): Drift[] {
  return [...inventory.drbd.resources.values()]
    .filter((kernel) => !wanted.has(kernel.name))
    .map((kernel) => {
      const minors = [...kernel.volumes.values()].map((volume) => volume.minor)
      return {
        kind: 'drbd-resource' as const,
        name: kernel.name,
        where: 'kernel',
        detail: `up with the minors ${minors.toSorted((a, b) => a - b).join(', ')}`,
      }
    })
}

function configDrift(wanted: ReadonlySet<string>, inventory: Inventory): Drift[] {
  return [...inventory.files.keys()].flatMap((path) => {
    const name = /^\/var\/lib\/varve\.d\/([^/]+)\.res$/.exec(path)?.[1]
    if (name === undefined || wanted.has(name)) return []
    const detail = 'a DRBD configuration that no document desires'
    return [{ kind: 'configuration' as const, name, where: configDirectory, detail }]
  })
}
