/** A real nats-server and real controllers in this process, and a client, for whole-system tests. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NatsConnection } from '@nats-io/transport-node'
import {
  type ControllerOptions,
  connectNats,
  type EmbeddedNats,
  findNatsServer,
  runController,
  startEmbedded,
} from '@varve/controller'
import {
  type CommandReply,
  type CommandRequest,
  type commands,
  type Moment,
  type PublicCommandType,
  type QueryReply,
  subjectsOf,
} from '@varve/events'
import { pino } from 'pino'
import { ulid } from 'ulid'
import type { z } from 'zod'

export const cluster = 'test'
export const subjects = subjectsOf(cluster)

export type Input<T extends PublicCommandType> = z.input<(typeof commands)[T]>

/** What tests ask of a running cluster; everything ends with `await using`. */
export type TestSystem = AsyncDisposable & {
  readonly nats: EmbeddedNats
  /** Stops the server and starts it again on the same port and directory. */
  readonly restartNats: () => Promise<void>
  /** As `restartNats`, with nothing left of what it had stored. */
  readonly loseNats: () => Promise<void>
  readonly directory: string
  readonly client: NatsConnection
  readonly startController: (name: string, options?: StartOptions) => Promise<RunningController>
  readonly command: <T extends PublicCommandType>(
    type: T,
    args: Input<T>,
    options?: Partial<CommandRequest> & { actor?: string },
  ) => Promise<CommandReply>
  /** As `command`; throws the refusal's sentence. */
  readonly must: <T extends PublicCommandType>(
    type: T,
    args: Input<T>,
  ) => Promise<Extract<CommandReply, { ok: true }>>
  readonly query: (noun: string, args?: object, at?: Moment) => Promise<QueryReply>
}

export type StartOptions = Partial<
  Pick<ControllerOptions, 'readPassphrase' | 'log' | 'keeping' | 'now'>
> & {
  /** What serves beside the controller, over its connection. */
  readonly rest?: (
    connection: NatsConnection,
    log: ControllerOptions['log'],
  ) => NonNullable<ControllerOptions['serveReader']>
}

export type RunningController = { readonly name: string; readonly stop: () => Promise<void> }

export async function startSystem(): Promise<TestSystem> {
  const directory = await mkdtemp(join(tmpdir(), 'varve-system-'))
  const server = await findNatsServer({ env: process.env, log: (line) => console.log(line) })
  const dataDir = join(directory, 'nats')
  let nats = await startEmbedded({ server, dataDir })
  const client = await connectNats({ servers: nats.url, name: 'client' })
  const running = new Set<RunningController>()
  const request = (subject: string, body: object) => ask(client, subject, body)

  const system: TestSystem = {
    get nats() {
      return nats
    },
    directory,
    client,
    async restartNats() {
      const { port } = nats
      await nats.stop()
      nats = await startEmbedded({ server, dataDir, port })
    },
    async loseNats() {
      const { port } = nats
      await nats.stop()
      await rm(dataDir, { recursive: true, force: true })
      nats = await startEmbedded({ server, dataDir, port })
    },
    async startController(name, options = {}) {
      const controller = await startController(nats.url, directory, name, options)
      running.add(controller)
      return controller
    },
    async command(type, args, options = {}) {
      const { actor = 'alice', ...more } = options
      const body = { v: 1, id: ulid(), args, ...more }
      return (await request(subjects.command(actor, type), body)) as CommandReply
    },
    async must(type, args) {
      const reply = await system.command(type, args)
      if (!reply.ok) throw new Error(`${type}: ${reply.refusal.message}`)
      return reply
    },
    async query(noun, args = {}, at) {
      const body = { v: 1, args, ...(at === undefined ? {} : { at }) }
      return (await request(subjects.query(noun), body)) as QueryReply
    },
    async [Symbol.asyncDispose]() {
      for (const controller of running) await controller.stop()
      await client.close()
      await nats.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
  return system
}

/** Resolves when the controller runs; whether it leads is for the test to see. */
async function startController(
  url: string,
  directory: string,
  name: string,
  options: StartOptions,
): Promise<RunningController> {
  const connection = await connectNats({ servers: url, name })
  const stop = new AbortController()
  const { rest, log = pino({ level: process.env.VARVE_TEST_LOG ?? 'fatal' }), ...more } = options
  const controller = runController({
    connection,
    cluster,
    name,
    version: 'test',
    directory: join(directory, name),
    replicas: 1,
    log,
    signal: stop.signal,
    keeping: { replicas: 1, isSynced: true, hasJournal: true },
    ...more,
    ...(rest === undefined ? {} : { serveReader: rest(connection, log) }),
  })
  const over = closeAfter(connection, controller)
  let stopped: Promise<void> | undefined
  return {
    name,
    stop() {
      stop.abort(new Error('the test is over'))
      stopped ??= over
      return stopped
    },
  }
}

export async function closeAfter(connection: NatsConnection, work: Promise<void>): Promise<void> {
  try {
    await work
  } finally {
    await connection.close()
  }
}

/** Retried while nobody listens: between two leaders that is the ordinary state of affairs. */
async function ask(client: NatsConnection, subject: string, body: object): Promise<unknown> {
  const deadline = performance.now() + 30_000
  for (;;) {
    try {
      const reply = await client.request(subject, JSON.stringify(body), { timeout: 5_000 })
      return reply.json()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

/** Waits until `check` returns something; the condition is the point, the pause is not. */
export async function until<T>(
  what: string,
  check: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const askedAt = performance.now()
    const found = await check()
    if (found !== undefined && found !== false) return found
    if (performance.now() > deadline)
      throw new Error(`waited ${timeoutMs} ms in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, pauseMs(performance.now() - askedAt)))
  }
}

/** What is dear to ask, as a tool in a lab's node, is asked half of the time. */
function pauseMs(tookMs: number): number {
  return Math.min(500, Math.max(25, tookMs))
}
