/** Backing storage of a volume as its node shall have it: name, size, owner, properties. */
import {
  backingKib,
  companionOf,
  type DesiredStorage,
  luksHeaderOf,
  mayChange,
  ownerOf,
  type Props,
  type State,
  type StoragePool,
  type Volume,
  type VolumeDefinition,
} from '@varve/events'
import type { Member, Part, Scene } from './scene.ts'
import { backingName, contentOf, keptAs } from './snapshots.ts'

/** Units in which pools allocate until their satellite has measured them, KiB (reference 3.3). */
const usualGranularityKib = {
  LVM: 4096,
  LVM_THIN: 4096,
  ZFS: 8,
  ZFS_THIN: 8,
  FILE: 1,
  FILE_THIN: 1,
  DISKLESS: 1,
}

/** Unit in which it allocates, KiB: as measured, else what is usual. */
export function granularityOfPool({ granularityKib, provider }: StoragePool): number {
  return granularityKib ?? usualGranularityKib[provider]
}

/** Size that the backing device must have, metadata and granularity included, KiB. */
export function wantedBackingKib(
  scene: Scene,
  { resource }: Member,
  { volume, row, pool }: Part,
): number | undefined {
  if (!row || !pool) return undefined
  const { definition } = scene
  const own = granularityOfPool(pool)
  return backingKib({
    sizeKib: row.sizeKib,
    gross: row.gross,
    layers: definition.layers,
    ...(definition.layers.includes('LUKS') ? headerOf(scene.state, volume) : {}),
    peerSlots: resource.peerSlots ?? definition.peerSlots,
    granularityKib: granularityOf(scene, volume.number, own),
    hasExternalMetadata: companionOf(volume, 'drbd-metadata') !== undefined,
  })
}

/** Somebody has asked for less than there is, and it has not come true everywhere. */
export const isShrinking = ({ resizing, sizeKib }: VolumeDefinition): boolean =>
  resizing !== undefined && resizing.fromKib > sizeKib

function headerOf(state: State, volume: Volume) {
  const luksHeaderKib = luksHeaderOf(state, volume)
  return luksHeaderKib === undefined ? {} : { luksHeaderKib }
}

export function desiredStorage(
  scene: Scene,
  member: Member,
  part: Part,
): DesiredStorage | undefined {
  const { volume, pool } = part
  const sizeKib = wantedBackingKib(scene, member, part)
  if (!pool || sizeKib === undefined) return undefined
  return {
    pool: pool.name,
    provider: pool.provider,
    backing: pool.backing,
    name: backingName(volume.definition, volume.number),
    owner: ownerOf(volume),
    sizeKib,
    props: storageProps(scene, member, part, pool.props),
    shrink: part.row && isShrinking(part.row) ? true : undefined,
    shared: pool.sharedSpace === undefined ? undefined : desiredSharing(scene, member, pool),
    // What is made anew in its place is not the snapshot again: its peers have gone on since.
    from: volume.hasBeenInUse ? undefined : contentOf(scene.state, volume),
    keepAs: keptAs(scene.state, member.resource, volume.number, pool),
  }
}

function desiredSharing({ state }: Scene, { resource }: Member, pool: StoragePool) {
  const isFree = pool.externalLocking === true || mayChange(state, resource)
  return {
    mayChange: isFree ? (true as const) : undefined,
    keep: resource.keepsStorage,
  }
}

/** All replicas of a volume get the same size: the largest unit of any of their pools counts. */
function granularityOf({ members }: Scene, number: number, own: number): number {
  let largest = own
  for (const { parts } of members) {
    for (const { volume, pool } of parts) {
      if (volume.number === number) largest = Math.max(largest, pool?.granularityKib ?? 0)
    }
  }
  return largest
}

/** `StorDriver/*` as the provider shall see it: VD > RD > RG > pool > node > controller. */
export function storageProps(scene: Scene, { node }: Member, { row }: Part, pool: Props): Props {
  const { definition, groupProps } = scene
  const chain = [scene.controllerProps, node?.props, pool, groupProps, definition.props, row?.props]
  const merged: Record<string, string> = {}
  for (const props of chain) {
    for (const key in props) if (key.startsWith('StorDriver/')) merged[key] = props[key] ?? ''
  }
  return merged
}
