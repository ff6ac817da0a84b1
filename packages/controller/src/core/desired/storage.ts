/** Backing storage of a volume as its node shall have it: name, size, owner, properties. */
import {
  backingKib,
  type DesiredStorage,
  definitionOf,
  groupOf,
  isRefusal,
  keyOf,
  luksHeaderOf,
  nodeOf,
  type Props,
  poolOf,
  resourceOf,
  type State,
  type Volume,
  volumeDefinitionOf,
} from '@varve/events'
import { backingName, contentOf } from './snapshots.ts'

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

/** Size that the backing device must have, metadata and granularity included, KiB. */
export function wantedBackingKib(state: State, volume: Volume): number | undefined {
  const definition = definitionOf(state, volume.definition)
  const row = volumeDefinitionOf(state, volume.definition, volume.number)
  const pool = volume.pool === undefined ? undefined : poolOf(state, volume.node, volume.pool)
  if (!definition || !row || !pool) return undefined
  const luksHeaderKib = luksHeaderOf(state, volume)
  const kib = backingKib({
    sizeKib: row.sizeKib,
    gross: row.gross,
    layers: definition.layers,
    ...(luksHeaderKib === undefined ? {} : { luksHeaderKib }),
    peerSlots: resourceOf(state, volume.definition, volume.node)?.peerSlots ?? definition.peerSlots,
    granularityKib: granularityOf(
      state,
      volume,
      pool.granularityKib ?? usualGranularityKib[pool.provider],
    ),
  })
  return isRefusal(kib) ? undefined : kib
}

export function desiredStorage(state: State, volume: Volume): DesiredStorage | undefined {
  const pool = volume.pool === undefined ? undefined : poolOf(state, volume.node, volume.pool)
  const sizeKib = wantedBackingKib(state, volume)
  if (!pool || sizeKib === undefined) return undefined
  // What is made anew in its place is not the snapshot again: its peers have gone on since.
  const from = volume.hasBeenInUse ? undefined : contentOf(state, volume)
  return {
    pool: pool.name,
    provider: pool.provider,
    backing: pool.backing,
    name: backingName(volume.definition, volume.number),
    owner: volume.origin.entry,
    sizeKib,
    props: storageProps(state, volume, pool.props),
    ...(from === undefined ? {} : { from }),
  }
}

/** All replicas of a volume get the same size: the largest unit of any of their pools counts. */
function granularityOf(state: State, volume: Volume, own: number): number {
  let largest = own
  for (const peer of state.resources.by('definition', volume.definition.toLowerCase())) {
    const other = state.volumes.get(keyOf(volume.definition, peer.node, volume.number))
    const pool = other?.pool === undefined ? undefined : poolOf(state, peer.node, other.pool)
    largest = Math.max(largest, pool?.granularityKib ?? 0)
  }
  return largest
}

/** `StorDriver/*` as the provider shall see it: VD > RD > RG > pool > node > controller. */
function storageProps(state: State, volume: Volume, pool: Props): Props {
  const definition = definitionOf(state, volume.definition)
  const chain = [
    state.controller.get('')?.props,
    nodeOf(state, volume.node)?.props,
    pool,
    definition && groupOf(state, definition.group)?.props,
    definition?.props,
    volumeDefinitionOf(state, volume.definition, volume.number)?.props,
  ]
  const merged: Record<string, string> = {}
  for (const props of chain) {
    for (const key in props) if (key.startsWith('StorDriver/')) merged[key] = props[key] ?? ''
  }
  return merged
}
