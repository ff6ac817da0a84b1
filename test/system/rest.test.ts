import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from './harness.ts'
import { withRest } from './rest.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const { controller, rest } = withRest()
let simulated: SimulatedSystem

beforeAll(async () => {
  simulated = await startSimulated({ nodes: ['n1', 'n2'], controller, register: false })
})
afterAll(async () => simulated[Symbol.asyncDispose]())

const sequence = async () => {
  const reply = await simulated.system.query('status')
  return reply.sequence
}

test('what every client asks first', async () => {
  const version = await rest.request('GET', '/v1/controller/version')
  expect(version.status).toBe(200)
  expect(version.headers.get('content-type')).toMatch('application/json')
  expect(version.body).toMatchObject({ rest_api_version: '1.28.0' })
  await until('somebody leads', async () => {
    const { status } = await rest.request('GET', '/health')
    return status === 200 || undefined
  })
})

test('a node is added as the command line of LINSTOR does it, without a content type', async () => {
  const body = {
    name: 'n1',
    type: 'satellite',
    net_interfaces: [
      {
        name: 'default',
        address: '10.0.0.1',
        satellite_port: 3366,
        satellite_encryption_type: 'plain',
        is_active: true,
        uuid: null,
      },
    ],
  }
  const made = await rest.request('POST', '/v1/nodes', body)
  expect(made.text).toMatch(/"UUID":"[0-9a-f-]{36}"/)
  expect([made.status, rest.codes(made)]).toEqual([201, ['20709377']])
  const again = await rest.request('POST', '/v1/nodes', body)
  // FAIL_EXISTS_NODE: the last digits are what a double would lose.
  expect([again.status, rest.codes(again)]).toEqual([500, ['-4611686018406678028']])
  const one = await rest.request('GET', '/v1/nodes/N1')
  expect(one.body).toMatchObject({
    name: 'n1',
    type: 'SATELLITE',
    connection_status: 'ONLINE',
    props: { CurStltConnName: 'default' },
    net_interfaces: [{ name: 'default', address: '10.0.0.1', is_active: true }],
  })
  const history = await simulated.system.query('history', { object: 'node/n1' })
  expect(JSON.stringify(history)).toMatch('REST: POST /v1/nodes')
})

test('a second interface, changed and removed again', async () => {
  const interfaces = '/v1/nodes/n1/net-interfaces'
  const made = await rest.request('POST', interfaces, { name: 'data', address: '10.1.0.1' })
  expect([made.status, rest.codes(made)]).toEqual([201, ['18612225']])
  await rest.request('PUT', `${interfaces}/data`, { address: '10.1.0.9', is_active: true })
  const listed = await rest.request('GET', interfaces)
  expect(listed.body).toMatchObject([
    { name: 'data', address: '10.1.0.9', is_active: true },
    { name: 'default', is_active: false },
  ])
  expect((await rest.request('DELETE', `${interfaces}/data`)).status).toBe(200)
  const gone = await rest.request('DELETE', `${interfaces}/data`)
  expect([gone.status, (gone.body as { ret_code: number }[]).length]).toEqual([200, 1])
})

test('a storage pool is measured when the answer comes', async () => {
  const pool = {
    storage_pool_name: 'pool',
    provider_kind: 'LVM_THIN',
    props: { 'StorDriver/StorPoolName': 'vg0/thin' },
  }
  const made = await rest.request('POST', '/v1/nodes/n1/storage-pools', pool)
  expect([made.status, rest.codes(made)]).toEqual([201, ['18087937']])
  const view = await rest.request('GET', '/v1/view/storage-pools?nodes=n1&cached=true&limit=0')
  expect(view.text).toMatch('"free_capacity":9223372036854775807')
  expect(view.body).toMatchObject([
    { storage_pool_name: 'DfltDisklessStorPool', provider_kind: 'DISKLESS' },
    { storage_pool_name: 'pool', total_capacity: 104_857_600, free_space_mgr_name: 'n1;pool' },
  ])
})

