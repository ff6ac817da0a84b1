/** The DRBD part of a document: who the peers are, where they listen, which options hold. */
import {
  type DesiredDrbd,
  drbdSection,
  type MetadataStart,
  nameKey,
  type Props,
  type Volume,
  type VolumeDefinition,
} from '@varve/events'
import { type Common, optionsOf } from './common.ts'
import { connectionTo } from './connection.ts'
import { isEmpty, type Member } from './scene.ts'
import { desiredSecret, type SecretSealer } from './secrets.ts'

/** Undefined while a host has no address or number yet: it cannot be written down. */
export function desiredDrbd(
  common: Common,
  member: Member,
  sealer?: SecretSealer,
): DesiredDrbd | undefined {
  const { state, definition } = common
  const { resource } = member
  const self = common.hosts.find((host) => host.nodeId === resource.nodeId)
  if (!self) return undefined
  const { options, net, disk, handlers, peer } = optionsOf(common, member)
  const plain = { net: none, disk: peer }
  const peers: DesiredDrbd['peers'] = []
  for (const host of common.hosts) {
    if (host !== self) peers.push({ ...host, ...connectionTo(common, member, host.node, plain) })
  }
  return {
    self,
    peers,
    peerSlots: resource.peerSlots ?? definition.peerSlots,
    options,
    net,
    disk,
    handlers,
    secret: desiredSecret(state, definition, resource.node, sealer),
    forget: definition.retired
      .filter((retired) => retired.waiting.includes(nameKey(resource.node)))
      .map((retired) => retired.nodeId),
  }
}

/** `disk {}` of one volume: V > R > VD > RD > RG > N > C. */
export function volumeDiskOptions(
  common: Common,
  member: Member,
  { props }: Volume,
  row: VolumeDefinition,
): Props {
  if (isEmpty(props) && isEmpty(row.props)) return optionsOf(common, member).disk
  const [own, ...rest] = member.chain
  return drbdSection('Disk', [props, own, row.props, ...rest])
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
export function metadataStart(
  { skipsSync }: Common,
  volume: Volume,
  row: VolumeDefinition,
): MetadataStart {
  if (volume.hasBeenInUse) return { kind: 'full-sync' }
  if (volume.from !== undefined) return { kind: 'restored' }
  if (volume.isLate) return { kind: 'full-sync' }
  if (skipsSync.has(row.number)) return { kind: 'skip-sync' }
  if (row.source && !row.initialized && row.source.node === volume.node) {
    return { kind: 'source', generation: row.source.generation }
  }
  return { kind: 'full-sync' }
}

const none: Props = {}
