/** What a node shall do about the snapshots of a resource that it has. */
import {
  type DesiredSnapshot,
  type DesiredStorage,
  nameKey,
  poolOf,
  type Snapshot,
  type SnapshotNode,
  type State,
  snapshotOf,
  snapshotsOf,
  type Volume,
  volumeOf,
} from '@varve/events'

const steps = {
  suspending: 'suspend',
  taking: 'take',
  resuming: 'keep',
  ready: 'keep',
  failed: 'remove',
  deleting: 'remove',
} as const satisfies Record<Snapshot['phase'], DesiredSnapshot['step']>

export function desiredSnapshots(
  state: State,
  definition: string,
  node: string,
): DesiredSnapshot[] {
  return snapshotsOf(state, definition).flatMap((row) => {
    const own = row.nodes.find((one) => nameKey(one.node) === nameKey(node))
    if (!own || isNothingLeft(row, own)) return []
    return [
      {
        snapshot: row.name,
        owner: row.origin.entry,
        step: steps[row.phase],
        volumes: own.volumes.flatMap((volume) => place(state, row, own, volume)),
      },
    ]
  })
}

/** The name of a volume's backing object, as LINSTOR's (reference 4). */
export function backingName(definition: string, number: number): string {
  return `${definition}_${String(number).padStart(5, '0')}`
}

/** Where a volume's content comes from, as long as that is there. */
export function contentOf(state: State, volume: Volume): DesiredStorage['from'] {
  const { from } = volume
  const snapshot = from && snapshotOf(state, from.definition, from.snapshot)
  if (!snapshot) return undefined
  return {
    snapshot: snapshot.name,
    source: backingName(snapshot.definition, volume.number),
    owner: snapshot.origin.entry,
  }
}

/** A node without a replica only held its input and output; a failed snapshot leaves nothing. */
function isNothingLeft(row: Snapshot, own: SnapshotNode): boolean {
  if (row.phase === 'ready') return own.volumes.length === 0
  return row.phase === 'failed' && own.state === 'removed'
}

function place(
  state: State,
  { definition }: Snapshot,
  { node }: SnapshotNode,
  { number, pool: name }: SnapshotNode['volumes'][number],
): DesiredSnapshot['volumes'] {
  const pool = poolOf(state, node, name)
  const volume = volumeOf(state, definition, node, number)
  if (!pool || !volume) return []
  const { provider, backing } = pool
  const source = backingName(definition, number)
  return [{ number, provider, backing, source, sourceOwner: volume.origin.entry }]
}
