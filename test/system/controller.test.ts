import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { jetstreamManager } from '@nats-io/jetstream'
import { streams } from '@varve/events'
import { expect, test } from 'vitest'
import { startSystem, subjects, until } from './harness.ts'

test('a command is answered with its sequence once it is in the stream and in the journal', async () => {
  await using system = await startSystem()
  await system.startController('c1')
  const reply = await system.must('node.create', { node: 'n1', address: '10.0.0.1' })
  const manager = await jetstreamManager(system.client)
  const stored = await manager.streams.getMessage(streams.log, { seq: reply.sequence })
  const journal = await readFile(join(system.directory, 'c1', 'journal'), 'utf8')
  expect(journal.split('\n')[reply.sequence - 1]).toBe(stored?.string())
  expect(stored?.json()).toMatchObject({
    v: 1,
    term: 1,
    entries: [
      {
        id: reply.id,
        actor: { kind: 'user', name: 'alice', via: 'nats' },
        command: { type: 'node.create' },
      },
    ],
    details: [{ args: { node: 'n1' } }],
  })
})

test('the same id twice makes one entry and gets one outcome', async () => {
  await using system = await startSystem()
  await system.startController('c1')
  const first = await system.must('resource-definition.create', { definition: 'web' })
  const again = await system.command(
    'resource-definition.create',
    { definition: 'web' },
    { id: first.id },
  )
  expect(again).toMatchObject({ ok: true, repeated: true, sequence: first.sequence })
  const other = await system.command('resource-definition.create', { definition: 'WEB' })
  expect(other).toMatchObject({ ok: false, refusal: { code: 'exists' } })
})

test('what cannot be read is refused by name, and nothing is stored', async () => {
  await using system = await startSystem()
  await system.startController('c1')
  await system.must('controller.modify', {})
  const raw = async (subject: string, payload: string) =>
    (await system.client.request(subject, payload, { timeout: 5_000 })).json()
  const create = subjects.command('alice', 'node.create')
  expect(await raw(create, '{"v":1,')).toMatchObject({ refusal: { code: 'malformed-request' } })
  expect(await raw(create, '{"v":7,"id":"x","args":{}}')).toMatchObject({
    refusal: { code: 'unknown-version', measured: '7', required: 1 },
  })
  expect(
    await system.command('node.create', { node: 'no_such.name_', address: 'nowhere' }),
  ).toMatchObject({ ok: false, refusal: { code: 'invalid-arguments' } })
  const unknown = subjects.command('alice', 'node.paint')
  const id = '01J00000000000000000000000'
  expect(await raw(unknown, JSON.stringify({ v: 1, id, args: {} }))).toMatchObject({
    refusal: { code: 'unknown-command' },
  })
  expect(await system.query('paintings')).toMatchObject({
    ok: false,
    refusal: { code: 'unknown-query' },
  })
})

test('a plan tells events and effects and leaves no trace', async () => {
  await using system = await startSystem()
  await system.startController('c1')
  const before = await system.must('resource-definition.create', { definition: 'web' })
  const planned = await system.command(
    'volume-definition.create',
    { definition: 'web', sizeKib: 1024 },
    { plan: true },
  )
  expect(planned).toMatchObject({ ok: true, sequence: before.sequence })
  expect(planned.ok && planned.plan?.events.map(({ type }) => type)).toEqual([
    'volume-definition.created',
  ])
  const moved = await system.command(
    'resource-definition.delete',
    { definition: 'web' },
    { ifSequence: before.sequence - 1 },
  )
  expect(moved).toMatchObject({ ok: false, refusal: { code: 'state-moved' } })
  const deleted = await system.command(
    'resource-definition.delete',
    { definition: 'web' },
    { ifSequence: before.sequence },
  )
  expect(deleted).toMatchObject({ ok: true, sequence: before.sequence + 1 })
})

test('a second controller stands by and takes over with a higher term', async () => {
  await using system = await startSystem()
  const first = await system.startController('c1')
  await system.must('resource-definition.create', { definition: 'web' })
  await system.startController('c2')
  await first.stop()
  const reply = await system.must('resource-definition.create', { definition: 'db' })
  const manager = await jetstreamManager(system.client)
  const stored = await manager.streams.getMessage(streams.log, { seq: reply.sequence })
  expect(stored?.json()).toMatchObject({ term: 2 })
  const journals = await Promise.all(
    ['c1', 'c2'].map((name) => readFile(join(system.directory, name, 'journal'), 'utf8')),
  )
  expect(journals[1]?.startsWith(journals[0] ?? '-')).toBe(true)
})

test('hundreds of commands at once share blocks, and each is answered for itself', async () => {
  await using system = await startSystem()
  await system.startController('c1')
  const replies = await Promise.all(
    Array.from({ length: 300 }, (_, i) =>
      system.must('resource-definition.create', { definition: `web${i}` }),
    ),
  )
  const blocks = new Set(replies.map(({ sequence }) => sequence))
  expect(blocks.size).toBeLessThan(300)
  const listed = await system.query('resource-definitions', { limit: 1000 })
  expect(listed.ok && JSON.stringify(listed.data)).toContain('web299')
})

test('after a restart of the server the desired documents are there again, and only once each', async () => {
  await using system = await startSystem()
  await system.startController('c1')
  await system.must('node.create', { node: 'n1', address: '10.0.0.1' })
  const manager = await jetstreamManager(system.client)
  const documents = async () =>
    (await manager.streams.info(streams.desired, { subjects_filter: '>' })).state.subjects
  await until(
    'the node has its document',
    async () => (await documents())?.[subjects.desiredNode('n1')],
  )
  await system.restartNats()
  await until('the node has its document again', () =>
    documents().then(
      (found) => found?.[subjects.desiredNode('n1')],
      () => undefined,
    ),
  )
  const reply = await system.must('node.create', { node: 'n2', address: '10.0.0.2' })
  expect(reply.sequence).toBeGreaterThan(1)
})
