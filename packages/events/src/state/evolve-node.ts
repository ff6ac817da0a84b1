/** Nodes, their net interfaces and storage pools. */
import type { EventOf } from '../event.ts'
import { keyOf, nameKey } from '../names.ts'
import { live, noProps } from './common.ts'
import { forgetProposals } from './evolve-policy.ts'
import type { NetInterface, Node, Origin } from './records.ts'
import { portsOf, type State } from './state.ts'
import { update } from './update.ts'

export function nodeCreated(state: State, event: EventOf<'node.created'>, origin: Origin): void {
  state.nodes.set(nameKey(event.node), {
    name: event.node,
    kind: event.kind,
    props: noProps,
    interfaces: [],
    link: { status: 'unknown' },
    phase: live,
    origin,
  })
}

export function nodeKindChanged(state: State, event: EventOf<'node.kind-changed'>): void {
  update(state.nodes, nameKey(event.node), (node): Node => ({ ...node, kind: event.kind }))
}

export function nodeDeletionStarted(
  state: State,
  event: EventOf<'node.deletion-started'>,
  origin: Origin,
): void {
  update(
    state.nodes,
    nameKey(event.node),
    (node): Node => ({
      ...node,
      phase: { status: 'deleting', operation: event.operation, since: origin.sequence },
    }),
  )
}

/** `node.deleted` and `node.lost` leave the same: no node, no pools, no peer that waits for it. */
export function nodeGone(state: State, event: { node: string }): void {
  const key = nameKey(event.node)
  for (const poolKey of state.pools.keysBy('node', key)) {
    state.pools.delete(poolKey)
    state.poolUsage.delete(poolKey)
  }
  for (const devicePool of state.devicePools.keysBy('node', key)) {
    state.devicePools.delete(devicePool)
  }
  for (const end of ['first', 'second']) {
    for (const row of state.nodeConnections.keysBy(end, key)) state.nodeConnections.delete(row)
  }
  state.nodes.delete(key)
  forgetProposals(state, `node/${event.node}`)
}

export function nodeConnected(
  state: State,
  event: EventOf<'node.connected'>,
  origin: Origin,
): void {
  update(
    state.nodes,
    nameKey(event.node),
    (node): Node => ({
      ...node,
      link: { status: 'online', boot: event.boot, since: origin.at },
    }),
  )
}

export function nodeDisconnected(
  state: State,
  event: EventOf<'node.disconnected'>,
  origin: Origin,
): void {
  update(
    state.nodes,
    nameKey(event.node),
    (node): Node => ({
      ...node,
      link: { status: 'offline', since: origin.at },
    }),
  )
}

export function nodeDescribed(state: State, event: EventOf<'node.described'>): void {
  update(
    state.nodes,
    nameKey(event.node),
    (node): Node => ({
      ...node,
      uname: event.uname,
      capabilities: event.capabilities,
    }),
  )
}

export function nodeKeyChanged(state: State, event: EventOf<'node.key-changed'>): void {
  const { publicKey } = event
  update(state.nodes, nameKey(event.node), (node): Node => ({ ...node, publicKey }))
}

/** Created and changed alike: the interface as the event gives it, in name order. */
export function netInterfacePut(
  state: State,
  event: EventOf<'net-interface.created'> | EventOf<'net-interface.changed'>,
): void {
  const row: NetInterface = {
    name: event.name,
    address: event.address,
    ...(event.port === undefined ? {} : { port: event.port }),
  }
  update(
    state.nodes,
    nameKey(event.node),
    (node): Node => ({
      ...node,
      interfaces: [...withoutInterface(node.interfaces, event.name), row].sort((a, b) =>
        nameKey(a.name) < nameKey(b.name) ? -1 : 1,
      ),
    }),
  )
}

export function netInterfaceDeleted(state: State, event: EventOf<'net-interface.deleted'>): void {
  update(
    state.nodes,
    nameKey(event.node),
    (node): Node => ({
      ...node,
      interfaces: withoutInterface(node.interfaces, event.name),
    }),
  )
}

export function poolDefinitionCreated(
  state: State,
  event: EventOf<'storage-pool-definition.created'>,
  origin: Origin,
): void {
  state.poolDefinitions.set(nameKey(event.pool), { name: event.pool, props: noProps, origin })
}

export function poolCreated(
  state: State,
  event: EventOf<'storage-pool.created'>,
  origin: Origin,
): void {
  state.pools.set(keyOf(event.node, event.pool), {
    node: event.node,
    name: event.pool,
    provider: event.provider,
    backing: event.backing,
    ...(event.sharedSpace === undefined ? {} : { sharedSpace: event.sharedSpace }),
    ...(event.externalLocking === undefined ? {} : { externalLocking: event.externalLocking }),
    props: noProps,
    origin,
  })
}

export function poolDeleted(state: State, event: EventOf<'storage-pool.deleted'>): void {
  state.pools.delete(keyOf(event.node, event.pool))
  state.poolUsage.delete(keyOf(event.node, event.pool))
}

export function poolMeasured(state: State, event: EventOf<'storage-pool.measured'>): void {
  update(state.pools, keyOf(event.node, event.pool), (pool) => ({
    ...pool,
    granularityKib: event.granularityKib,
  }))
}

export function poolFailed(state: State, event: EventOf<'storage-pool.failed'>): void {
  update(state.pools, keyOf(event.node, event.pool), (pool) => ({
    ...pool,
    problem: event.problem,
  }))
}

export function poolRecovered(state: State, event: EventOf<'storage-pool.recovered'>): void {
  update(state.pools, keyOf(event.node, event.pool), ({ problem: _, ...pool }) => pool)
}

/** Takes or gives back the TCP ports of a resource on its node. */
export function holdPorts(
  state: State,
  node: string,
  ports: readonly number[],
  hold: boolean,
): void {
  for (const port of ports) {
    if (hold) state.numbers.add(portsOf(node), port)
    else state.numbers.delete(portsOf(node), port)
  }
}

function withoutInterface(interfaces: readonly NetInterface[], name: string): NetInterface[] {
  return interfaces.filter((row) => nameKey(row.name) !== nameKey(name))
}
