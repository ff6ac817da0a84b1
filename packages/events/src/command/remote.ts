/** Commands about remotes: places outside the cluster that backups will go to and come from. */
import { z } from 'zod'
import { RemoteName } from '../names.ts'
import { RemoteKind } from '../remote.ts'
import { Secret } from '../secret.ts'

const text = z.string().max(1024, 'it has at most 1024 characters')

/** Which of them a kind has is judged by a rule, so that the refusal can name them. */
const fields = {
  endpoint: text.optional(),
  bucket: text.optional(),
  region: text.optional(),
  pathStyle: z.boolean().optional(),
  url: text.optional(),
  clusterId: text.optional(),
  availabilityZone: text.optional(),
  accessKey: Secret.optional(),
  secretKey: Secret.optional(),
  /** Of the other cluster. */
  passphrase: Secret.optional(),
}

export const remoteCommands = {
  'remote.create': z.strictObject({ remote: RemoteName, kind: RemoteKind, ...fields }),
  /** An empty text takes an optional field away. */
  'remote.modify': z.strictObject({ remote: RemoteName, ...fields }),
  'remote.delete': z.strictObject({ remote: RemoteName }),
}
