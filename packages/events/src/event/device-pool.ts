/** Device pools: volume groups, thin pools and zpools that Varve makes of disks. */
import { z } from 'zod'
import { DevicePoolProvider, PhysicalDevice, PoolArguments } from '../physical.ts'

/** `backing`: volume group, `vg/thinpool` or zpool; with its node it is the name of the pool. */
const name = { node: z.string(), backing: z.string() }

export const devicePoolEvents = [
  z.strictObject({
    type: z.literal('device-pool.creation-started'),
    ...name,
    provider: DevicePoolProvider,
    devices: z.array(PhysicalDevice),
    operation: z.string(),
    /** The storage pool that is to be added as soon as it is there. */
    storagePool: z.string().optional(),
    arguments: PoolArguments.optional(),
  }),
  /** Fact: the node has made it, of these disks alone. */
  z.strictObject({ type: z.literal('device-pool.created'), ...name }),
  /** Fact: the node has not made it, or not as a whole; what is there of it carries its mark. */
  z.strictObject({ type: z.literal('device-pool.failed'), ...name, problem: z.string() }),
  z.strictObject({
    type: z.literal('device-pool.deletion-started'),
    ...name,
    operation: z.string(),
  }),
  /** Fact: it could not be removed, and stays. */
  z.strictObject({ type: z.literal('device-pool.deletion-failed'), ...name, problem: z.string() }),
  z.strictObject({ type: z.literal('device-pool.deleted'), ...name }),
] as const
