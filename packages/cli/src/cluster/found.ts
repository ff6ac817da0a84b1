/**
 * A new cluster with keys: its authority, a key and a certificate for each machine that has a
 * server, and its first admin. Made in a folder of its own beside the place it is for, and put
 * there by one rename: whatever interrupts it, there is a whole cluster or none.
 */
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type ControllerIdentity,
  createAuthority,
  createServerCertificate,
  serverUrl,
} from '@varve/controller'
import { UserError } from '../session.ts'
import { type KeyPair, newKeyPair } from './keys.ts'
import { readIfThere, writeSecret } from './place.ts'

export type Founding = {
  readonly cluster: string
  readonly machines: readonly { readonly name: string; readonly address: string }[]
  /** Which of them this one is. */
  readonly own: string
  readonly admin: string
  readonly directory: string
  readonly signal: AbortSignal
}

/** `found`: it was there already, for the same machines; nothing was touched. */
export async function foundCluster(founding: Founding): Promise<'made' | 'found'> {
  const { directory } = founding
  const place = join(directory, 'cluster')
  const there = await readIfThere(join(place, 'controller.json'))
  if (there) {
    if (isSame(there, founding)) return 'found'
    const sentence = `${place} holds the keys of another cluster or of other machines; nothing was changed.`
    throw new UserError(`${sentence} If it is of no use any more, move it away first.`)
  }
  await mkdir(directory, { recursive: true, mode: 0o755 })
  await removeUnfinished(directory)
  const work = await mkdtemp(join(directory, unfinished))
  try {
    await fill(work, founding)
    founding.signal.throwIfAborted()
    await rename(work, place)
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOTEMPTY')) throw cause
    throw new UserError(`${place} is there already, without an identity of a controller.`)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return 'made'
}

const unfinished = '.cluster-'

/** Of a start before this one that was killed: keys that nobody has ever used. */
async function removeUnfinished(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.startsWith(unfinished)) await rm(join(directory, name), { recursive: true })
  }
}

async function fill(work: string, founding: Founding): Promise<void> {
  const { cluster, own, admin, signal } = founding
  const authority = await createAuthority(work, cluster)
  const paths = {
    directory: work,
    certificatePath: join(work, 'ca.pem'),
    keyPath: join(work, 'ca.key'),
  }
  await writeSecret(paths.certificatePath, authority.certificate)
  await writeSecret(paths.keyPath, authority.key)
  const machines = founding.machines.map((machine) => ({ ...machine, keys: newKeyPair() }))
  const adminKeys = newKeyPair()
  const common = {
    v: 1,
    cluster,
    servers: machines.map(({ address }) => serverUrl(address)),
    ca: authority.certificate,
  } as const
  const founder = { name: admin, role: 'admin', publicKey: adminKeys.publicKey } as const
  await mkdir(join(work, 'tokens'), { mode: 0o700 })
  for (const machine of machines) {
    signal.throwIfAborted()
    const { certificate, key } = await createServerCertificate(paths, machine)
    const identity: ControllerIdentity = {
      ...common,
      name: machine.name,
      seed: machine.keys.seed,
      role: 'controller',
      machines: machines.map(publicHalf),
      certificate,
      certificateKey: key,
      founder,
    }
    const file = machine.name === own ? 'controller.json' : `tokens/${machine.name}.json`
    await writeSecret(join(work, file), printed(identity))
  }
  const ofAdmin = { ...common, name: admin, role: 'admin', seed: adminKeys.seed }
  await writeSecret(join(work, 'admin.json'), printed(ofAdmin))
}

function publicHalf(machine: { name: string; address: string; keys: KeyPair }) {
  return { name: machine.name, address: machine.address, publicKey: machine.keys.publicKey }
}

export const printed = (identity: object) => `${JSON.stringify(identity, null, 1)}\n`

function isSame(there: unknown, { cluster, machines, own }: Founding): boolean {
  // Written by ourselves; what does not look like it is somebody else's.
  const known = there as Partial<ControllerIdentity>
  const list = (of: readonly { name: string; address: string }[] = []) =>
    of.map(({ name, address }) => `${name}=${address}`).join(' ')
  const isThis = known.cluster === cluster && known.name === own
  return isThis && list(known.machines) === list(machines)
}
