/** Webhooks on a real server: signed CloudEvents in order, through a change of the leader. */
import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { streams } from '@varve/events'
import { expect, it } from 'vitest'
import { startSystem, until } from './harness.ts'
import { varve } from './varve.ts'

type Taken = { readonly headers: IncomingHttpHeaders; readonly body: string }

/** Takes what is sent, or answers with `status` while that is set. */
async function receiver() {
  const taken: Taken[] = []
  const it = { taken, status: 204, refused: 0 }
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      if (it.status === 204) taken.push({ headers: request.headers, body })
      else it.refused += 1
      response.writeHead(it.status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(it, {
    url: `http://127.0.0.1:${port}/varve`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

const eventOf = ({ body }: Taken) =>
  JSON.parse(body) as { id: string; type: string; sequence: string; specversion: string }

it('tells in order, signed, at least once and through a change of the leader', async () => {
  await using system = await startSystem()
  await using hook = await receiver()
  const first = await system.startController('c1', { readPassphrase: async () => 'words' })
  await until('the cluster has its passphrase', async () => {
    const reply = await system.query('encryption')
    return (reply.ok && JSON.stringify(reply.data).includes('"unlocked"')) || undefined
  })
  const secret = 'hush-4711'
  const filter = { command: 'resource-group' }
  await system.must('webhook.create', { webhook: 'ops', url: hook.url, secret, ...filter })
  // Nobody is there, and that is nobody else's business.
  await system.must('webhook.create', { webhook: 'dead', url: 'http://127.0.0.1:47999/' })
  const groups = ['gold', 'iron', 'lead', 'tin']
  await system.must('resource-group.create', { group: 'gold' })
  await system.must('node.create', { node: 'n1', address: '10.0.0.1' })
  await until('gold is told', () => hook.taken.length === 1)
  hook.status = 503
  await system.must('resource-group.create', { group: 'iron' })
  await until('it was refused once', () => hook.refused > 0)
  const shown = await until('the failure is known', async () => {
    const { out } = await varve(system, 'webhook show ops -o json')
    return out.includes('it answered 503') ? out : undefined
  })
  expect(shown).not.toContain(secret)
  expect(JSON.parse(shown)).toMatchObject({
    isSigned: true,
    failure: { problem: 'it answered 503' },
  })

  await first.stop()
  hook.status = 204
  await system.startController('c2', { readPassphrase: async () => 'words' })
  for (const group of groups.slice(2)) await system.must('resource-group.create', { group })
  await until('all are told', () => new Set(hook.taken.map((one) => eventOf(one).id)).size === 4)
  const ids = [...new Set(hook.taken.map((one) => eventOf(one).sequence))]
  expect(ids).toEqual(ids.toSorted())
  for (const { headers, body } of hook.taken) {
    expect(eventOf({ headers, body })).toMatchObject({
      specversion: '1.0',
      type: 'varve.resource-group.create',
    })
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    const mac = createHmac('sha256', secret).update(signed).digest('base64')
    expect(headers['webhook-signature']).toBe(`v1,${mac}`)
  }
  const { out } = await varve(system, 'webhook list')
  expect(out).toMatch(/ops .*yes/)
  expect(out).toMatch(/dead .*ECONNREFUSED/)

  // The secret stands nowhere in the clear: neither in the log nor where the cursors are.
  for (const stream of [streams.log, streams.cursors]) {
    for (let seq = 1; ; seq += 1) {
      const body = JSON.stringify({ seq })
      const message = await system.client.request(`$JS.API.STREAM.MSG.GET.${stream}`, body)
      const { message: found } = message.json<{ message?: { data: string } }>()
      if (!found && stream === streams.log) break
      if (!found && seq > 50) break
      const stored = Buffer.from(found?.data ?? '', 'base64').toString()
      expect(stored).not.toContain(secret)
    }
  }
  await system.must('webhook.delete', { webhook: 'ops' })
  const told = hook.taken.length
  await system.must('resource-group.create', { group: 'zinc' })
  await until('the other one has seen it', async () => {
    const reply = await system.query('webhook', { webhook: 'dead' })
    return reply.ok || undefined
  })
  expect(hook.taken).toHaveLength(told)
})
