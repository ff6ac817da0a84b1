/** What the node tells of itself: its name, its release, and what it can do. */
import type { Capabilities, ObservedNode } from '@varve/events'
import { findCapabilities } from './capabilities.ts'
import type { Host } from './host/host.ts'
import { drbdVersion } from './inventory.ts'
import type { Report } from './observe.ts'
import type { NodeKey } from './secrets/node-key.ts'

export const satelliteVersion = '0.1.0'

/** Tells what the node is and can do; again, when DRBD's module has come or gone. */
export function createAnnouncer(
  { host, node }: { readonly host: Host; readonly node: string },
  parts: Pick<Report, 'publisher' | 'subjects' | 'source'> & { readonly key: NodeKey },
) {
  const { publisher, subjects, source, key } = parts
  let capabilities: Capabilities | undefined
  const announce = async () => {
    capabilities = await findCapabilities(host)
    const message: ObservedNode = {
      ...source(),
      uname: host.uname,
      version: satelliteVersion,
      capabilities,
      publicKey: key.publicKey,
    }
    const state = JSON.stringify({ ...message, at: 0 })
    publisher.offer(subjects.observed(node, 'node', node), message, state)
  }
  return {
    announce,
    refresh: async () => {
      if ((await drbdVersion(host)) !== capabilities?.drbdKernel) await announce()
    },
  }
}
