/** Who takes part in a definition's replication, and where they listen. */
import type { DrbdHost, Node } from '@varve/events'
import { interfaceAddress } from './address.ts'
import type { Member, Scene } from './scene.ts'

/**
 * For the documents of all its resources. One that is being deleted takes part until it is gone:
 * somebody may have it open there, or open it before its satellite gets to it, and what is written
 * then has to be on the others. Its own node ends it, never the peers.
 */
export function hostsOf({ members }: Scene): readonly DrbdHost[] {
  return members.flatMap((member) => hostOf(member) ?? [])
}

/** Undefined while a host has no address or number yet: such a peer cannot be written down. */
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
