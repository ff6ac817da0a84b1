/** What the node tells of itself: its name, its release, and what it can do. */
import type { Capabilities, ObservedNode } from '@varve/events'
import { findCapabilities } from './capabilities.ts'
import type { Host } from './host/host.ts'
import { drbdVersion } from './inventory.ts'
import type { Report } from './observe.ts'
import type { Publisher } from './publish.ts'
import type { NodeKey } from './secrets/node-key.ts'

export const satelliteVersion = '0.1.0'

/**
 * Tells what the node is and can do; again, when DRBD's module has come or gone, or when a tool was
 * too slow to say: a busy machine is not one without it.
 */
export function createAnnouncer(
  { host, node }: { readonly host: Host; readonly node: string },
  parts: Pick<Report, 'subjects' | 'source'> & {
    readonly publisher: Pick<Publisher, 'offer'>
    readonly key: Pick<NodeKey, 'publicKey'>
  },
) {
  const { publisher, subjects, source, key } = parts
  let capabilities: Capabilities | undefined
  let isSure = false
  const asked: Host = {
    ...host,
    run: async (argv, options) => {
      const result = await host.run(argv, options)
      if (result.timedOut) isSure = false
      return result
    },
  }
  const announce = async () => {
    isSure = true
    capabilities = await findCapabilities(asked)
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
      const isOther = (await drbdVersion(host)) !== capabilities?.drbdKernel
      if (isOther || !isSure) await announce()
    },
  }
}
