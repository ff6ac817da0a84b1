import { afterAll, beforeAll, expect, test } from 'vitest'
import { withRest } from './rest.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const { controller, rest } = withRest()
let simulated: SimulatedSystem

beforeAll(async () => {
  simulated = await startSimulated({ nodes: [], controller, register: false })
})
afterAll(async () => simulated[Symbol.asyncDispose]())

const path = '/v1/key-value-store'

test('a store begins with its first key, and is read in any spelling of its name', async () => {
  const keys = { override_props: { '/xcp/volume/1/not-exists': '0', size: 7 } }
  const made = await rest.request('PUT', `${path}/xcp-sr`, keys)
  // Exactly one entry, and a success: clients look at the first.
  expect([made.status, rest.codes(made)]).toEqual([200, ['37748739']])
  const one = await rest.request('GET', `${path}/XCP-SR`)
  const store = { name: 'xcp-sr', props: { 'xcp/volume/1/not-exists': '0', size: '7' } }
  expect(one.body).toEqual([store])
  expect((await rest.request('GET', path)).body).toEqual([store])
})

test('keys go one by one or by namespace, and the store stays', async () => {
  const changes = { delete_props: ['/size'], delete_namespaces: ['xcp'] }
  expect((await rest.request('PUT', `${path}/xcp-sr`, changes)).status).toBe(200)
  expect((await rest.request('GET', path)).body).toEqual([{ name: 'xcp-sr', props: {} }])
})

test('what is no name or too much is refused in LINSTOR’s words, and nothing is kept', async () => {
  const short = await rest.request('PUT', `${path}/x`, { override_props: { a: 'b' } })
  expect([short.status, rest.codes(short)]).toEqual([500, ['-4611686018389638945']])
  const much = { override_props: { a: 'b'.repeat(65_537) } }
  expect((await rest.request('PUT', `${path}/much`, much)).status).toBe(500)
  const missing = await rest.request('GET', `${path}/much`)
  expect([missing.status, rest.codes(missing)]).toEqual([404, ['-4611686018427387588']])
})

test('a store is deleted, and deleting it again is a warning', async () => {
  const gone = await rest.request('DELETE', `${path}/xcp-sr`)
  expect([gone.status, rest.codes(gone)]).toEqual([200, ['54525954']])
  const again = await rest.request('DELETE', `${path}/xcp-sr`)
  expect([again.status, rest.codes(again)]).toEqual([200, ['-9223372036800246856']])
})
