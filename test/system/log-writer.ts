/**
 * A controller reduced to its log, to be killed at any moment: embedded server, journal, stream,
 * and a writer that appends until it dies. Prints `started <sequence>`, then `stored <sequence>`
 * for each block that it would have answered for. Usage: node log-writer.ts <directory>
 */

import { join } from 'node:path'
import { jetStreamLog } from '../../packages/controller/src/log/jetstream.ts'
import { openJournal } from '../../packages/controller/src/log/journal.ts'
import { reconcile, restoreTail } from '../../packages/controller/src/log/reconcile.ts'
import { ensureStreams } from '../../packages/controller/src/log/stream.ts'
import { logWriter } from '../../packages/controller/src/log/writer.ts'
import { connectNats } from '../../packages/controller/src/nats/connect.ts'
import { startEmbedded } from '../../packages/controller/src/nats/embedded.ts'
import { findNatsServer } from '../../packages/controller/src/nats/server.ts'

const directory = process.argv[2] ?? ''
const server = await findNatsServer({ env: process.env, log: console.error })
const nats = await startEmbedded({ server, dataDir: join(directory, 'nats') })
const connection = await connectNats({ servers: nats.url, name: 'writer' })
await ensureStreams(connection, { cluster: 'test', replicas: 1 })

const stream = jetStreamLog(connection, 'test')
const journal = await openJournal(join(directory, 'journal'))
await reconcile(journal, stream)
await restoreTail(journal, stream)
console.log(`started ${journal.last.sequence}`)

const writer = logWriter(journal, stream)
for (;;) {
  const { sequence, hash } = journal.last
  const block = { v: 1, term: 1, prev: hash, entries: [`${sequence + 1} `.repeat(sequence % 900)] }
  const result = await writer.append(Buffer.from(JSON.stringify(block)))
  console.log(`${result.kind} ${result.sequence}`)
}
