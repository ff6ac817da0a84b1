/**
 * Fail-over when the leading controller's loss is not the only one: the server that leads the log's
 * stream dies with it. NATS has to elect first, so its election is measured in the same moment.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NatsConnection } from '@nats-io/transport-node'
import { connectNats, type EmbeddedNats, findNatsServer, startEmbedded } from '@varve/controller'
import { type CommandReply, streams, subjectsOf } from '@varve/events'
import { ulid } from 'ulid'
import { until } from '../system/harness.ts'
import { varveMain } from '../system/varve.ts'
import { type Figure, figure, median } from './figure.ts'

/** VARVE_FAILOVERS: how often, when somebody wants to know it better. */
const times = Number(process.env.VARVE_FAILOVERS ?? 5)
const names = ['s1', 's2', 's3']
const cluster = 'election'
const subjects = subjectsOf(cluster)
/** Those without which nobody can lead. */
const needed = [streams.log, streams.lease, streams.desired]
const attemptMs = 250
const patienceMs = 120_000

type Took = { readonly electionMs: number; readonly commandMs: number }

export async function natsFailoverFigures(): Promise<Figure[]> {
  const all = await measure(times)
  const what = 'SIGKILL of the leader and of the server that leads the log'
  const seconds = (of: (one: Took) => number) => all.map((one) => of(one) / 1000)
  const election = seconds(({ electionMs }) => electionMs)
  const row = (end: string, aim: number, runs: number[]) =>
    figure({ what: `${what}: ${end} (p50 of ${times})`, unit: 's', aim, reached: 'at-most', runs })
  return [
    row(
      `the next command, NATS having elected after ${median(election).toFixed(1)} s`,
      median(election) + 1,
      seconds(({ commandMs }) => commandMs),
    ),
    row(
      'the next command after NATS has elected',
      1,
      seconds(({ commandMs, electionMs }) => commandMs - electionMs),
    ),
  ]
}

async function measure(rounds: number): Promise<Took[]> {
  await using site = await ThreeServers.start()
  const took: Took[] = []
  for (let round = 0; round < rounds; round += 1) took.push(await site.lose(String(round)))
  return took
}

/** Three servers of one cluster and three controllers, each a process that can be killed. */
class ThreeServers implements AsyncDisposable {
  readonly #directory: string
  readonly #startServer: (name: string, port?: number) => Promise<EmbeddedNats>
  readonly #servers = new Map<string, EmbeddedNats>()
  readonly #controllers = new Map<string, ChildProcess>()

  static async start(): Promise<ThreeServers> {
    const directory = await mkdtemp(join(tmpdir(), 'varve-election-'))
    const server = await findNatsServer({ env: process.env, log: (line) => console.log(line) })
    const ports = await Promise.all(names.map(freePort))
    const routes = ports.map((port) => `nats-route://127.0.0.1:${port}`).join(', ')
    const self = new ThreeServers(directory, (name, port = 0) =>
      startEmbedded({
        server,
        dataDir: join(directory, name),
        serverName: name,
        port,
        extra: `cluster { name: ${cluster}, listen: "127.0.0.1:${ports[names.indexOf(name)]}", routes: [${routes}] }`,
      }),
    )
    for (const name of names) self.#servers.set(name, await self.#startServer(name))
    for (const name of names) self.#startController(name)
    return self
  }

  private constructor(
    directory: string,
    startServer: (name: string, port?: number) => Promise<EmbeddedNats>,
  ) {
    this.#directory = directory
    this.#startServer = startServer
  }

