/** The text of `events2 --now`, made again only for resources in which something has moved. */
import { existsLine, outOfSync, showAll } from './events.ts'
import type { DrbdKernel, EventOptions, PeerDevice, Resource } from './model.ts'
import { peerOf } from './model.ts'

/** All resources with their statistics and without times, `exists -` at the end. */
export function dumpText(kernel: DrbdKernel): string {
  let text = ''
  for (const resource of kernel.resources.values()) text += textOf(resource)
  return `${text}exists -\n`
}

function textOf(resource: Resource): string {
  const facts = factsOf(resource)
  const { dumped } = resource
  if (dumped && facts && isSame(dumped.facts, facts)) return dumped.text
  const lines = showAll(resource).map((shown) => existsLine('exists', shown, options))
  const text = `${lines.join('\n')}\n`
  resource.dumped = facts && { facts, text }
  return text
}

const options: EventOptions = { statistics: true, full: false, timestamps: false }

/**
 * All that showAll reads, which the law in replication.law.test.ts watches over. Undefined while
 * something syncs, since then the clock has its part in the text.
 */
function factsOf(resource: Resource): unknown[] | undefined {
  const { role, suspended, forceIoFailures, mayPromote, score } = resource
  const facts: unknown[] = [role, suspended, forceIoFailures, mayPromote, score]
  for (const each of resource.devices.values()) {
    facts.push(each.volume, each.minor, each.backing, each.backingPath, each.disk, each.client)
    facts.push(each.quorum, each.sizeKib, each.readKib, each.writtenKib)
  }
  for (const each of resource.connections.values()) {
    facts.push(each.peerNodeId, each.state, each.hidden, each.link?.resource.role)
    facts.push(each.local, each.peer, each.hasPath)
    for (const peerDevice of each.peerDevices.values()) {
      if (peerDevice.sync) return undefined
      addPeerDevice(facts, peerDevice)
    }
  }
  return facts
}

function addPeerDevice(facts: unknown[], peerDevice: PeerDevice): void {
  const { volume, replication, hasBitmap, resyncSuspended, receivedKib, sentKib } = peerDevice
  const peer = peerOf(peerDevice)
  facts.push(volume, replication, hasBitmap, resyncSuspended, receivedKib, sentKib)
  facts.push(peer?.disk, peer?.client, outOfSync(peerDevice))
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((fact, at) => fact === b[at])
}
