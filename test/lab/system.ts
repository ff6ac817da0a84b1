/** A cluster on real kernels, and a client that commands it and looks into it: for the stories. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { connectNats } from '@varve/controller'
import {
  type CommandReply,
  type commands,
  type ObservedResource,
  ObservedResource as ObservedResourceSchema,
  type Provider,
  type PublicCommandType,
  type QueryReply,
  streams,
  subjectsOf,
} from '@varve/events'
import type { StoragePoolRow } from '@varve/projections'
import { ulid } from 'ulid'
import type { z } from 'zod'
import { Lab, type LabNode, type LabOptions } from '../../infra/lab/index.ts'
import { until } from '../system/harness.ts'
import { type LabCluster, startCluster } from './cluster.ts'

const cluster = 'lab'
const subjects = subjectsOf(cluster)

type Input<T extends PublicCommandType> = z.input<(typeof commands)[T]>

export const mib = 1024

/** For what takes seconds on an idle machine. */
const patienceMs = 150_000

/** DRBD notices a lost peer and asks again within a second or two; a resync takes no throttle. */
const quickDrbd = {
  'DrbdOptions/Net/ping-int': '1',
  'DrbdOptions/Net/connect-int': '1',
  'DrbdOptions/Net/timeout': '10',
  'DrbdOptions/PeerDevice/c-plan-ahead': '0',
  'DrbdOptions/PeerDevice/resync-rate': '102400',
}

export class LabSystem implements AsyncDisposable {
  readonly lab: Lab
  readonly cluster: LabCluster
  readonly #client: NatsConnection
  #isFailed = false

  private constructor(lab: Lab, running: LabCluster, client: NatsConnection) {
    this.lab = lab
    this.cluster = running
    this.#client = client
  }

  /** Boots the nodes, starts everything on them and registers them; `prepare` comes before the satellite. */
  static async start(
    options: LabOptions & {
      prepare?: (node: LabNode) => Promise<unknown>
      /** More words for `varve run satellite`. */
      satelliteWords?: readonly string[]
    } = {},
  ): Promise<LabSystem> {
    const { prepare, satelliteWords = [], ...rest } = options
    const lab = await Lab.start({ nodes: 2, diskMib: 1024, ...rest })
    try {
      const running = await startCluster(lab, { cluster, satelliteWords })
      const door = await lab.expose('10.99.0.254', 4222)
      const client = await connectNats({ servers: `${door.host}:${door.port}`, name: 'story' })
      const system = new LabSystem(lab, running, client)
      await Promise.all(
        lab.nodes.map(async (node) => {
          await prepare?.(node)
          await running.startSatellite(node)
        }),
      )
      await system.#register()
      return system
    } catch (error) {
      await saveLogs(lab)
      await lab[Symbol.asyncDispose]()
      throw error
    }
  }

  node(name: string): LabNode {
    return this.lab.node(name)
  }

  async #register(): Promise<void> {
    await this.must('controller.modify', { setProps: quickDrbd })
    for (const { name, address } of this.lab.nodes) {
      await this.must('node.create', { node: name, address })
    }
    await Promise.all(this.lab.nodes.map(({ name }) => this.isOnline(name)))
  }

  async command<T extends PublicCommandType>(
    type: T,
    args: Input<T>,
    id = ulid(),
  ): Promise<CommandReply> {
    const body = { v: 1, id, args }
    return (await this.#ask(subjects.command('story', type), body)) as CommandReply
  }

  /** As `command`; throws the refusal's sentence. */
  async must<T extends PublicCommandType>(type: T, args: Input<T>, id = ulid()) {
    const reply = await this.command(type, args, id)
    if (reply.ok) return reply
    const { message, details = [] } = reply.refusal
    throw new Error([`${type}: ${message}`, ...details].join('\n'))
  }

  async query(noun: string, args: object = {}): Promise<unknown> {
    const reply = (await this.#ask(subjects.query(noun), { v: 1, args })) as QueryReply
    if (!reply.ok) throw new Error(`${noun}: ${reply.refusal.message}`)
    return reply.data
  }

  /** Waits until everything that was asked for is there; fails with the reasons of what is not. */
  async settled(definition: string, timeoutMs = patienceMs): Promise<void> {
    let waiting: unknown
    try {
      await until(
        `${definition} is settled`,
        async () => {
          const answer = (await this.query('settled', { definition })) as { isSettled: boolean }
          waiting = answer
          return answer.isSettled || undefined
        },
        timeoutMs,
      )
    } catch (cause) {
      throw new Error(`${definition} does not settle: ${JSON.stringify(waiting)}`, { cause })
    }
  }

  /** Waits until no trace of the definition is left in the cluster's state. */
  async gone(definition: string, timeoutMs = patienceMs): Promise<void> {
    let waiting: unknown
    try {
      await until(
        `${definition} is gone`,
        async () => {
          const page = (await this.query('resource-definitions', {})) as {
            rows: { name: string }[]
          }
          const isThere = page.rows.some((row) => row.name === definition)
          if (isThere) waiting = await this.query('settled', { definition })
          return !isThere || undefined
        },
        timeoutMs,
      )
    } catch (cause) {
      throw new Error(`${definition} does not go: ${JSON.stringify(waiting)}`, { cause })
    }
  }

  async isOnline(node: string): Promise<void> {
    await this.#link(node, 'online')
  }

  async isOffline(node: string): Promise<void> {
    await this.#link(node, 'offline')
  }

  async #link(name: string, status: string): Promise<void> {
    await until(
      `${name} is ${status}`,
      async () => {
        const node = (await this.query('node', { node: name })) as { status: string }
        return node.status === status || undefined
      },
      patienceMs,
    )
  }

  /** The node's last word on a resource, as it lies in the stream. */
  async observed(definition: string, node: string): Promise<ObservedResource | undefined> {
    const manager = await jetstreamManager(this.#client)
    const subject = subjects.observed(node, 'resource', definition)
    const message = await manager.streams.getMessage(streams.observed, { last_by_subj: subject })
    return message ? ObservedResourceSchema.parse(message.json()) : undefined
  }

  /** Registers a pool on a node and waits until its space is known, which placement needs. */
  async pool(
    node: string,
    pool: string,
    provider: Provider,
    backing: string,
    more: { readonly sharedSpace?: string } = {},
  ): Promise<void> {
    await this.must('storage-pool.create', { node, pool, provider, backing, ...more })
    await until(`${pool} on ${node} is measured`, async () => {
      const row = (await this.query('storage-pool', { node, pool })) as StoragePoolRow
      return row.observed?.freeKib !== undefined || undefined
    })
  }

  /** Where the definition's diskful replicas are. */
  async replicas(definition: string): Promise<string[]> {
    const page = (await this.query('resources', { definition })) as { rows: { node: string }[] }
    return page.rows.map((row) => row.node).sort()
  }

  /** The logs are kept when the story has gone wrong. */
  noteFailure(): void {
    this.#isFailed = true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close()
    if (this.#isFailed) await saveLogs(this.lab)
    await this.lab[Symbol.asyncDispose]()
  }

  /** Asks again while nobody listens: a controller that has just started. */
  async #ask(subject: string, body: object): Promise<unknown> {
    return until(`somebody answers ${subject}`, async () => {
      const message = await this.#client
        .request(subject, JSON.stringify(body), { timeout: 10_000 })
        .catch(() => undefined)
      return message?.json() as unknown
    })
  }
}

/** Kept where they can be read after the lab is gone. */
async function saveLogs(lab: Lab): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'varve-story-logs-'))
  await lab.collectLogs(directory)
  console.log(`the lab's logs are in ${directory}`)
}