  /** One loss, and everything whole again afterwards. */
  async lose(round: string): Promise<Took> {
    const { controller, server } = await this.#withAll(async (client) => {
      await change(client, round)
      return { controller: await leadingController(client), server: await leaderOf(client) }
    })
    const lost = this.#servers.get(server)
    if (!lost) throw new Error(`no server is called ${server}`)
    const survivors = names.filter((name) => name !== server)
    await using client = await this.#connect(survivors)
    const from = performance.now()
    process.kill(lost.pid, 'SIGKILL')
    this.#controllers.get(controller)?.kill('SIGKILL')
    const [electionMs, commandMs] = await Promise.all([
      elected(client.connection).then(() => performance.now() - from),
      change(client.connection, `${round} again`).then(() => performance.now() - from),
    ])
    await lost.exited
    this.#servers.set(server, await this.#startServer(server, lost.port))
    this.#startController(controller)
    await this.#withAll((all) => until('all copies are whole', () => isWhole(all), patienceMs))
    return { electionMs, commandMs }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#controllers.values()) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    for (const server of this.#servers.values()) await server.stop()
    await rm(this.#directory, { recursive: true, force: true })
  }

  async #withAll<T>(act: (client: NatsConnection) => Promise<T>): Promise<T> {
    await using client = await this.#connect(names)
    return await act(client.connection)
  }

  async #connect(servers: readonly string[]) {
    const connection = await connectNats({ servers: this.#urls(servers), name: 'bench' })
    return { connection, [Symbol.asyncDispose]: () => connection.close() }
  }

  #urls(servers: readonly string[]): string[] {
    return servers.flatMap((name) => this.#servers.get(name)?.url ?? [])
  }

  #startController(name: string): void {
    const words = ['--name', name, '--directory', join(this.#directory, `controller-${name}`)]
    const nats = ['--nats', this.#urls(names).join(','), '--cluster', cluster, '--replicas', '3']
    const quiet = ['--log-level', 'error', '--rest-port', 'off']
    const argv = [varveMain, 'run', 'controller', ...words, ...nats, ...quiet]
    const bound = ['--pdeathsig', 'KILL', process.execPath, ...argv]
    this.#controllers.set(name, spawn('/usr/bin/setpriv', bound, { stdio: 'ignore' }))
  }
}

/** The same bytes until somebody says that they are stored. */
async function change(client: NatsConnection, round: string): Promise<void> {
  const body = JSON.stringify({ v: 1, id: ulid(), args: { setProps: { 'Aux/round': round } } })
  const subject = subjects.command('bench', 'controller.modify')
  const isDone = async () => {
    const reply = await ask<CommandReply>(client, subject, body)
    return reply?.ok || undefined
  }
  await until('a command is acknowledged', isDone, patienceMs)
}

async function leadingController(client: NatsConnection): Promise<string> {
  type Status = { readonly data?: { readonly leader?: string } }
  const leader = async () =>
    (await ask<Status>(client, subjects.query('status'), JSON.stringify({ v: 1 })))?.data?.leader
  return until('somebody leads', leader, patienceMs)
}

/** JetStream's own form; only the leader of a stream answers. */
type StreamInfo = {
  readonly cluster?: { leader?: string; replicas?: readonly { current?: boolean }[] }
}
const info = (client: NatsConnection, stream: string) =>
  ask<StreamInfo>(client, `$JS.API.STREAM.INFO.${stream}`, '')

async function leaderOf(client: NatsConnection): Promise<string> {
  const leader = async () => (await info(client, streams.log))?.cluster?.leader
  return until('the log has a leader', leader, patienceMs)
}

async function elected(client: NatsConnection): Promise<void> {
  const one = (stream: string) =>
    until(
      `${stream} has a leader`,
      async () => (await info(client, stream))?.cluster?.leader,
      patienceMs,
    )
  await Promise.all(needed.map(one))
}

async function isWhole(client: NatsConnection): Promise<true | undefined> {
  const infos = await Promise.all(needed.map((stream) => info(client, stream)))
  const areCurrent = infos.every(({ cluster: found } = {}) => {
    const copies = found?.replicas ?? []
    return copies.length === names.length - 1 && copies.every(({ current }) => current === true)
  })
  return areCurrent || undefined
}

async function ask<T>(client: NatsConnection, subject: string, body: string) {
  const answer = await client.request(subject, body, { timeout: attemptMs }).catch(() => undefined)
  // The caller names the form of what it asks for.
  return answer?.json() as T | undefined
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('there is no free port')
  return address.port
}
