/** One webhook: in order, once taken never again by itself, later where it was not taken. */
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createState, type Entry, genesis, type Webhook, type WebhookState } from '@varve/events'
import { expect, test } from 'vitest'
import type { Cursors } from './cursors.ts'
import { type DeliveryParts, deliver } from './deliver.ts'
import { type Post, post } from './post.ts'
import { runWebhooks } from './run.ts'
import { deliveryHeaders } from './sign.ts'

const hook: Webhook = {
  name: 'ops',
  url: 'http://127.0.0.1:9/',
  filter: {},
  from: 0,
  origin: { entry: 'made', at: 0, sequence: 1 },
}

const entry = (definition: string): Entry => ({
  id: `01J${definition.padStart(23, '0')}`.slice(0, 26),
  at: 1_000,
  actor: { kind: 'user', name: 'alice', via: 'cli' },
  command: { type: 'resource-definition.delete', args: { definition } },
  events: [{ type: 'resource-definition.deleted', definition }],
})

/** A log of these definitions' deletions, a block each; time goes on as fast as it is waited for. */
function bench(names: readonly string[], post: Post, cursor?: WebhookState) {
  const stop = new AbortController()
  const noted: WebhookState[] = []
  const cursors: Cursors = {
    read: async () => noted.at(-1) ?? cursor,
    write: async (_, state) => void noted.push(state),
  }
  const parts: DeliveryParts = {
    cluster: 'test',
    cursors,
    post,
    stored: () => names.length,
    entriesAt: async (sequence) => [entry(names[sequence - 1] ?? '')],
    grown: async () => stop.abort(),
    unwrap: (wrapped) => (wrapped === 'closed' ? undefined : 'secret'),
    now: () => 2_000_000,
    onProblem: (_, error) => {
      throw error
    },
  }
  return { parts, noted, stop }
}

const subjectOf = (body: string) => (JSON.parse(body) as { subject: string }).subject

test('all that it asks for, in the order of the log, then the cursor is noted', async () => {
  const sent: string[] = []
  const { parts, noted, stop } = bench(['a1', 'b2', 'a1'], async (_, { body }) => {
    sent.push(subjectOf(body))
    return undefined
  })
  const filter = { object: 'resource-definition/A1' } as const
  await deliver({ ...hook, filter }, parts, stop.signal)
  expect(sent).toEqual(['resource-definition/a1', 'resource-definition/a1'])
  expect(noted.at(-1)).toEqual({ origin: 'made', sequence: 3, deliveredAt: 2_000_000 })
})

test('whoever leads next goes on from the cursor, and one of the same name begins anew', async () => {
  const run = async (origin: string) => {
    const sent: string[] = []
    const take: Post = async (_, { body }) => {
      sent.push(subjectOf(body))
      return undefined
    }
    const { parts, stop } = bench(['a1', 'b2', 'c3'], take, { origin, sequence: 2 })
    await deliver(hook, parts, stop.signal)
    return sent.length
  }
  expect(await run('made')).toBe(1)
  expect(await run('another entry')).toBe(3)
})

test('what is not taken is tried again before anything later, and it is told why', async () => {
  const answers = ['it answered 500', undefined, undefined]
  const sent: string[] = []
  const { parts, noted, stop } = bench(['a1', 'b2'], async (_, { body }) => {
    sent.push(subjectOf(body))
    return answers.shift()
  })
  await deliver(hook, parts, stop.signal)
  expect(sent).toEqual(['a1', 'a1', 'b2'].map((name) => `resource-definition/${name}`))
  expect(noted[0]?.failure).toMatchObject({ problem: 'it answered 500', attempts: 1 })
  expect(noted.at(-1)).toMatchObject({ sequence: 2 })
  expect(noted.at(-1)?.failure).toBeUndefined()
})

test('nothing is sent unsigned that is to be signed', async () => {
  let sent = 0
  const { parts, noted, stop } = bench(['a1'], async () => {
    sent += 1
    return undefined
  })
  const over = deliver({ ...hook, secret: 'closed' }, parts, stop.signal)
  await expect.poll(() => noted[0]?.failure?.problem).toContain('passphrase')
  stop.abort()
  await over
  expect(sent).toBe(0)
})

test('one that never answers keeps nobody else waiting', async () => {
  const state = createState(genesis)
  state.position.sequence = 1
  state.webhooks.set('dead', { ...hook, name: 'dead' })
  state.webhooks.set('ops', hook)
  const sent: string[] = []
  const { parts } = bench(['a1'], async (_, { headers }, signal) => {
    sent.push(headers['webhook-id'] ?? '')
    if (sent.length > 1) return undefined
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve('ended')))
  })
  const webhooks = runWebhooks(state, parts)
  await expect.poll(() => sent.length).toBe(2)
  await webhooks[Symbol.asyncDispose]()
})

test('the signature is that of Standard Webhooks', () => {
  const headers = deliveryHeaders({ id: '7.0', at: 1_700_000_000_999, body: '{}' }, 'secret')
  const mac = createHmac('sha256', 'secret').update('7.0.1700000000.{}').digest('base64')
  expect(headers).toMatchObject({
    'webhook-timestamp': '1700000000',
    'webhook-signature': `v1,${mac}`,
  })
})

test('over HTTP: 2xx is taken, all else is a reason, and nothing is followed elsewhere', async () => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const status = Number(request.url?.slice(1))
    response.writeHead(status, status === 302 ? { location: '/204' } : {}).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const send = (path: string) =>
    post(
      `http://127.0.0.1:${port}/${path}`,
      { headers: {}, body: '{}' },
      new AbortController().signal,
    )
  expect(await send('204')).toBeUndefined()
  expect(await send('302')).toBe('it answered 302')
  expect(await send('503')).toBe('it answered 503')
  expect(asked).toEqual(['/204', '/302', '/503'])
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  expect(await send('204')).toBeDefined()
})
