/** What both ends of a copy are told: each the other's key, and where the receiver listens. */
import {
  type DesiredReceive,
  type DesiredSend,
  type DesiredSnapshot,
  definitionOf,
  groupOf,
  nameKey,
  nodeOf,
  poolOf,
  type Snapshot,
  type SnapshotNode,
  type State,
  snapshotOf,
} from '@varve/events'
import { shippingRanges } from '../allocate/auto-range.ts'
import { interfaceAddress } from './address.ts'

/** Undefined: there is no copy, and the snapshot's own phase says what is to be done. */
export function copyStep(
  row: Snapshot,
  { copy, state, leaving }: SnapshotNode,
): DesiredSnapshot['step'] | 'nothing' | undefined {
  if (leaving !== undefined) return 'remove'
  if (copy?.status === 'failed') return state === 'removed' ? 'nothing' : 'remove'
  return copy?.status === 'receiving' && row.phase === 'ready' ? 'receive' : undefined
}

export function desiredReceive(
  state: State,
  row: Snapshot,
  own: SnapshotNode,
): DesiredReceive | undefined {
  const { copy } = own
  if (copy?.status !== 'receiving') return undefined
  const publicKey = nodeOf(state, copy.from)?.publicKey
  const address = addressOf(state, row, own)
  if (publicKey === undefined || address === undefined) return undefined
  return {
    operation: copy.operation,
    publicKey,
    address,
    ...baseOf(state, row, copy.base),
    from: copy.from,
    ports: shippingRanges(state).map(({ min, max }) => ({ min, max })),
  }
}

/** To whom this node sends: receivers that listen. */
export function desiredSends(state: State, row: Snapshot, own: SnapshotNode): DesiredSend[] {
  return row.nodes.flatMap((other) => {
    const { copy } = other
    if (copy?.status !== 'receiving' || nameKey(copy.from) !== nameKey(own.node)) return []
    const publicKey = nodeOf(state, other.node)?.publicKey
    const address = addressOf(state, row, other)
    if (copy.port === undefined || publicKey === undefined || address === undefined) return []
    const { operation, port, base } = copy
    return [{ operation, publicKey, address, ...baseOf(state, row, base), to: other.node, port }]
  })
}

function baseOf(state: State, { definition }: Snapshot, name: string | undefined) {
  const base = name === undefined ? undefined : snapshotOf(state, definition, name)
  return base ? { base: { snapshot: base.name, owner: base.origin.entry } } : {}
}

/** `PrefNic` as for replication: SP > RD > RG > N > C. */
function addressOf(state: State, row: Snapshot, { node: name, volumes }: SnapshotNode) {
  const node = nodeOf(state, name)
  const definition = definitionOf(state, row.definition)
  const pool = volumes[0]?.pool
  return (
    node &&
    interfaceAddress(node, [
      pool === undefined ? undefined : poolOf(state, name, pool)?.props,
      definition?.props,
      definition && groupOf(state, definition.group)?.props,
      node.props,
      state.controller.get('')?.props,
    ])
  )
}
