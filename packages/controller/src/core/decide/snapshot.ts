/** Snapshots: a cut through all replicas of a definition at one moment. */
import {
  type Args,
  type CloneAs,
  isRefusal,
  nameKey,
  type Props,
  type Refusal,
  type Resource,
  refer,
  refuse,
  snapshotOf,
  volumeDefinitionsOf,
  volumesOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { headerProps, inheritable, pick } from './inheritable.ts'
import { changeProperties } from './property.ts'
import { missing, refuseIfDeleting, refuseIfTaken, requireDefinition } from './require.ts'
import { refuseWhileChanging, requireSnapshot } from './snapshot-guard.ts'
import { chooseReplicas, holdersOf } from './snapshot-replicas.ts'

type Wanted = Args<'snapshot.create'> & {
  readonly auto?: number
  readonly cut?: string
  readonly cloneTo?: string
  readonly cloneAs?: CloneAs | undefined
  readonly rollbackTo?: string
}

export function createSnapshot(draft: Draft, args: Wanted): Refusal | undefined {
  const definition = requireDefinition(draft.state, args.definition)
  if (isRefusal(definition)) return definition
  const name = `${definition.name}/${args.snapshot}`
  const refused =
    refuseIfDeleting('Resource definition', definition.name, definition) ??
    refuseIfTaken('snapshot', name, snapshotOf(draft.state, definition.name, args.snapshot)) ??
    refuseWhileChanging(draft, definition)
  if (refused) return refused
  // Nothing to take, and where there is no device nobody could let input and output go on again.
  if (volumeDefinitionsOf(draft.state, definition.name).length === 0) {
    return missing('volume', `of ${definition.name}`)
  }
  const replicas = chooseReplicas(draft, definition, args.nodes)
  if (isRefusal(replicas)) return replicas
  const suspends = definition.layers.includes('DRBD')
  const holders = suspends ? holdersOf(draft, definition, replicas) : replicas
  if (isRefusal(holders)) return holders
  const target = refer('snapshot', definition.name, args.snapshot)
  const operation = draft.startOperation('create-snapshot', target)
  draft.reply = { operation, snapshot: args.snapshot }
  draft.record({
    type: 'snapshot.created',
    definition: definition.name,
    snapshot: args.snapshot,
    operation,
    nodes: holders.map((resource) => ({
      node: resource.node,
      ...(resource.nodeId === undefined ? {} : { nodeId: resource.nodeId }),
      ...(resource.peerSlots === undefined ? {} : { peerSlots: resource.peerSlots }),
      volumes: replicas.includes(resource) ? placesOf(draft, resource) : [],
    })),
    volumes: volumeDefinitionsOf(draft.state, definition.name).map(
      ({ number, sizeKib, gross, luksKey, luksKeyBoundTo, luksKeyIsChosen, props }) => ({
        number,
        sizeKib,
        ...(gross ? { gross } : {}),
        ...(luksKey === undefined ? {} : { key: luksKey }),
        ...(luksKeyBoundTo === undefined ? {} : { boundTo: luksKeyBoundTo }),
        ...(luksKeyIsChosen ? { isChosen: true } : {}),
        ...someProps({ ...pick(props, headerProps), ...inheritable('volume-definition', props) }),
      }),
    ),
    ...someProps(inheritable('resource-definition', definition.props)),
    suspends,
    ...(args.auto === undefined ? {} : { auto: args.auto }),
    ...(args.cut === undefined ? {} : { cut: args.cut }),
    ...(args.cloneTo === undefined ? {} : { cloneTo: args.cloneTo }),
    ...(args.cloneAs === undefined ? {} : { cloneAs: args.cloneAs }),
    ...(args.rollbackTo === undefined ? {} : { rollbackTo: args.rollbackTo }),
  })
  return undefined
}

/** One entry makes all of them, so they are under way together or not at all. */
export function createSnapshots(
  draft: Draft,
  { snapshots }: Args<'snapshot.create-multiple'>,
): Refusal | undefined {
  const twice = snapshots.find((one, at) =>
    snapshots.slice(0, at).some((other) => nameKey(other.definition) === nameKey(one.definition)),
  )
  if (twice) {
    const problem = `${twice.definition} stands there twice, and one moment is one snapshot of it`
    return refuse('invalid-arguments', { subject: 'snapshots', problem })
  }
  const [first] = snapshots
  const cut = snapshots.length > 1 ? { cut: draft.context.entry } : {}
  for (const one of snapshots) {
    const refused = createSnapshot(draft, { ...one, ...cut })
    if (refused) return refused
  }
  const about = first && snapshotOf(draft.state, first.definition, first.snapshot)
  draft.reply = about?.operation === undefined ? {} : { operation: about.operation }
  return undefined
}

export function modifySnapshot(draft: Draft, args: Args<'snapshot.modify'>): Refusal | undefined {
  const row = requireSnapshot(draft, args.definition, args.snapshot)
  if (isRefusal(row)) return row
  return changeProperties(draft, refer('snapshot', row.definition, row.name), args)
}

const someProps = (props: Props) => (Object.keys(props).length === 0 ? {} : { props })

function placesOf(draft: Draft, { definition, node }: Resource) {
  return volumesOf(draft.state, definition, node).flatMap(({ number, pool }) =>
    pool === undefined ? [] : [{ number, pool }],
  )
}
