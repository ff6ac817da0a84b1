/** Volume definitions: create, modify, resize, delete. */
import {
  type Args,
  companionOf,
  definitionOf,
  externalCapacityKib,
  formatKib,
  isLive,
  isRefusal,
  limits,
  nodeOf,
  type Refusal,
  type Resource,
  type ResourceDefinition,
  refer,
  refuse,
  resourcesOf,
  toldApart,
  type Volume,
  type VolumeDefinition,
  volumeOf,
  volumesOf,
} from '@varve/events'
import { allocateMinor } from '../allocate/minor.ts'
import { allocateVolumeNumber } from '../allocate/volume-number.ts'
import type { Draft } from '../draft.ts'
import { settleDefinition } from '../operations/settle.ts'
import { refusePoolSpace, refuseVolumeSpace } from './capacity.ts'
import { setVolumeKey } from './encryption.ts'
import { newGeneration } from './generation.ts'
import { changeProperties } from './property.ts'
import { refuseIfDeleting, requireDefinition, requireVolumeDefinition } from './require.ts'
import { refuseIfRollingBack } from './rollback.ts'
import { refuseIfInUse } from './safety.ts'
import { refuseIfInactive, refuseIfTwins } from './shared-space.ts'
import { isShrinkTakenBack, refuseShrink, takeShrinkBack } from './shrink.ts'
import { refuseIfSnapshotsOn } from './snapshot-guard.ts'
import { beginVolumes, createVolume } from './volume.ts'

export function createVolumeDefinition(
  draft: Draft,
  args: Args<'volume-definition.create'>,
): Refusal | undefined {
  const row = requireDefinition(draft.state, args.definition)
  if (isRefusal(row)) return row
  const refusal =
    refuseIfDeleting('Resource definition', row.name, row) ??
    refuseIfRollingBack(row) ??
    refuseSize(args.sizeKib)
  if (refusal) return refusal
  const number = allocateVolumeNumber(draft.state, row.name, args.number)
  if (isRefusal(number)) return number
  const replicated = row.layers.includes('DRBD')
  const minor = replicated ? allocateMinor(draft.state, args.minor) : undefined
  if (isRefusal(minor)) return minor
  draft.record({
    type: 'volume-definition.created',
    definition: row.name,
    number,
    sizeKib: args.sizeKib,
    ...(args.gross === undefined ? {} : { gross: args.gross }),
    ...(minor === undefined ? {} : { minor, day0: newGeneration(draft) }),
  })
  const unkeyed = setVolumeKey(draft, row, number, args.passphrase)
  if (unkeyed) return unkeyed
  draft.reply = { ...draft.reply, number, ...(minor === undefined ? {} : { minor }) }
  const refused = changeProperties(draft, refer('volume-definition', row.name, number), {
    setProps: args.props,
  })
  return refused ?? addToResources(draft, row.name, number, args.sizeKib)
}

export function modifyVolumeDefinition(draft: Draft, args: Args<'volume-definition.modify'>) {
  const row = requireVolumeDefinition(draft.state, args.definition, args.number)
  if (isRefusal(row)) return row
  return changeProperties(draft, refer('volume-definition', row.definition, row.number), args)
}

/** Grows: first all storage, then DRBD on one node, then the size is true. Shrinks, where it can. */
export function resizeVolumeDefinition(
  draft: Draft,
  args: Args<'volume-definition.resize'>,
): Refusal | undefined {
  const row = requireVolumeDefinition(draft.state, args.definition, args.number)
  if (isRefusal(row)) return row
  const subject = `${row.definition}/${row.number}`
  const definition = requireDefinition(draft.state, row.definition)
  if (isRefusal(definition)) return definition
  const refusal =
    refuseIfDeleting('Resource definition', definition.name, definition) ??
    refuseIfDeleting('Volume definition', subject, row) ??
    refuseIfRollingBack(definition) ??
    refuseIfInactive(draft.state, definition.name) ??
    refuseSize(args.sizeKib)
  if (refusal) return refusal
  if (row.resizing && row.sizeKib === args.sizeKib) {
    draft.reply = { operation: row.resizing.operation }
    return undefined
  }
  if (row.resizing && isShrinkTakenBack(row, args.sizeKib)) return takeShrinkBack(draft, row)
  if (row.resizing) return refuse('operation-runs', { operation: row.resizing.operation, subject })
  if (args.sizeKib === row.sizeKib) return undefined
  const unfit =
    args.sizeKib < row.sizeKib
      ? refuseShrink(draft, definition, row, args)
      : (refuseHeldOpen(definition, row, args.sizeKib) ??
        refuseGrowth(draft, row, args.sizeKib - row.sizeKib))
  if (unfit) return unfit
  const operation = draft.startOperation(
    'resize-volume-definition',
    refer('volume-definition', row.definition, row.number),
  )
  draft.reply = { operation }
  draft.record({
    type: 'volume-definition.resize-started',
    definition: row.definition,
    number: row.number,
    sizeKib: args.sizeKib,
    operation,
  })
  settleDefinition(draft, row.definition)
  return undefined
}

