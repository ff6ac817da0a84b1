/** Places outside the cluster: which kinds there are, and what each has to say of itself. */
import { z } from 'zod'

export const RemoteKind = z.enum(['s3', 'linstor', 'ebs'])
export type RemoteKind = z.infer<typeof RemoteKind>

type Form = {
  readonly required: readonly string[]
  readonly optional: readonly string[]
  readonly secrets: readonly string[]
  /** True: it is of no use without all its secrets. */
  readonly needsSecrets: boolean
}

export const remoteForms: Readonly<Record<RemoteKind, Form>> = {
  s3: {
    required: ['endpoint', 'bucket'],
    optional: ['region', 'pathStyle'],
    secrets: ['accessKey', 'secretKey'],
    needsSecrets: true,
  },
  linstor: {
    required: ['url'],
    optional: ['clusterId'],
    secrets: ['passphrase'],
    needsSecrets: false,
  },
  ebs: {
    required: ['availabilityZone'],
    optional: ['endpoint', 'region'],
    secrets: ['accessKey', 'secretKey'],
    needsSecrets: true,
  },
}

/** What the secrets of a remote are encrypted for: copied to another one they open nothing. */
export function remoteContext(remote: string): string {
  return `remote/${remote.toLowerCase()}`
}
