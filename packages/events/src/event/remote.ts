/** What happens to remotes. Secrets are ciphertext under the cluster's master key. */
import { z } from 'zod'
import { RemoteKind } from '../remote.ts'

const remote = z.string()
const fields = {
  settings: z.record(z.string(), z.string()),
  secrets: z.record(z.string(), z.string()),
}

export const remoteEvents = [
  z.strictObject({ type: z.literal('remote.created'), remote, kind: RemoteKind, ...fields }),
  /** All that it is from now on. */
  z.strictObject({ type: z.literal('remote.changed'), remote, ...fields }),
  z.strictObject({ type: z.literal('remote.deleted'), remote }),
] as const
