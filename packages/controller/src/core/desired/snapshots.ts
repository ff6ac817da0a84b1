/** What a node shall do about the snapshots of a resource that it has. */
import {
  controllerProps,
  type DesiredSnapshot,
  type DesiredStorage,
  definitionOf,
  firstOf,
  groupOf,
  nameKey,
  nodeOf,
  type Provider,
  poolOf,
  type Resource,
  type Snapshot,
  type SnapshotNode,
  type State,
  type StoragePool,
  snapshotOf,
  snapshotsOf,
  type Volume,
  volumeDefinitionOf,
  volumeOf,
} from '@varve/events'
import { copyStep, desiredReceive, desiredSends } from './copies.ts'

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
    const step = copyStep(row, own) ?? steps[row.phase]
    if (step === 'nothing') return []
    const receive = desiredReceive(state, row, own)
    const sends = desiredSends(state, row, own)
    return [
      {
        snapshot: row.name,
        owner: row.origin.entry,
        step,
        ...(receive === undefined ? {} : { receive }),
        ...(sends.length === 0 ? {} : { sends }),
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
  const own = snapshot.nodes.find(({ node }) => nameKey(node) === nameKey(volume.node))
  const provider =
    volume.pool === undefined ? undefined : poolOf(state, volume.node, volume.pool)?.provider
  return {
    snapshot: snapshot.name,
    source: sourceName(snapshot.definition, volume.number, provider, own),
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
  { definition, phase }: Snapshot,
  own: SnapshotNode,
  { number, pool: name, owner: left }: SnapshotNode['volumes'][number],
): DesiredSnapshot['volumes'] {
  const pool = poolOf(state, own.node, name)
  const owner =
    left ??
    (own.copy ? own.copy.root.entry : volumeOf(state, definition, own.node, number)?.origin.entry)
  if (!pool || owner === undefined) return []
  const { provider, backing } = pool
  const source = sourceName(definition, number, provider, own)
  const isCopy = own.copy ? ({ isCopy: true } as const) : {}
  const isMoved = left !== undefined && isZfs(provider)
  const moved = isMoved ? { movedFrom: backingName(definition, number) } : {}
  const options = phase === 'taking' ? optionsFor(state, definition, number, pool) : undefined
  const words = options === undefined ? {} : { options }
  return [{ number, provider, backing, source, sourceOwner: owner, ...words, ...isCopy, ...moved }]
}

const optionKeys: Partial<Record<Provider, string>> = {
  LVM_THIN: 'StorDriver/LvcreateSnapshotOptions',
  ZFS: 'StorDriver/ZfsSnapshotOptions',
  ZFS_THIN: 'StorDriver/ZfsSnapshotOptions',
}

/** VD > RD > RG > pool > node > controller, as all of `StorDriver/*`. */
function optionsFor(
  state: State,
  definition: string,
  number: number,
  pool: StoragePool,
): string | undefined {
  const key = optionKeys[pool.provider]
  const row = definitionOf(state, definition)
  if (key === undefined || !row) return undefined
  return firstOf(key, [
    volumeDefinitionOf(state, definition, number)?.props,
    row.props,
    groupOf(state, row.group)?.props,
    pool.props,
    nodeOf(state, pool.node)?.props,
    controllerProps(state),
  ])
}

/**
 * A snapshot of ZFS cannot be without a volume. One that was received has a volume of its own, which
 * is not the resource's: so there may be a replica beside it.
 */
function sourceName(
  definition: string,
  number: number,
  provider: Provider | undefined,
  own: SnapshotNode | undefined,
): string {
  const source = backingName(definition, number)
  return own?.copy && isZfs(provider) ? `${source}_${own.copy.root.snapshot}` : source
}

const isZfs = (provider: Provider | undefined) => provider === 'ZFS' || provider === 'ZFS_THIN'

/**
 * What becomes of a volume whose replica goes while snapshots of it stay: on ZFS they lie in it, so
 * it gets another name, the one that `sourceName` gives to what the replica leaves behind.
 */
export function keptAs(
  state: State,
  { definition, node, phase, origin }: Resource,
  number: number,
  { provider }: StoragePool,
): string | undefined {
  if (phase.status === 'live' || !isZfs(provider)) return undefined
  const isTaken = snapshotsOf(state, definition).some(({ nodes }) =>
    nodes.some(
      (own) =>
        own.copy === undefined &&
        own.state !== 'removed' &&
        nameKey(own.node) === nameKey(node) &&
        own.volumes.some((place) => place.number === number),
    ),
  )
  return isTaken ? `${backingName(definition, number)}_${origin.entry}` : undefined
}