export function deleteVolumeDefinition(
  draft: Draft,
  args: Args<'volume-definition.delete'>,
): Refusal | undefined {
  const row = requireVolumeDefinition(draft.state, args.definition, args.number)
  if (isRefusal(row)) return row
  if (row.phase.status === 'deleting') {
    draft.reply = { operation: row.phase.operation }
    return undefined
  }
  const definition = requireDefinition(draft.state, row.definition)
  if (isRefusal(definition)) return definition
  const kept =
    refuseIfDeleting('Resource definition', definition.name, definition) ??
    refuseIfTwins(draft.state, row.definition, 'delete the volume') ??
    refuseIfReplicasHaveSnapshots(draft, row.definition)
  if (kept) return kept
  for (const resource of resourcesOf(draft.state, row.definition)) {
    const used = refuseIfInUse(draft, row.definition, resource.node)
    if (used) return used
  }
  const operation = draft.startOperation(
    'delete-volume-definition',
    refer('volume-definition', row.definition, row.number),
  )
  draft.reply = { operation }
  draft.record({
    type: 'volume-definition.deletion-started',
    definition: row.definition,
    number: row.number,
    operation,
  })
  settleDefinition(draft, row.definition)
  return undefined
}

/** Snapshots whose replicas are gone need no volume any more. */
function refuseIfReplicasHaveSnapshots(draft: Draft, definition: string): Refusal | undefined {
  for (const { node } of resourcesOf(draft.state, definition)) {
    const kept = refuseIfSnapshotsOn(draft, definition, node)
    if (kept) return kept
  }
  return undefined
}

function refuseSize(sizeKib: number): Refusal | undefined {
  const { min, max } = limits.volumeSizeKib
  if (sizeKib >= min && sizeKib <= max) return undefined
  const [shown] = toldApart(sizeKib, sizeKib > max ? max : min)
  const required = `${formatKib(min)} to ${formatKib(max)}`
  return refuse('invalid-size', { measured: sizeKib, shown, required })
}

/** A living resource gets the new volume in the pool where its others are. */
function addToResources(
  draft: Draft,
  definition: string,
  number: number,
  sizeKib: number,
): Refusal | undefined {
  for (const resource of resourcesOf(draft.state, definition).filter(isLive)) {
    if (resource.removing) {
      // Turned back, it would have a disk without the new volume.
      const subject = `${definition} on node ${resource.node}`
      return refuse('operation-runs', { operation: resource.removing.operation, subject })
    }
    const pool =
      resource.kind === 'diskful'
        ? (volumesOf(draft.state, definition, resource.node).find((row) => row.pool)?.pool ??
          resource.props.StorPoolName)
        : undefined
    if (resource.kind === 'diskful' && pool === undefined) {
      const problem = `its replica on ${resource.node} has no storage pool to put the volume in`
      return refuse('in-use', { noun: 'Resource definition', subject: definition, problem })
    }
    const refused =
      refuseOneMore(draft, resource, { number, pool, sizeKib }) ??
      createVolume(draft, resource, { number, pool })
    if (refused) return refused
  }
  beginVolumes(draft, definition)
  return undefined
}

function refuseOneMore(
  draft: Draft,
  resource: Resource,
  {
    number,
    pool,
    sizeKib,
  }: { readonly number: number; readonly pool: string | undefined; readonly sizeKib: number },
): Refusal | undefined {
  const definition = definitionOf(draft.state, resource.definition)
  const node = nodeOf(draft.state, resource.node)
  if (pool === undefined || !definition || !node) return undefined
  return refuseVolumeSpace(draft, definition, node, { pool, sizeKib, numbers: [number] })
}

/** bcache reads the size of a device when it is opened, and never again (seen on Linux 6.1). */
function refuseHeldOpen(
  { layers }: ResourceDefinition,
  row: VolumeDefinition,
  required: number,
): Refusal | undefined {
  const [top] = layers
  if (!layers.includes('BCACHE') || top === 'BCACHE') return undefined
  const subject = `${row.definition}/${row.number}`
  const problem = `bcache takes a new size when it is opened only, and ${top} keeps it open`
  const remedy = 'Make a definition of that size, copy what is to be kept, and delete this one.'
  return refuse('cannot-grow', { subject, measured: row.sizeKib, required, problem }, remedy)
}

function refuseGrowth(draft: Draft, row: VolumeDefinition, deltaKib: number): Refusal | undefined {
  for (const resource of resourcesOf(draft.state, row.definition)) {
    const volume = volumeOf(draft.state, row.definition, resource.node, row.number)
    const pool = volume?.isTwin ? undefined : volume?.pool
    const refused =
      pool === undefined || volume === undefined
        ? undefined
        : (refuseBeyondMetadata(volume, resource, row.sizeKib + deltaKib) ??
          refusePoolSpace(draft, resource.node, pool, deltaKib))
    if (refused) return refused
  }
  return undefined
}

/** DRBD keeps the size of external metadata as it was made, and its bitmap has to fit in. */
function refuseBeyondMetadata(
  volume: Volume | undefined,
  { peerSlots = limits.peerSlots.max }: Resource,
  sizeKib: number,
): Refusal | undefined {
  const metadata = volume && companionOf(volume, 'drbd-metadata')
  if (!metadata) return undefined
  const largest = externalCapacityKib(metadata.sizeKib, peerSlots)
  if (sizeKib <= largest) return undefined
  const subject = `${volume.definition}/${volume.number} on node ${volume.node}`
  return refuse(
    'metadata-too-small',
    { subject, measured: largest, required: sizeKib },
    'Make a larger volume and copy, or grow to no more than that.',
  )
}
