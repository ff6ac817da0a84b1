/**
 * DRBD's configuration has its shared secret in it. Planning compares such files as text and shows
 * them in logs, so for all but the file itself a veil stands in the secret's place: its fingerprint.
 */
import { hash } from 'node:crypto'
import { sealing } from '@varve/events'
import type { Host } from '../host/host.ts'
import { veiled } from '../layers/drbd/secret.ts'

/** As drbdadm writes and reads it: quoted, on a line of its own. */
const secretLine = /(shared-secret ")([^"]*)(";)/g

/** A file as planning may see it. */
function veilText(text: string): string {
  return text.replaceAll(
    secretLine,
    (_, head: string, secret: string, tail: string) =>
      `${head}${veiled(fingerprintOf(secret))}${tail}`,
  )
}

/** The files of a machine as planning may see them. */
export function veiledFiles(host: Pick<Host, 'readFile' | 'stamp'>): typeof host {
  return {
    readFile: async (path) => {
      const text = await host.readFile(path)
      return text === undefined ? undefined : veilText(text)
    },
    ...(host.stamp ? { stamp: host.stamp } : {}),
  }
}

/** The secret of that fingerprint in a file; undefined when it has another one, or none. */
export function findSecret(text: string, fingerprint: string): string | undefined {
  const secrets = [...text.matchAll(secretLine)].map(([, , secret = '']) => secret)
  return secrets.find((secret) => fingerprintOf(secret) === fingerprint)
}

/** drbdadm prints the whole command of drbdsetup when that fails. */
export function hideSecrets(text: string): string {
  return text.replaceAll(/(shared-secret[=\s]+"?)[^\s"';]+/g, '$1***')
}

function fingerprintOf(secret: string): string {
  return hash('sha256', secret, 'hex').slice(0, sealing.fingerprintDigits)
}
