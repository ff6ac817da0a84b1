/** A controller with 10,000 definitions of three replicas, as a process of its own. */
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { connectNats } from '@varve/controller'
import type { QueryReply } from '@varve/events'
import { streams, subjectsOf } from '@varve/events'
import { newId } from '../../packages/controller/src/id.ts'
import { until } from '../system/harness.ts'
import { type Child, startPart } from './child.ts'
import { type Figure, figure } from './figure.ts'

const rounds = 3
const subjects = subjectsOf('varve')
const pageRows = 1_000
const resources = 30_000
const startMs = 120_000

type Started = {
  readonly ms: number
  readonly child: Child
  readonly client: NatsConnection
  readonly servers: string
}

/** A build of Varve, and a directory with the journal that `growJournal` made. */
export type Given = { readonly varve: string; readonly directory: string }

export async function controllerFigures(given: Given): Promise<Figure[]> {
  // The first start puts the journal's blocks into the stream and leaves a checkpoint behind.
  await (await startController(given)).stop()
  const fromCheckpoint = await startTimes(given)
  const fromJournal = await startTimes(given, () => removeCheckpoints(given.directory))
  const running = await startController(given)
  try {
    await publishedAll(running.started.client)
    const lists = await listTimes(running.started.client)
    const resident = await running.started.child.residentMib()
    return figuresOf({ fromCheckpoint, fromJournal, resident, ...lists })
  } finally {
    await running.stop()
  }
}

async function startTimes(given: Given, before?: () => Promise<void>): Promise<number[]> {
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    await before?.()
    const { started, stop } = await startController(given)
    times.push(started.ms / 1000)
    await stop()
  }
  return times
}

/** From the start of the process, its NATS server included, to the first command answered. */
export async function startController({
  varve,
  directory,
}: Given): Promise<{ started: Started; stop: () => Promise<void> }> {
  const file = join(directory, 'nats.url')
  await rm(file, { force: true })
  const from = performance.now()
  const child = startPart(
    varve,
    'controller',
    ...['--directory', directory, '--listen', '0', '--log-level', 'error'],
  )
  try {
    const read = () => readFile(file, 'utf8').catch(() => undefined)
    const servers = (await until('the server listens', read, startMs)).trim()
    const client = await connectNats({ servers, name: 'bench' })
    await until('the controller leads', () => isAnswered(client), startMs)
    const ms = performance.now() - from
    return {
      started: { ms, child, client, servers },
      async stop() {
        await client.close()
        await child.stop()
      },
    }
  } catch (error) {
    await child.stop()
    throw error
  }
}

/** A command that changes nothing, answered by the leader. */
async function isAnswered(client: NatsConnection): Promise<true | undefined> {
  const body = JSON.stringify({ v: 1, id: newId(), args: {} })
  const subject = subjects.command('bench', 'controller.modify')
  return client.request(subject, body, { timeout: 10_000 }).then(
    () => true as const,
    () => undefined,
  )
}

async function removeCheckpoints(directory: string): Promise<void> {
  const names = await readdir(directory)
  for (const name of names.filter((one) => one.startsWith('checkpoint-'))) {
    await rm(join(directory, name))
  }
}

/** A new leader publishes all documents, and reads share its one processor with that. */
export async function publishedAll(client: NatsConnection): Promise<void> {
  const manager = await jetstreamManager(client)
  await until(
    'all documents are published',
    async () => {
      const { state } = await manager.streams.info(streams.desired)
      return state.messages >= resources ? true : undefined
    },
    startMs,
  )
}

async function listTimes(client: NatsConnection) {
  const first: number[] = []
  const all: number[] = []
  for (let round = -1; round < rounds; round += 1) {
    const from = performance.now()
    await page(client, 0, 100)
    const between = performance.now()
    for (let at = 0, total = 1; at < total; at += pageRows) {
      total = await page(client, at, pageRows)
    }
    // The first look, with everything cold, is not counted.
    if (round < 0) continue
    first.push(between - from)
    all.push(performance.now() - between)
  }
  return { first, all }
}

/** Returns how many there are in all. */
async function page(client: NatsConnection, offset: number, limit: number): Promise<number> {
  const body = JSON.stringify({ v: 1, args: { offset, limit } })
  const message = await client.request(subjects.query('resources'), body, { timeout: 30_000 })
  const reply = message.json() as QueryReply
  if (!reply.ok) throw new Error(reply.refusal.message)
  return (reply.data as { total: number }).total
}

function figuresOf(measured: {
  readonly fromCheckpoint: readonly number[]
  readonly fromJournal: readonly number[]
  readonly first: readonly number[]
  readonly all: readonly number[]
  readonly resident: number
}): Figure[] {
  const about = '10,000 definitions × 3 replicas'
  const most = (what: string, unit: string, aim: number, runs: readonly number[]) =>
    figure({ what: `${about}: ${what}`, unit, aim, reached: 'at-most', runs })
  return [
    most('resident memory of the controller', 'MiB', 256, [measured.resident]),
    most('list 100 resources', 'ms', 10, measured.first),
    most('list all 30,000 resources', 'ms', 500, measured.all),
    most('start from the checkpoint', 's', 1, measured.fromCheckpoint),
    most('start from the journal alone', 's', 5, measured.fromJournal),
  ]
}