test('properties are overridden and deleted, numbers and all', async () => {
  const set = { override_props: { 'Aux/rack': 101, 'Aux/deep/a': 'x' } }
  const changed = await rest.request('PUT', '/v1/nodes/n1', set)
  expect(changed.status).toBe(200)
  expect(rest.codes(changed).at(-1)).toBe('37486595')
  const only = await rest.request('GET', '/v1/nodes?props=Aux/rack=101')
  expect(only.body).toMatchObject([{ name: 'n1', props: { 'Aux/rack': '101' } }])
  await rest.request('PUT', '/v1/nodes/n1', {
    delete_props: ['Aux/rack'],
    delete_namespaces: ['Aux/deep'],
  })
  const none = await rest.request('GET', '/v1/nodes?props=Aux/rack')
  expect(none.body).toEqual([])
})

test('what is missing is 404 where it is read, and a warning where it is deleted', async () => {
  const missing = await rest.request('GET', '/v1/nodes/nowhere')
  expect([missing.status, rest.codes(missing)]).toEqual([404, ['-4611686018427387604']])
  const deleted = await rest.request('DELETE', '/v1/nodes/nowhere')
  expect([deleted.status, rest.codes(deleted)]).toEqual([200, ['-9223372036800509000']])
  expect((await rest.request('GET', '/v1/no/such/thing')).status).toBe(404)
})

test('bad requests are told why, and the log stays as it was', async () => {
  const before = await sequence()
  const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`
  const node = { name: 'n9', net_interfaces: [{ name: 'default', address: '10.0.0.9' }] }
  const bad: [string, string, unknown, number][] = [
    ['POST', '/v1/nodes', '{"name":', 400],
    ['POST', '/v1/nodes', deep, 400],
    ['POST', '/v1/nodes', 'x'.repeat(5_000_000), 413],
    ['POST', '/v1/nodes', '[]', 400],
    ['POST', '/v1/nodes', { ...node, type: 'Toaster' }, 400],
    ['POST', '/v1/nodes', { ...node, type: 'satellite', colour: 'red' }, 400],
    ['POST', '/v1/nodes', { ...node, type: 'satellite', name: '../../etc' }, 500],
    ['PUT', '/v1/nodes/n1', { override_props: { __proto__x: 'y' } }, 500],
    ['PUT', '/v1/nodes/n1', { override_props: { 'Aux/x': { y: 1 } } }, 400],
    ['DELETE', '/v1/nodes/..%2f..%2fetc', undefined, 200],
  ]
  for (const [method, path, body, status] of bad) {
    const answer = await rest.request(method, path, body)
    expect([method, path, answer.text, answer.status]).toEqual([method, path, answer.text, status])
    expect(answer.body).toMatchObject([{ message: expect.stringMatching(/./) }])
  }
  expect(await sequence()).toBe(before)
})

test('requests that a web page of somebody else sends are not taken', async () => {
  const response = await fetch(`${await rest.url}/v1/nodes/n1`, {
    method: 'DELETE',
    headers: { origin: 'http://elsewhere.example' },
  })
  expect(response.status).toBe(403)
})

test('a list that has not changed is not sent again', async () => {
  const first = await rest.request('GET', '/v1/view/storage-pools')
  const etag = first.headers.get('etag') ?? ''
  const again = await fetch(`${await rest.url}/v1/view/storage-pools`, {
    headers: { 'if-none-match': etag },
  })
  await again.arrayBuffer()
  // A satellite may have reported in between: then it is sent, under another tag.
  expect(again.status === 304 || again.headers.get('etag') !== etag).toBe(true)
})

test('a node is removed', async () => {
  await rest.request('DELETE', '/v1/nodes/n1/storage-pools/pool')
  const gone = await rest.request('DELETE', '/v1/nodes/n1')
  expect([gone.status, rest.codes(gone)]).toEqual([200, ['54263810']])
  expect((await rest.request('GET', '/v1/nodes')).body).toEqual([])
})
