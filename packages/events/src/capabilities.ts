/** What a node can do, as its satellite found it; every "no" has a reason that a person can act on. */
import { z } from 'zod'
import { Layer, Provider } from './kinds.ts'

export const Ability = z.discriminatedUnion('able', [
  z.strictObject({ able: z.literal(true), version: z.string().optional() }),
  z.strictObject({ able: z.literal(false), reason: z.string() }),
])
export type Ability = z.infer<typeof Ability>

export const Capabilities = z.strictObject({
  providers: z.partialRecord(Provider, Ability),
  layers: z.partialRecord(Layer, Ability),
  /** `9.2.18` or `8.4.11`; absent when no module is loaded or loadable. */
  drbdKernel: z.string().optional(),
  drbdUtils: z.string().optional(),
  /** Digests that the kernel has now, of those that DRBD can verify by; absent: unknown. */
  digests: z.array(z.string()).optional(),
})
export type Capabilities = z.infer<typeof Capabilities>

/** The in-kernel DRBD 8.4 has two replicas, no diskless peers and no quorum. */
export function isDrbd84(capabilities: Capabilities | undefined): boolean {
  return capabilities?.drbdKernel?.startsWith('8.') ?? false
}
