/** The shared secret as plans have it: a veil in the text, and what the veil is to be replaced by. */
import { type DesiredDrbd, drbdContext, type Props } from '@varve/events'
import type { Veil } from '../../core/step.ts'
import { backupPath, resPath } from './paths.ts'

export const veiled = (fingerprint: string) => `varve-secret-${fingerprint}`

/** SHA-1 is LINSTOR's; every kernel that has DRBD has this one, too. */
const algorithm = 'sha256'

/** Options that make the peers of a resource prove to each other that they know the secret. */
export function authentication(drbd: DesiredDrbd): Props {
  if (!drbd.secret) return {}
  return { 'cram-hmac-alg': algorithm, 'shared-secret': veiled(drbd.secret.fingerprint) }
}

/** For the steps that write the resource's file; undefined when there is no secret in it. */
export function veilOf(resource: string, drbd: DesiredDrbd): Veil | undefined {
  if (!drbd.secret) return undefined
  const { key, fingerprint } = drbd.secret
  const sealed = key.state === 'sealed' ? { sealed: key.sealed } : { unavailable: key.reason }
  return {
    placeholder: veiled(fingerprint),
    fingerprint,
    context: drbdContext(resource),
    known: [resPath(resource), backupPath(resource)],
    ...sealed,
  }
}
