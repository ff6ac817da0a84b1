/**
 * What nobody should send, to every endpoint of a real server: each gets LINSTOR's form of an answer
 * with the reason, the process goes on serving, its memory stays bounded, and the log is unchanged.
 */
import { connect, type Socket } from 'node:net'
import { routes } from '@varve/rest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { type RawAnswer, type RawClient, rawClient } from './raw.ts'
import { withRest } from './rest.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const mib = 1024 * 1024
const { controller, rest } = withRest({ waitMs: 200 })
let simulated: SimulatedSystem
let port = 0
let raw: RawClient

beforeAll(async () => {
  simulated = await startSimulated({ nodes: ['n1'], controller })
  await simulated.system.must('resource-definition.create', { definition: 'web' })
  port = Number(new URL(await rest.url).port)
  raw = rawClient(port, 16)
})
afterAll(async () => {
  raw[Symbol.dispose]()
  await simulated[Symbol.asyncDispose]()
})

const sequence = async () => (await simulated.system.query('status')).sequence
const Entries = z.array(z.object({ ret_code: z.number(), message: z.string().min(1) })).min(1)

function expectRefusal(what: string, { status, text }: RawAnswer): void {
  expect([what, status]).toEqual([what, expect.toBeOneOf([400, 403, 404, 413, 500])])
  expect([what, Entries.safeParse(JSON.parse(text)).success]).toEqual([what, true])
  // A fault of the program has this sentence.
  expect([what, text.includes('A fault of the program')]).toEqual([what, false])
}

/** These answer until the client goes. */
const isEndless = (path: string) => /\/events\/|\/feed$/.test(path)
const asked = routes.filter(({ path }) => !isEndless(path))
const filled = (path: string, name: string) => path.replaceAll(/\{[^}]*\}/g, () => name)

/** Bodies that no endpoint takes for anything. */
const bodies: Readonly<Record<string, string | Uint8Array>> = {
  'half an object': '{"name":',
  'no UTF-8': new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  'many levels': '['.repeat(100_000),
  'many levels that end': `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
  'zero bytes': '\0\0\0\0',
}

/** Bodies that are JSON, and of a wrong form for all that have one. */
const forms: Readonly<Record<string, string>> = {
  'a list': '[1]',
  'a text': '"x"',
  'a number': '1e400',
  'an unknown field': '{"no such field":1}',
  'a prototype': '{"__proto__":{"a":1},"constructor":1}',
  'wrong types':
    '{"name":{},"props":7,"override_props":"x","select_filter":[],"nodes":1,"resource":"y","volume_sizes":"z"}',
}

test('bodies that cannot be read are refused with the reason by every endpoint that has one', async () => {
  const before = await sequence()
  const taking = asked.filter(({ body }) => body !== undefined)
  expect(taking.length).toBeGreaterThan(80)
  for (const { method, path } of taking) {
    await Promise.all(
      Object.entries(bodies).map(async ([what, body]) => {
        expectRefusal(
          `${method} ${path}: ${what}`,
          await raw.send(method, filled(path, 'web'), body),
        )
      }),
    )
  }
  expect(await sequence()).toBe(before)
}, 120_000)

test('bodies of a wrong form change nothing, and what is said of them can be read', async () => {
  const before = await sequence()
  for (const { method, path, body } of asked) {
    if (body === undefined || method === 'DELETE') continue
    await Promise.all(
      Object.entries(forms).map(async ([what, form]) => {
        const { text } = await raw.send(method, filled(path, 'nobody'), form)
        expect(() => JSON.parse(text), `${method} ${path}: ${what}`).not.toThrow()
        expect([path, what, text.includes('A fault of the program')]).toEqual([path, what, false])
      }),
    )
  }
  expect(await sequence()).toBe(before)
}, 120_000)

test('paths with tricks lead nowhere', async () => {
  const before = await sequence()
  const tricks = [
    '..%2f..%2fetc%2fpasswd',
    '%00',
    '%ff%fe',
    '%',
    'a'.repeat(2_000),
    '日本',
    '*',
    '%2e%2e',
  ]
  for (const { method, path } of asked) {
    if (!path.includes('{')) continue
    for (const trick of tricks) {
      const name = encodeURI(trick).replaceAll('%25', '%')
      const { status, text } = await raw.send(method, filled(path, name), '{}')
      const what = `${method} ${filled(path, trick.slice(0, 20))}`
      expect([what, status]).toEqual([what, expect.toBeOneOf([200, 201, 400, 403, 404, 500])])
      expect([what, text.includes('A fault of the program')]).toEqual([what, false])
      expect([what, text.includes('root:')]).toEqual([what, false])
    }
  }
  for (const path of ['/v1/../../etc/passwd', '//v1//nodes', '/v1/nodes/%2e%2e/%2e%2e', '/%00']) {
    expectRefusal(path, await raw.send('GET', path))
  }
  expect(await sequence()).toBe(before)
}, 120_000)

test('large bodies at once do not fill the memory', async () => {
  const before = process.memoryUsage().rss
  const body = Buffer.alloc(24 * mib, 0x20)
  for (let round = 0; round < 2; round += 1) {
    const sent = Array.from({ length: 8 }, () => raw.send('PUT', '/v1/nodes/n1', body))
    for (const answer of await Promise.all(sent)) {
      expectRefusal('24 MiB', answer)
      expect(answer.status).toBe(413)
    }
  }
  // Of the 384 MiB that were sent, at most what one request may have, a few times.
  expect(process.memoryUsage().rss - before).toBeLessThan(250 * mib)
  expect((await rest.request('GET', '/health')).status).toBe(200)
}, 60_000)

/** A connection on which something was written; it is not closed by us. */
function open(text: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text, () => resolve(socket)))
    socket.on('error', reject)
  })
}

test('clients that are slow, that go, and that read nothing hold nobody up', async () => {
  const before = await sequence()
  const head = 'PUT /v1/nodes/n1 HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"props"'
  const slow = await Promise.all(Array.from({ length: 100 }, () => open(head)))
  const silent = await Promise.all(Array.from({ length: 100 }, () => open('GET /v1/no')))
  const unread = await Promise.all(
    Array.from({ length: 20 }, () =>
      open('GET /v1/controller/properties/info/all HTTP/1.1\r\nHost: x\r\n\r\n'),
    ),
  )
  for (const socket of unread) socket.pause()
  const served = await rest.request('GET', '/v1/nodes/n1')
  expect(served.status).toBe(200)
  for (const socket of slow) socket.write(' ')
  for (const socket of [...slow, ...silent, ...unread]) socket.destroy()
  expect((await rest.request('GET', '/v1/nodes/n1')).status).toBe(200)
  expect(await sequence()).toBe(before)
})

test('a client that has closed its half of the connection still gets its answer', async () => {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.end('GET /v1/controller/version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  let text = ''
  for await (const part of socket) text += String(part)
  expect(text).toMatch('rest_api_version')
})

test('what is no HTTP is told so, and the next one is served', async () => {
  const socket = await open('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n')
  let text = ''
  for await (const part of socket) text += String(part)
  expect(text).toMatch(/^HTTP\/1.1 400/)
  expect((await rest.request('GET', '/v1/controller/version')).status).toBe(200)
})
