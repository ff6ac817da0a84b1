/** The DRBD part of a document: who the peers are, where they listen, which options hold. */
import {
  type DesiredDrbd,
  type DrbdHost,
  drbdSection,
  firstOf,
  isLive,
  isYes,
  type MetadataStart,
  type Node,
  nameKey,
  type Props,
  thinProviders,
  type Volume,
  type VolumeDefinition,
} from '@varve/events'
import { interfaceAddress } from './address.ts'
import { connectionTo, plainConnection } from './connection.ts'
import type { Member, Scene } from './scene.ts'
import { desiredSecret, type SecretSealer } from './secrets.ts'

/** Who takes part in a definition's replication, for the documents of all its resources. */
export function hostsOf({ members }: Scene): readonly DrbdHost[] {
  return members.flatMap((member) => (isLive(member.resource) ? (hostOf(member) ?? []) : []))
}

/** Undefined while a host has no address or number yet: such a peer cannot be written down. */
export function desiredDrbd(
  scene: Scene,
  member: Member,
  hosts: readonly DrbdHost[],
  sealer?: SecretSealer,
): DesiredDrbd | undefined {
  const { definition } = scene
  const { resource, chain } = member
  const isSelf = (host: DrbdHost) => host.nodeId === resource.nodeId
  const self = hosts.find(isSelf)
  if (!self) return undefined
  const plain = plainConnection(member)
  const peers: DesiredDrbd['peers'] = []
  for (const host of hosts) {
    if (!isSelf(host)) peers.push({ ...host, ...connectionTo(scene, member, host.node, plain) })
  }
  return {
    self,
    peers,
    peerSlots: resource.peerSlots ?? definition.peerSlots,
    options: drbdSection('Resource', chain),
    net: drbdSection('Net', chain),
    disk: drbdSection('Disk', chain),
    handlers: drbdSection('Handlers', chain),
    secret: desiredSecret(scene.state, definition, resource.node, sealer),
    forget: definition.retired
      .filter((retired) => retired.waiting.includes(nameKey(resource.node)))
      .map((retired) => retired.nodeId),
  }
}

/** `disk {}` of one volume: V > R > VD > RD > RG > N > C. */
export function volumeDiskOptions({ chain }: Member, volume: Volume, row: VolumeDefinition): Props {
  const [own, ...rest] = chain
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
export function metadataStart(scene: Scene, volume: Volume, row: VolumeDefinition): MetadataStart {
  if (volume.hasBeenInUse) return { kind: 'full-sync' }
  if (volume.from !== undefined) return { kind: 'restored' }
  if (volume.isLate) return { kind: 'full-sync' }
  if (canSkipSync(scene, row)) return { kind: 'skip-sync' }
  if (row.source && !row.initialized && row.source.node === volume.node) {
    return { kind: 'source', generation: row.source.generation }
  }
  return { kind: 'full-sync' }
}

function canSkipSync(scene: Scene, row: VolumeDefinition): boolean {
  const { definition, groupProps, controllerProps, members } = scene
  // Zeroes under one key are noise under another: unwritten blocks of two replicas differ.
  if (definition.layers.includes('LUKS')) return false
  const chain = [definition.props, groupProps, controllerProps]
  if (isYes(firstOf('DrbdOptions/ForceInitialSync', chain))) return false
  return members.every(({ parts }) => {
    const part = parts.find(({ volume }) => volume.number === row.number)
    // What was restored has content that a new replica lacks.
    if (part?.volume.from !== undefined) return false
    const provider = part?.pool?.provider
    return !provider || thinProviders.has(provider) || provider === 'ZFS'
  })
}

function hostOf(member: Member): DrbdHost | undefined {
  const { resource, node } = member
  const address = node && addressOf(member, node)
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

/** `PrefNic` SP > R > RD > RG > N > C. */
function addressOf({ parts, chain }: Member, node: Node): string | undefined {
  const pool = parts.find(({ volume }) => volume.pool !== undefined)?.pool
  return interfaceAddress(node, [pool?.props, ...chain])
}
