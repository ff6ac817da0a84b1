/** The DRBD part of a document: who the peers are, where they listen, which options hold. */
import {
  type DesiredDrbd,
  type DrbdHost,
  definitionOf,
  drbdSection,
  firstOf,
  groupOf,
  isLive,
  isYes,
  type MetadataStart,
  type Node,
  nameKey,
  nodeOf,
  type Props,
  poolOf,
  type Resource,
  resourcesOf,
  type State,
  thinProviders,
  type Volume,
  type VolumeDefinition,
  volumeOf,
  volumesOf,
} from '@varve/events'
import { connectionTo } from './connection.ts'
import { desiredSecret, type SecretSealer } from './secrets.ts'

/** R > RD > RG > N > C: the order for everything that holds for a whole resource (reference 3.1). */
function resourceChain(state: State, resource: Resource): (Props | undefined)[] {
  const definition = definitionOf(state, resource.definition)
  return [
    resource.props,
    definition?.props,
    definition && groupOf(state, definition.group)?.props,
    nodeOf(state, resource.node)?.props,
    state.controller.get('')?.props,
  ]
}

/** Who takes part in a definition's replication, for the documents of all its resources. */
export function hostsOf(state: State, definition: string): readonly DrbdHost[] {
  return resourcesOf(state, definition).flatMap((resource) =>
    isLive(resource) ? (hostOf(state, resource) ?? []) : [],
  )
}

/** Undefined while a host has no address or number yet: such a peer cannot be written down. */
export function desiredDrbd(
  state: State,
  resource: Resource,
  hosts: readonly DrbdHost[],
  sealer?: SecretSealer,
): DesiredDrbd | undefined {
  const definition = definitionOf(state, resource.definition)
  const isSelf = (host: DrbdHost) => host.nodeId === resource.nodeId
  const self = hosts.find(isSelf)
  if (!definition || !self) return undefined
  const chain = resourceChain(state, resource)
  const secret = desiredSecret(state, definition, resource.node, sealer)
  return {
    self,
    peers: hosts
      .filter((host) => !isSelf(host))
      .map((host) => ({ ...host, ...connectionTo(state, resource, host.node) })),
    peerSlots: resource.peerSlots ?? definition.peerSlots,
    options: drbdSection('Resource', chain),
    net: drbdSection('Net', chain),
    disk: drbdSection('Disk', chain),
    handlers: drbdSection('Handlers', chain),
    ...(secret === undefined ? {} : { secret }),
    forget: definition.retired
      .filter((retired) => retired.waiting.includes(nameKey(resource.node)))
      .map((retired) => retired.nodeId),
  }
}

/** `disk {}` of one volume: V > R > VD > RD > RG > N > C. */
export function volumeDiskOptions(
  state: State,
  resource: Resource,
  volume: Volume,
  row: VolumeDefinition,
): Props {
  const [own, ...rest] = resourceChain(state, resource)
  return drbdSection('Disk', [volume.props, own, row.props, ...rest])
}

/**
 * How metadata that does not exist yet shall begin (reference 3.4, with two differences). Where
 * every replica reads zeroes in what was never written, all begin equal, at day 0: whoever is
 * there first may be used at once, and late ones get what was written since. Elsewhere one replica
 * is the source and the others are synced whole. LINSTOR gives the source a generation of its own
 * in both cases; a replica that was used before the source appeared would then be a split brain.
 *
 * Day 0 stays the generation of the others as long as all are connected, whatever is written. So a
 * replica that comes when there is data, or whose storage was lost and is made anew, is synced whole:
 * at day 0 it would be empty and pass for equal (decision 0012).
 */
export function metadataStart(state: State, volume: Volume, row: VolumeDefinition): MetadataStart {
  if (volume.hasBeenInUse) return { kind: 'full-sync' }
  if (volume.from !== undefined) return { kind: 'restored' }
  if (volume.isLate) return { kind: 'full-sync' }
  if (canSkipSync(state, row)) return { kind: 'skip-sync' }
  if (row.source && !row.initialized && row.source.node === volume.node) {
    return { kind: 'source', generation: row.source.generation }
  }
  return { kind: 'full-sync' }
}

function canSkipSync(state: State, row: VolumeDefinition): boolean {
  const definition = definitionOf(state, row.definition)
  // Zeroes under one key are noise under another: unwritten blocks of two replicas differ.
  if (definition?.layers.includes('LUKS')) return false
  const chain = [
    definition?.props,
    definition && groupOf(state, definition.group)?.props,
    state.controller.get('')?.props,
  ]
  if (isYes(firstOf('DrbdOptions/ForceInitialSync', chain))) return false
  return resourcesOf(state, row.definition).every((resource) => {
    const volume = volumeOf(state, row.definition, resource.node, row.number)
    // What was restored has content that a new replica lacks.
    if (volume?.from !== undefined) return false
    const pool = volume?.pool
    const provider = pool && poolOf(state, resource.node, pool)?.provider
    return !provider || thinProviders.has(provider) || provider === 'ZFS'
  })
}

function hostOf(state: State, resource: Resource): DrbdHost | undefined {
  const node = nodeOf(state, resource.node)
  const address = node && addressOf(state, node, resource)
  const port = Math.min(...resource.ports)
  if (!node || address === undefined || resource.nodeId === undefined) return undefined
  if (!Number.isFinite(port)) return undefined
  return {
    node: node.name,
    uname: node.uname ?? node.name,
    nodeId: resource.nodeId,
    address,
    port,
    kind: resource.kind,
  }
}

/** `PrefNic` SP > R > RD > RG > N > C, else the interface named default, else the first. */
function addressOf(state: State, node: Node, resource: Resource): string | undefined {
  const pool = volumesOf(state, resource.definition, resource.node).find((row) => row.pool)?.pool
  const preferred = firstOf('PrefNic', [
    pool === undefined ? undefined : poolOf(state, node.name, pool)?.props,
    ...resourceChain(state, resource),
  ])
  const named = (name: string | undefined) =>
    name === undefined
      ? undefined
      : node.interfaces.find((row) => nameKey(row.name) === nameKey(name))
  return (named(preferred) ?? named('default') ?? node.interfaces[0])?.address
}
