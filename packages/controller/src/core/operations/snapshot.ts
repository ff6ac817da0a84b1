/** Moves a snapshot from phase to phase as its nodes report; fails it when one of them cannot. */
import {
  type Args,
  keyOf,
  nameKey,
  type ObservedSnapshot,
  poolOf,
  refer,
  type Snapshot,
  type SnapshotNode,
  type State,
  snapshotAwaits,
  snapshotOf,
  snapshotsOf,
  type Volume,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { observeCopy, settleCopies } from './copy.ts'

/** What a node says of a definition's snapshots. */
export function observeSnapshots(
  draft: Draft,
  definition: string,
  node: string,
  observed: readonly ObservedSnapshot[],
): void {
  for (const seen of observed) {
    const row = snapshotOf(draft.state, definition, seen.snapshot)
    if (row?.origin.entry !== seen.owner) continue
    const own = row.nodes.find((one) => nameKey(one.node) === nameKey(node))
    if (!own) continue
    if (own.leaving !== undefined) {
      if (seen.state === 'removed') removePart(draft, row, own)
      continue
    }
    if (own.copy) {
      observeCopy(draft, row, own, seen)
      continue
    }
    if (seen.state === 'failed') failSnapshot(draft, row, `node ${own.node}: ${seen.problem ?? ''}`)
    else if (seen.state === snapshotAwaits[row.phase] && own.state !== seen.state) {
      const { definition: name, name: snapshot } = row
      const { state } = seen
      draft.record({
        type: 'snapshot.node-reached',
        ...{ definition: name, snapshot, node: own.node, state },
      })
    }
  }
}

/** Of a snapshot that is deleted as a whole by now this is a part of that. */
function removePart(draft: Draft, row: Snapshot, { node, leaving }: SnapshotNode): void {
  const { definition, name: snapshot } = row
  draft.record({ type: 'snapshot.part-deleted', definition, snapshot, node })
  const left = snapshotOf(draft.state, definition, snapshot)?.nodes ?? []
  if (!left.some((one) => one.leaving === leaving)) finish(draft, leaving)
}

/** Every snapshot of the definition that has all it waited for. */
export function settleSnapshots(draft: Draft, definition: string): void {
  for (const row of snapshotsOf(draft.state, definition)) {
    settle(draft, row)
    settleCopies(draft, row)
    const now = snapshotOf(draft.state, definition, row.name)
    if (now) dropUnneeded(draft, now)
  }
}

/**
 * A volume that cannot do without the snapshot: one that is not there yet, or a zvol, which shares
 * its blocks for ever. Thin volumes and files do not mind.
 */
export function dependentOf(state: State, row: Snapshot): Volume | undefined {
  return dependentsOf(state, row)[0]
}

export function dependentsOf(state: State, row: Snapshot): readonly Volume[] {
  return state.volumes
    .by('from', keyOf(row.definition, row.name))
    .filter(({ node, pool, from }) => {
      const provider = pool === undefined ? undefined : poolOf(state, node, pool)?.provider
      return from?.isThere !== true || provider === 'ZFS' || provider === 'ZFS_THIN'
    })
}

/** What was taken for a clone goes when that no longer needs it. */
function dropUnneeded(draft: Draft, row: Snapshot): void {
  if (row.phase !== 'ready' || row.cloned !== true || dependentOf(draft.state, row)) return
  const { definition, name: snapshot } = row
  const operation = draft.startOperation('delete-snapshot', refer('snapshot', definition, snapshot))
  draft.record({ type: 'snapshot.deletion-started', definition, snapshot, operation })
}

const inMotion: ReadonlySet<Snapshot['phase']> = new Set(['suspending', 'taking', 'resuming'])

/**
 * Only what is under way can fail: what is there stays, and what is leaving goes on leaving. With it
 * fail all others of the same cut.
 */
function failSnapshot(draft: Draft, row: Snapshot, problem: string): void {
  if (!inMotion.has(row.phase)) return
  for (const { definition, name: snapshot, operation } of cutOf(draft.state, row)) {
    const isItself = nameKey(definition) === nameKey(row.definition)
    const why = isItself ? problem : `${row.definition}, of the same moment, failed: ${problem}`
    draft.record({ type: 'snapshot.failed', definition, snapshot, problem: why })
    finish(draft, operation)
  }
}

/** What is taken at the same moment and under way: all of them, or it alone. */
function cutOf(state: State, row: Snapshot): readonly Snapshot[] {
  if (row.cut === undefined || !inMotion.has(row.phase)) return [row]
  return state.snapshots.by('underway', 'yes').filter(({ cut }) => cut === row.cut)
}

/** Longer than a node may hold input and output, so nobody waits for it any more. */
export function expireSnapshot(draft: Draft, args: Args<'snapshot.expire'>): undefined {
  const row = snapshotOf(draft.state, args.definition, args.snapshot)
  if (!row) return undefined
  const wanted = snapshotAwaits[row.phase]
  const late = cutOf(draft.state, row).flatMap(({ nodes }) =>
    nodes.filter(({ state }) => state !== wanted).map(({ node }) => node),
  )
  const names = [...new Set(late)].join(', ')
  failSnapshot(draft, row, `no word in time from ${names} while ${row.phase}`)
  return undefined
}

function settle(draft: Draft, row: Snapshot): void {
  const { definition, name: snapshot, operation } = row
  if (row.phase !== 'deleting' && row.nodes.every(({ volumes }) => volumes.length === 0)) {
    failSnapshot(draft, row, 'every node that was to have it is lost')
    return
  }
  const cut = cutOf(draft.state, row)
  if (!cut.every(hasReached)) return
  switch (row.phase) {
    case 'suspending':
      for (const one of cut) draft.record({ type: 'snapshot.taking', ...nameOf(one) })
      return
    case 'taking':
      for (const one of cut) draft.record({ type: 'snapshot.resuming', ...nameOf(one) })
      return
    case 'resuming':
      for (const one of cut) {
        draft.record({ type: 'snapshot.completed', ...nameOf(one) })
        finish(draft, one.operation)
      }
      return
    case 'deleting':
      draft.record({ type: 'snapshot.deleted', definition, snapshot })
      finish(draft, operation)
      return
    // Both stay until somebody deletes them.
    case 'ready':
    case 'failed':
  }
}

const nameOf = ({ definition, name }: Snapshot) => ({ definition, snapshot: name })

const hasReached = ({ nodes, phase }: Snapshot) =>
  nodes.every(({ state }) => state === snapshotAwaits[phase])

function finish(draft: Draft, operation: string | undefined): void {
  if (operation !== undefined && draft.state.operations.has(operation)) {
    draft.record({ type: 'operation.finished', operation })
  }
}
