/** What happens to nodes and their net interfaces. */
import { z } from 'zod'
import { Capabilities } from '../capabilities.ts'
import { NodeKind } from '../kinds.ts'

const node = z.string()
const operation = z.string()

export const nodeEvents = [
  z.strictObject({ type: z.literal('node.created'), node, kind: NodeKind }),
  z.strictObject({ type: z.literal('node.kind-changed'), node, kind: NodeKind }),
  z.strictObject({ type: z.literal('node.deletion-started'), node, operation }),
  z.strictObject({ type: z.literal('node.deleted'), node }),
  z.strictObject({ type: z.literal('node.lost'), node }),
  z.strictObject({ type: z.literal('node.connected'), node, boot: z.string() }),
  z.strictObject({
    type: z.literal('node.described'),
    node,
    uname: z.string(),
    capabilities: Capabilities,
  }),
  /** Secrets for the node are sealed to this key (X25519, base64) from now on. */
  z.strictObject({ type: z.literal('node.key-changed'), node, publicKey: z.string() }),
  z.strictObject({ type: z.literal('node.disconnected'), node }),
  z.strictObject({
    type: z.literal('net-interface.created'),
    node,
    name: z.string(),
    address: z.string(),
    port: z.int().optional(),
  }),
  z.strictObject({
    type: z.literal('net-interface.changed'),
    node,
    name: z.string(),
    address: z.string(),
    port: z.int().optional(),
  }),
  z.strictObject({ type: z.literal('net-interface.deleted'), node, name: z.string() }),
] as const
