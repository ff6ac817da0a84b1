/** One server with accounts, one controller, and a connection for each who has a key. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type NatsConnection, nkeyAuthenticator, nkeys } from '@nats-io/transport-node'
import {
  connectNats,
  type EmbeddedNats,
  findNatsServer,
  renderAccounts,
  runController,
  startEmbedded,
} from '@varve/controller'
import { importedApi, type Role } from '@varve/events'
import { realClock, runSatellite } from '@varve/satellite'
import { createWorld, realClock as realTime } from '@varve/sim'
import { pino } from 'pino'

export const cluster = 'roles'

type Key = { readonly publicKey: string; readonly seed: Uint8Array }

/** Everybody there is; two nodes, so that one can try to be the other. */
export const members = {
  ada: 'admin',
  otto: 'operator',
  vera: 'viewer',
  aude: 'auditor',
  n1: 'satellite',
  n2: 'satellite',
} as const satisfies Record<string, Role>
export type MemberName = keyof typeof members

export type Site = AsyncDisposable & {
  readonly nats: EmbeddedNats
  /** A controller's own connection: sees everything in the controllers' account. */
  readonly core: NatsConnection
  readonly of: Readonly<Record<MemberName, NatsConnection>>
  readonly keys: Readonly<Record<MemberName, Key>>
  readonly connectAs: (name: string, key: Key) => Promise<NatsConnection>
}

const names = Object.keys(members) as MemberName[]

export async function startSite(): Promise<Site> {
  await using parts = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'varve-roles-'))
  parts.defer(() => rm(directory, { recursive: true, force: true }))
  const keys = Object.fromEntries(names.map((name) => [name, newKey()])) as Record<MemberName, Key>
  const ours = newKey()
  const extra = renderAccounts({
    cluster,
    controllers: [{ name: 'c1', publicKey: ours.publicKey }],
    members: names.map((name) => ({ name, role: members[name], publicKey: keys[name].publicKey })),
  })
  const server = await findNatsServer({ env: process.env, log: (line) => console.log(line) })
  const nats = parts.use(await startEmbedded({ server, dataDir: join(directory, 'nats'), extra }))
  const connections: NatsConnection[] = []
  parts.defer(async () => {
    for (const connection of connections) await connection.close()
  })
  const connectAs = async (name: string, { seed }: Key) => {
    const authenticator = nkeyAuthenticator(seed)
    const connection = await connectNats({ servers: nats.url, name, authenticator })
    connections.push(connection)
    return connection
  }
  const stop = new AbortController()
  const core = await connectAs('c1', ours)
  const log = pino({ level: 'fatal' })
  const { signal } = stop
  const controller = runController({
    ...{ connection: core, cluster, name: 'c1', version: 'test', replicas: 1, log, signal },
    directory: join(directory, 'c1'),
  })
  const of = {} as Record<MemberName, NatsConnection>
  for (const name of names) of[name] = await connectAs(name, keys[name])
  const world = createWorld({ clock: realTime() })
  world.addHost({ name: 'n2', disks: [] })
  const satellite = runSatellite({
    ...{ connection: of.n2, cluster, node: 'n2', clock: realClock, log, signal },
    host: world.host('n2').host,
    apiPrefix: importedApi,
  })
  parts.defer(async () => {
    stop.abort(new Error('the test is over'))
    await Promise.all([controller, satellite])
  })
  const kept = parts.move()
  return { nats, core, of, keys, connectAs, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

function newKey(): Key {
  const pair = nkeys.createUser()
  return { publicKey: pair.getPublicKey(), seed: pair.getSeed() }
}
