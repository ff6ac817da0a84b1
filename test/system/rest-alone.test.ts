import { createServer } from 'node:net'
import { join } from 'node:path'
import { connectNats, runReader } from '@varve/controller'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { restReader } from '../../packages/cli/src/commands/run/rest-api.ts'
import { cluster, startSystem, until } from './harness.ts'
import { restClient } from './rest.ts'

test('alone, it waits for a log and for its port, follows, and reads what it wrote', async () => {
  await using system = await startSystem()
  const connection = await connectNats({ servers: system.nats.url, name: 'rest' })
  const said: string[] = []
  const log = pino({ level: 'warn' }, { write: (line) => said.push(line) })
  const stop = new AbortController()
  const taken = createServer()
  const port = await new Promise<number>((resolve) =>
    taken.listen(0, '127.0.0.1', () => {
      const address = taken.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    }),
  )
  const { promise: url, resolve: onListening } = Promise.withResolvers<string>()
  const over = runReader({
    ...{ connection, cluster, log, name: 'rest', version: 'test', signal: stop.signal },
    directory: join(system.directory, 'rest'),
    serveReader: restReader(
      { connection, cluster, log },
      {
        port,
        address: '127.0.0.1',
        waitMs: 1_000,
        onListening: () => onListening(`http://127.0.0.1:${port}`),
      },
    ),
  })
  const isSaid = (text: string) => () => said.some((line) => line.includes(text)) || undefined
  await until('it has said that there is no log yet', isSaid('cannot be read yet'))
  await system.startController('c1')
  await until('it has said that it cannot listen', isSaid('not served'))
  taken.close()
  const rest = restClient(url)
  await until('it knows who leads', async () => {
    const { status } = await rest.request('GET', '/health')
    return status === 200 || undefined
  })
  const pool = { storage_pool_name: 'fast', props: { 'Aux/a': '1' } }
  expect((await rest.request('POST', '/v1/storage-pool-definitions', pool)).status).toBe(201)
  const read = await rest.request('GET', '/v1/storage-pool-definitions/FAST')
  expect(read.body).toEqual(pool)
  await system.must('storage-pool-definition.create', { pool: 'slow' })
  await until('it has what others have written', async () => {
    const { status } = await rest.request('GET', '/v1/storage-pool-definitions/slow')
    return status === 200 || undefined
  })
  stop.abort()
  await over
  await connection.close()
})
