import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, readFile, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { jetStreamLog } from '../../packages/controller/src/log/jetstream.ts'
import { openJournal } from '../../packages/controller/src/log/journal.ts'
import { reconcile } from '../../packages/controller/src/log/reconcile.ts'
import { connectNats } from '../../packages/controller/src/nats/connect.ts'
import { startEmbedded } from '../../packages/controller/src/nats/embedded.ts'
import { findNatsServer } from '../../packages/controller/src/nats/server.ts'

const writer = join(import.meta.dirname, 'log-writer.ts')
let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'varve-crash-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

/** Runs a writer until it has stored `count` blocks, kills it, and tells what it answered for. */
async function runAndKill(count: number): Promise<{ started: number; stored: number }> {
  const child = spawn(process.execPath, [writer, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let started = -1
  let stored = 0
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, number] = line.split(' ')
    if (word === 'started') started = Number(number)
    else if (word === 'stored') stored = Number(number)
    else throw new Error(`unexpected: ${line}`)
    if (stored >= started + count && child.signalCode === null) child.kill('SIGKILL')
  }
  if (child.signalCode === null && child.exitCode === null) await once(child, 'exit')
  return { started, stored }
}

/** What the journal holds, and whether the stream holds the same. */
async function inspect(): Promise<{ journal: number; stream: number }> {
  const server = await findNatsServer({ env: process.env, log: console.log })
  await using nats = await startEmbedded({ server, dataDir: join(directory, 'nats') })
  const connection = await connectNats({ servers: nats.url, name: 'inspector' })
  try {
    await using journal = await openJournal(join(directory, 'journal'))
    const stream = jetStreamLog(connection, 'test')
    await reconcile(journal, stream)
    return { journal: journal.last.sequence, stream: (await stream.last())?.sequence ?? 0 }
  } finally {
    await connection.close()
  }
}

it('a controller and its server, killed again and again, lose nothing they answered for', async () => {
  let answered = 0
  for (const count of [1, 2, 3, 50, 7, 300, 11, 120]) {
    const { started, stored } = await runAndKill(count)
    expect(started).toBeGreaterThanOrEqual(answered)
    // At most one block can have been stored without an answer.
    expect(started).toBeLessThanOrEqual(answered + 1)
    answered = stored
  }
  const { journal, stream } = await inspect()
  expect(journal).toBeGreaterThanOrEqual(answered)
  expect(Math.abs(journal - stream)).toBeLessThanOrEqual(1)
})

it('a server that forgot what it had acknowledged gets it back from the journal', async () => {
  await runAndKill(20)
  const before = await inspect()
  // What a disk that lies does in a power cut: the stream is gone, the journal is not.
  await rm(join(directory, 'nats', 'jetstream'), { recursive: true })
  const { started } = await runAndKill(1)
  expect(started).toBe(before.journal)
  expect((await inspect()).stream).toBeGreaterThan(before.journal)
})

it('a journal that lost its tail, torn in the middle of a line, gets it back from the stream', async () => {
  await runAndKill(20)
  const before = await inspect()
  const path = join(directory, 'journal')
  await truncate(path, Math.floor((await readFile(path)).length / 2))
  await appendFile(path, Buffer.alloc(100))
  const { started } = await runAndKill(1)
  expect(started).toBe(before.stream)
})
