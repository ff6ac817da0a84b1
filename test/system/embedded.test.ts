import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectNats } from '../../packages/controller/src/nats/connect.ts'
import { startEmbedded } from '../../packages/controller/src/nats/embedded.ts'
import { serverReport } from '../../packages/controller/src/nats/report.ts'
import { findNatsServer, type NatsServer } from '../../packages/controller/src/nats/server.ts'

let server: NatsServer
let directory: string

beforeAll(async () => {
  server = await findNatsServer({ env: process.env, log: console.log })
  directory = await mkdtemp(join(tmpdir(), 'varve-embedded-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

it('starts on a free port, reports that it syncs, and stops', async () => {
  const nats = await startEmbedded({ server, dataDir: join(directory, 'a') })
  const connection = await connectNats({ servers: nats.url, name: 'test' })
  expect(serverReport(connection, nats)).toMatchObject({
    version: server.version,
    isNewEnough: true,
    sync: 'always',
  })
  expect(serverReport(connection).sync).toBe('unknown')
  await connection.close()
  await nats.stop()
  await nats.exited
  expect(isRunning(nats.pid)).toBe(false)
})

it('is alone on its directory', async () => {
  await using _first = await startEmbedded({ server, dataDir: join(directory, 'b') })
  await expect(startEmbedded({ server, dataDir: join(directory, 'b') })).rejects.toThrow(
    'another nats-server runs on this directory',
  )
})

it('says what the server had to complain about', async () => {
  const wrong = { server, dataDir: join(directory, 'c'), extra: 'no_such_setting: 1' }
  await expect(startEmbedded(wrong)).rejects.toThrow('no_such_setting')
})

it('dies with a parent that was killed, and gives its files to the next one', async () => {
  const writer = join(import.meta.dirname, 'log-writer.ts')
  const data = join(directory, 'd')
  const parent = spawn(process.execPath, [writer, data], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: parent.stdout })) {
    if (line.startsWith('stored')) parent.kill('SIGKILL')
  }
  if (parent.signalCode === null) await once(parent, 'exit')
  // It waits for the lock, so this succeeds only if the other one has ended.
  await using next = await startEmbedded({ server, dataDir: join(data, 'nats') })
  expect(isRunning(next.pid)).toBe(true)
})

it('cannot be connected to before it is there, but the connection waits for it', async () => {
  const port = await freePort()
  const connecting = connectNats({ servers: `127.0.0.1:${port}`, name: 'early' })
  await using _nats = await startEmbedded({ server, dataDir: join(directory, 'e'), port })
  const connection = await connecting
  expect(connection.info?.port).toBe(port)
  await connection.close()
})

async function freePort(): Promise<number> {
  await using nats = await startEmbedded({ server, dataDir: join(directory, 'port') })
  return nats.port
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
