/**
 * An identity: the file with which somebody comes to the cluster, a key of his own and where the
 * servers are. Whoever has the file is who it names, so it is for its owner's eyes alone.
 */
import { readFile, stat } from 'node:fs/promises'
import { nkeyAuthenticator } from '@nats-io/transport-node'
import { Role } from '@varve/events'
import { z } from 'zod'

/** A machine with a nats-server and a controller, as the others know it. */
const Machine = z.strictObject({
  name: z.string(),
  address: z.string(),
  /** Public key of its controller. */
  publicKey: z.string(),
})
export type Machine = z.infer<typeof Machine>

const base = {
  v: z.literal(1),
  cluster: z.string(),
  name: z.string(),
  /** As the library takes them: `tls://10.0.0.1:4222`. */
  servers: z.array(z.string()).min(1),
  /** PEM; the servers' certificates are signed by this one and by no other. */
  ca: z.string(),
  /** The secret half of the NATS user key. */
  seed: z.string(),
}

export const MemberIdentity = z.strictObject({ ...base, role: Role })
export type MemberIdentity = z.infer<typeof MemberIdentity>

export const ControllerIdentity = z.strictObject({
  ...base,
  role: z.literal('controller'),
  /** All machines that have a server, this one too. */
  machines: z.array(Machine).min(1),
  /** Of this machine's server, PEM. */
  certificate: z.string(),
  certificateKey: z.string(),
  /** Let in by a cluster that knows no members yet. */
  founder: z.strictObject({ name: z.string(), role: Role, publicKey: z.string() }),
})
export type ControllerIdentity = z.infer<typeof ControllerIdentity>

export const Identity = z.discriminatedUnion('role', [
  ControllerIdentity,
  ...Role.options.map((role) => z.strictObject({ ...base, role: z.literal(role) })),
])
export type Identity = MemberIdentity | ControllerIdentity

/** Throws a sentence when there is none, it cannot be understood, or others may read it. */
export async function readIdentity(path: string): Promise<Identity> {
  const text = await read(path)
  const parsed = Identity.safeParse(parseJson(text))
  if (!parsed.success) {
    throw new Error(`${path} is no identity of Varve: ${z.prettifyError(parsed.error)}`)
  }
  // The union's members are exactly these two types, role by role.
  return parsed.data as Identity
}

/** For the daemons of one machine: an identity of another role is somebody's mistake. */
export async function readControllerIdentity(path: string): Promise<ControllerIdentity> {
  const identity = await readIdentity(path)
  if (identity.role === 'controller') return identity
  throw new Error(
    `${path} is the identity of ${identity.name}, who is no controller but ${identity.role}`,
  )
}

/**
 * Each server's certificate has this name, beside its address: the client library has no name to
 * check where a server is given by its address. Who is signed by the cluster's authority is one.
 */
export const anyServer = 'varve'

/** What `connectNats` needs to be this identity. */
export function credentialsOf({ servers, ca, seed }: Pick<Identity, 'servers' | 'ca' | 'seed'>) {
  return {
    servers,
    authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)),
    tls: { ca, servername: anyServer },
  }
}

async function read(path: string): Promise<string> {
  try {
    const { mode } = await stat(path)
    if ((mode & 0o077) !== 0) {
      throw new Error(`others may read it: chmod 600 ${path}, and if they may have, revoke it`)
    }
    return await readFile(path, 'utf8')
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`the identity ${path} cannot be used: ${why}`, { cause })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
