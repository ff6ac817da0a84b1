/** Arguments that commands of several nouns take. */
import { z } from 'zod'
import { Props } from '../kinds.ts'
import { limits } from '../limits.ts'

/** Changes of a property container, applied in this order (LINSTOR's three fields). */
export const changes = {
  setProps: Props.optional(),
  deleteProps: z.array(z.string()).optional(),
  deleteNamespaces: z.array(z.string()).optional(),
}

export const Address = z.union([z.ipv4(), z.ipv6()], {
  error: 'an address is an IPv4 or IPv6 address',
})
export const Port = z.int().min(limits.port.min).max(limits.port.max)
export const NodeId = z.int().min(limits.nodeId.min).max(limits.nodeId.max)
export const PeerSlots = z.int().min(limits.peerSlots.min).max(limits.peerSlots.max)
/** Judged by a rule, not by the schema, so that the refusal can name the limits. */
export const SizeKib = z.int()
