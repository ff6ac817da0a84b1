/** Remotes: places outside the cluster. Their secrets are shown to nobody. */
import type { Remote, RemoteKind } from '@varve/events'

export type RemoteRow = {
  readonly name: string
  readonly kind: RemoteKind
  readonly settings: Readonly<Record<string, string>>
  /** Names of the secrets that it has. */
  readonly secrets: readonly string[]
  readonly createdAt: number
}

export function remoteRow({ name, kind, settings, secrets, origin }: Remote): RemoteRow {
  return { name, kind, settings, secrets: Object.keys(secrets), createdAt: origin.at }
}
