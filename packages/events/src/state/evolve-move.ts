/** Replicas that get a disk, give theirs up, or make way for another one. */
import type { EventOf } from '../event.ts'
import { keyOf } from '../names.ts'
import { volumeGone } from './evolve-resource.ts'
import { volumesOf } from './lookup.ts'
import type { Origin, Resource, Volume } from './records.ts'
import type { State } from './state.ts'
import { update } from './update.ts'

type About = { readonly definition: string; readonly node: string }

export function diskAdditionStarted(
  state: State,
  event: EventOf<'resource.disk-addition-started'>,
): void {
  const { operation, was } = event
  change(state, event, (row) => ({ ...row, adding: { operation, was } }))
}

export function diskAdded(state: State, event: About): void {
  change(state, event, (row) => ({ ...row, adding: undefined }))
}

/** What it has of storage counts until it is gone: nobody else can have that room before. */
export function diskRemovalStarted(
  state: State,
  event: EventOf<'resource.disk-removal-started'>,
  origin: Origin,
): void {
  const { kind, operation } = event
  change(state, event, (row) => ({
    ...row,
    kind,
    diskfulBy: undefined,
    adding: undefined,
    hadDisk: true,
    removing: { operation, since: origin.sequence },
  }))
  changeVolumes(state, event, (row) => ({ ...row, isLeaving: true, disk: undefined }))
}

export function diskRemoved(state: State, event: About): void {
  change(state, event, (row) => ({ ...row, removing: undefined }))
  for (const row of volumesOf(state, event.definition, event.node)) {
    if (!row.isLeaving) continue
    volumeGone(state, row)
    const { definition, node, number, props, origin } = row
    const empty: Volume = { definition, node, number, props, origin }
    state.volumes.set(keyOf(definition, node, number), empty)
  }
}

export function diskKept(state: State, event: About): void {
  change(state, event, (row) => ({ ...row, kind: 'diskful', removing: undefined }))
  changeVolumes(state, event, (row) => ({ ...row, isLeaving: undefined }))
}

export function replacementStarted(
  state: State,
  event: EventOf<'resource.replacement-started'>,
): void {
  const { operation, by, leaveSnapshots } = event
  const leaving = {
    operation,
    ...(by === undefined ? {} : { by }),
    ...(leaveSnapshots ? { leaveSnapshots } : {}),
  }
  change(state, event, (row) => ({ ...row, leaving, blocked: undefined }))
}

export function replacementDropped(state: State, event: About): void {
  change(state, event, (row) => ({ ...row, leaving: undefined }))
}

function change(state: State, { definition, node }: About, edit: (row: Resource) => Resource) {
  update(state.resources, keyOf(definition, node), edit)
}

/** Those with storage only: volumes that came meanwhile have none. */
function changeVolumes(state: State, { definition, node }: About, edit: (row: Volume) => Volume) {
  for (const row of volumesOf(state, definition, node)) {
    if (row.pool !== undefined) state.volumes.set(keyOf(definition, node, row.number), edit(row))
  }
}
