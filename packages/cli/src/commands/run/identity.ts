/** With which identity a daemon comes to its cluster, if with any. */
import { access } from 'node:fs/promises'
import { type Identity, readIdentity } from '@varve/controller/identity'

/** Where `varve cluster init` and `join` put them. */
export const machineDirectory = '/etc/varve'
const placeOf = (role: string) => `${machineDirectory}/cluster/${role}.json`

export const identityOfMachine = {
  controller: placeOf('controller'),
  satellite: placeOf('satellite'),
  admin: placeOf('admin'),
} as const

export const identityHelp = (role: keyof typeof identityOfMachine) =>
  `  --identity FILE   who this is in a cluster with keys (default ${identityOfMachine[role]},
                    if it is there and no --nats is given)
`

/** Undefined: the cluster has no keys, and `nats` says where it is. */
export async function findIdentity(
  given: { readonly identity?: string | undefined; readonly nats?: string | undefined },
  role: keyof typeof identityOfMachine,
): Promise<Identity | undefined> {
  if (given.identity !== undefined) return readIdentity(given.identity)
  if (given.nats !== undefined) return undefined
  const isThere = await access(identityOfMachine[role]).then(
    () => true,
    () => false,
  )
  return isThere ? readIdentity(identityOfMachine[role]) : undefined
}
