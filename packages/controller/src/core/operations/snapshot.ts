/** Moves a snapshot from phase to phase as its nodes report; fails it when one of them cannot. */
import {
  type Args,
  keyOf,
  nameKey,
  type ObservedSnapshot,
  poolOf,
  refer,
  type Snapshot,
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
  return state.volumes.by('from', keyOf(row.definition, row.name)).find(({ node, pool, from }) => {
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

/** Only what is under way can fail: what is there stays, and what is leaving goes on leaving. */
function failSnapshot(draft: Draft, row: Snapshot, problem: string): void {
  if (row.phase !== 'suspending' && row.phase !== 'taking' && row.phase !== 'resuming') return
  const { definition, name: snapshot, operation } = row
  draft.record({ type: 'snapshot.failed', definition, snapshot, problem })
  finish(draft, operation)
}

/** Longer than a node may hold input and output, so nobody waits for it any more. */
export function expireSnapshot(draft: Draft, args: Args<'snapshot.expire'>): undefined {
  const row = snapshotOf(draft.state, args.definition, args.snapshot)
  if (!row) return undefined
  const wanted = snapshotAwaits[row.phase]
  const late = row.nodes.filter(({ state }) => state !== wanted).map(({ node }) => node)
  failSnapshot(draft, row, `no word in time from ${late.join(', ')} while ${row.phase}`)
  return undefined
}

function settle(draft: Draft, row: Snapshot): void {
  const { definition, name: snapshot, operation } = row
  if (row.phase !== 'deleting' && row.nodes.every(({ volumes }) => volumes.length === 0)) {
    failSnapshot(draft, row, 'every node that was to have it is lost')
    return
  }
  if (!row.nodes.every(({ state }) => state === snapshotAwaits[row.phase])) return
  switch (row.phase) {
    case 'suspending':
      draft.record({ type: 'snapshot.taking', definition, snapshot })
      return
    case 'taking':
      draft.record({ type: 'snapshot.resuming', definition, snapshot })
      return
    case 'resuming':
      draft.record({ type: 'snapshot.completed', definition, snapshot })
      finish(draft, operation)
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

function finish(draft: Draft, operation: string | undefined): void {
  if (operation !== undefined && draft.state.operations.has(operation)) {
    draft.record({ type: 'operation.finished', operation })
  }
}
