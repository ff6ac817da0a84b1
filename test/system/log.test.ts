import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jetstreamManager } from '@nats-io/jetstream'
import { errors, type NatsConnection } from '@nats-io/transport-node'
import { streams } from '@varve/events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jetStreamLog } from '../../packages/controller/src/log/jetstream.ts'
import type { Request } from '../../packages/controller/src/log/jetstream-api.ts'
import { logContract } from '../../packages/controller/src/log/log.contract.ts'
import { AppendUnclear } from '../../packages/controller/src/log/port.ts'
import { ensureStreams } from '../../packages/controller/src/log/stream.ts'
import { connectNats } from '../../packages/controller/src/nats/connect.ts'
import { type EmbeddedNats, startEmbedded } from '../../packages/controller/src/nats/embedded.ts'
import { findNatsServer, type NatsServer } from '../../packages/controller/src/nats/server.ts'

const cluster = 'test'
let dataDir: string
let server: NatsServer
let nats: EmbeddedNats
let connection: NatsConnection

beforeAll(async () => {
  server = await findNatsServer({ env: process.env, log: console.log })
  dataDir = await mkdtemp(join(tmpdir(), 'varve-log-'))
  nats = await startEmbedded({ server, dataDir })
  connection = await connectNats({ servers: nats.url, name: 'test' })
})

afterAll(async () => {
  await connection?.close()
  await nats?.stop()
  await rm(dataDir, { recursive: true, force: true })
})

/** A new, empty log: only a test deletes the stream. */
async function emptyLog(request?: Request) {
  const manager = await jetstreamManager(connection)
  await manager.streams.delete(streams.log).catch(() => {})
  await ensureStreams(connection, { cluster, replicas: 1 })
  return jetStreamLog(connection, cluster, request)
}

logContract('JetStream', () => emptyLog())

describe('an answer that got lost', () => {
  const block = (text: string) => new TextEncoder().encode(text)

  /** Passes requests on; for those that publish, `fate` decides what the writer gets to see. */
  function meddled(fate: (send: () => Promise<{ data: Uint8Array }>) => Promise<unknown>): Request {
    return async (subject, payload, options) => {
      const send = () => connection.request(subject, payload, options)
      if (subject.startsWith('$JS.API')) return send()
      return (await fate(send)) as { data: Uint8Array }
    }
  }
  const timeout = () => new errors.TimeoutError()

  it('is found in the stream: the block had won', async () => {
    const log = await emptyLog(
      meddled(async (send) => {
        await send()
        throw timeout()
      }),
    )
    expect(await log.append(block('a'), 0)).toEqual({ kind: 'stored', sequence: 1 })
    expect((await log.last())?.sequence).toBe(1)
  })

  it('means nothing was stored: the block is sent again', async () => {
    let tries = 0
    const log = await emptyLog(
      meddled(async (send) => {
        if (tries++ < 2) throw timeout()
        return send()
      }),
    )
    expect(await log.append(block('a'), 0)).toEqual({ kind: 'stored', sequence: 1 })
    expect(tries).toBe(3)
  })

  it('hides that another writer was first', async () => {
    const other = await emptyLog()
    const log = jetStreamLog(
      connection,
      cluster,
      meddled(async () => {
        await other.append(block('theirs'), 0)
        throw timeout()
      }),
    )
    expect(await log.append(block('ours'), 0)).toMatchObject({ kind: 'deposed', sequence: 1 })
  })

  it('with sequence 0 is no acknowledgement', async () => {
    let tries = 0
    const log = await emptyLog(
      meddled(async (send) =>
        tries++ === 0 ? { data: block('{"stream":"VARVE_LOG","seq":0,"duplicate":true}') } : send(),
      ),
    )
    expect(await log.append(block('a'), 0)).toEqual({ kind: 'stored', sequence: 1 })
    expect(tries).toBe(2)
  })

  it('stays unclear when nobody can be asked until the deadline', async () => {
    await emptyLog()
    const log = jetStreamLog(connection, cluster, async () => {
      throw timeout()
    })
    await expect(log.append(block('a'), 0, { deadlineMs: 100 })).rejects.toThrow(AppendUnclear)
  })
})

describe('the stream', () => {
  it('is refused when it could lose blocks, and left as it is', async () => {
    const manager = await jetstreamManager(connection)
    await emptyLog()
    await manager.streams.delete(streams.log)
    await manager.streams.add({
      name: streams.log,
      subjects: [`varve.${cluster}.log`],
      max_age: 60e9,
    })
    await expect(ensureStreams(connection, { cluster, replicas: 1 })).rejects.toThrow(
      /VARVE_LOG has/,
    )
    expect((await manager.streams.info(streams.log)).config.max_age).toBe(60e9)
  })

  it('cannot be purged, nor can a block be deleted', async () => {
    const log = await emptyLog()
    await log.append(new TextEncoder().encode('a'), 0)
    const manager = await jetstreamManager(connection)
    await expect(manager.streams.purge(streams.log)).rejects.toThrow()
    await expect(manager.streams.deleteMessage(streams.log, 1)).rejects.toThrow()
    expect((await log.last())?.sequence).toBe(1)
  })
})

describe('a server that is killed', () => {
  it('keeps what it acknowledged, and a writer and a follower go on when it is back', async () => {
    await emptyLog()
    const directory = await mkdtemp(join(tmpdir(), 'varve-kill-'))
    const first = await startEmbedded({ server, dataDir: directory })
    const client = await connectNats({ servers: first.url, name: 'writer' })
    const stop = new AbortController()
    try {
      await ensureStreams(client, { cluster, replicas: 1 })
      const log = jetStreamLog(client, cluster)
      for (let i = 0; i < 100; i++) await log.append(new TextEncoder().encode(`${i}`), i)
      const follower = log.follow(100, stop.signal)[Symbol.asyncIterator]()
      expect((await follower.next()).value?.sequence).toBe(100)

      process.kill(first.pid, 'SIGKILL')
      await first.exited
      const pending = log.append(new TextEncoder().encode('next'), 100)
      await using _second = await startEmbedded({ server, dataDir: directory, port: first.port })
      expect(await pending).toEqual({ kind: 'stored', sequence: 101 })
      expect((await follower.next()).value?.sequence).toBe(101)
      stop.abort()
      await follower.return?.()
    } finally {
      stop.abort()
      await client.close()
      await first.stop()
      await rm(directory, { recursive: true, force: true })
    }
  })
})
