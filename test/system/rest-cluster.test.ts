import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from './harness.ts'
import { withRest } from './rest.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const { controller, rest } = withRest()
let simulated: SimulatedSystem

beforeAll(async () => {
  const disks = [
    { name: 'sda', sizeKib: 2 ** 28 },
    { name: 'sdb', sizeKib: 2 ** 22, serial: 'S-B' },
  ]
  const host = () => ({
    disks,
    groups: [
      { name: 'vg0', disks: ['sda'], thinPools: [{ name: 'thin', sizeKib: 100 * 2 ** 20 }] },
    ],
  })
  simulated = await startSimulated({ nodes: ['n1', 'n2'], controller, host })
})
afterAll(async () => simulated[Symbol.asyncDispose]())

test('the passphrase is set, changed and entered', async () => {
  const path = '/v1/encryption/passphrase'
  expect((await rest.request('GET', path)).body).toEqual({ status: 'unset' })
  const made = await rest.request('POST', path, { new_passphrase: 'first one' })
  expect([made.status, rest.codes(made)]).toEqual([201, ['16777217']])
  const again = await rest.request('POST', path, { new_passphrase: 'first one' })
  expect([again.status, rest.codes(again)]).toEqual([500, ['-4611686018410610176']])
  const wrong = { old_passphrase: 'no', new_passphrase: 'second one' }
  expect((await rest.request('PUT', path, wrong)).status).toBe(500)
  const right = { old_passphrase: 'first one', new_passphrase: 'second one' }
  expect((await rest.request('PUT', path, right)).status).toBe(200)
  const entered = await rest.request('PATCH', path, '"second one"')
  expect([entered.status, rest.codes(entered)]).toEqual([200, ['4']])
  expect((await rest.request('GET', path)).body).toEqual({ status: 'unlocked' })
  const history = await simulated.system.query('log', { limit: 100 })
  expect(JSON.stringify(history)).not.toMatch('second one')
})

test('settings between two nodes, in either order', async () => {
  const props = { override_props: { 'DrbdOptions/Net/max-buffers': 8000 } }
  expect((await rest.request('PUT', '/v1/node-connections/n2/n1', props)).status).toBe(200)
  const listed = await rest.request('GET', '/v1/node-connections?node_a=n2')
  expect(listed.body).toEqual([
    { node_a: 'n1', node_b: 'n2', props: { 'DrbdOptions/Net/max-buffers': '8000' } },
  ])
  const none = await rest.request('GET', '/v1/resource-definitions/nothing/resource-connections')
  expect(none.status).toBe(404)
})

test('empty disks are listed, and become a storage pool', async () => {
  const listed = await until('the disks are reported', async () => {
    const { body } = await rest.request('GET', '/v1/physical-storage/')
    return (body as unknown[]).length > 0 ? body : undefined
  })
  expect(listed).toMatchObject([
    {
      size: 2 ** 32,
      nodes: { n1: [{ device: '/dev/sdb', serial: 'S-B' }], n2: [{ device: '/dev/sdb' }] },
    },
  ])
  const made = await rest.request('POST', '/v1/physical-storage/n1', {
    provider_kind: 'LVM_THIN',
    device_paths: ['/dev/sdb'],
    pool_name: 'more',
    with_storage_pool: { name: 'more', props: { 'Aux/kind': 'nvme' } },
  })
  expect([made.status, made.text]).toEqual([201, expect.stringMatching('storage pool')])
  const pool = await rest.request('GET', '/v1/nodes/n1/storage-pools/more')
  expect(pool.body).toMatchObject({ provider_kind: 'LVM_THIN', props: { 'Aux/kind': 'nvme' } })
  const raid = { provider_kind: 'LVM', device_paths: ['/dev/sdb'], raid_level: 'RAID6' }
  const refused = await rest.request('POST', '/v1/physical-storage/n2', raid)
  expect([refused.status, refused.text]).toEqual([500, expect.stringMatching('RAID6')])
})

test('our own description of the API', async () => {
  const { body } = await rest.request('GET', '/v1/varve/openapi.json')
  expect(body).toMatchObject({ openapi: '3.1.0', paths: { '/v1/nodes': { get: {}, post: {} } } })
})

test('counts, metrics and what properties there are', async () => {
  expect((await rest.request('GET', '/v1/stats/nodes')).body).toEqual({ count: 2 })
  const metrics = await rest.request('GET', '/metrics')
  expect(metrics.headers.get('content-type')).toMatch('text/plain; version=0.0.4')
  expect(metrics.text).toMatch(/^linstor_node_state\{node="n1",nodetype="SATELLITE".*\} 2$/m)
  expect(metrics.text).toMatch(/^linstor_storage_pool_capacity_total_bytes\{.*"thin".*\} 1\d+$/m)
  const fewer = await rest.request('GET', '/metrics?storage_pools=false')
  expect(fewer.text).not.toMatch('linstor_storage_pool')
  expect(fewer.text).toMatch(/^linstor_scrape_requests_count 1$/m)
  const asked = 'linstor_restapi_request_duration_seconds_bucket{apicall="GET /v1/stats/nodes"'
  expect(fewer.text).toContain(`${asked},le="+Inf"} 1\n`)
  expect(fewer.text).toMatch(/^process_resident_memory_bytes \d{7,}$/m)
  const info = await rest.request('GET', '/v1/nodes/properties/info')
  expect(info.body).toMatchObject({ PrefNic: { prop_type: expect.any(String) } })
  const all = (await rest.request('GET', '/v1/controller/properties/info/all')).body as object
  expect(Object.keys(all)).toContain('STORAGEPOOL')
})

test('nodes that change are told to those who listen', async () => {
  const events = await listen('/v1/events/nodes')
  await rest.request('PUT', '/v1/nodes/n1', { override_props: { 'Aux/rack': 'r1' } })
  expect(await events.until(/event: node-modified\ndata: (.*)\n/)).toMatchObject({
    old_node: { name: 'n1' },
    new_node: { name: 'n1', props: { 'Aux/rack': 'r1' } },
  })
  await events.stop()
})

test('a node is emptied and comes back', async () => {
  const events = await listen('/v1/events/nodes')
  const evacuated = await rest.request('PUT', '/v1/nodes/n2/evacuate', { do_not_target: [] })
  expect([evacuated.status, rest.codes(evacuated)]).toEqual([200, ['37486595']])
  expect((await rest.request('GET', '/v1/nodes/n2')).body).toMatchObject({ flags: ['EVACUATE'] })
  await events.until(/event: node-evacuate\ndata: (.*)\n/)
  const restored = await rest.request('PUT', '/v1/nodes/n2/restore')
  expect(restored.status).toBe(200)
  expect((await rest.request('GET', '/v1/nodes/n2')).text).not.toMatch('EVACUATE')
  await events.until(/event: node-restored\ndata: (.*)\n/)
  await events.stop()
})

test('who listens for promotions hears what may be promoted, at first and later', async () => {
  const before = await listen('/v1/events/drbd/promotion')
  await rest.request('POST', '/v1/resource-groups/DfltRscGrp/spawn', {
    resource_definition_name: 'db',
    volume_sizes: [8192],
  })
  const promoted = { resource_name: 'db', may_promote: true }
  const change = /event: may-promote-change\ndata: (.*true.*)\n/
  expect(await before.until(change)).toMatchObject(promoted)
  await before.stop()
  const later = await listen('/v1/events/drbd/promotion', { 'last-event-id': 'current' })
  expect(await later.until(change)).toMatchObject(promoted)
  await later.stop()
})

test('every question of the command line, as of any time, and plans that change nothing', async () => {
  const health = await rest.request('GET', '/v1/varve/query/health')
  expect(health.body).toMatchObject({ verdict: expect.any(String) })
  const history = await rest.request('GET', '/v1/varve/query/history?object=node/n1&limit=50')
  const rows = (history.body as { rows: { sequence: number; command: string }[] }).rows
  const made = rows.find(({ command }) => command === 'node.create')
  const then = await rest.request('GET', `/v1/nodes/n1?at=${made?.sequence}`)
  expect([then.status, then.text]).toEqual([200, expect.not.stringMatching('Aux/rack')])
  const before = await rest.request('GET', `/v1/view/resources?at=${made?.sequence}`)
  expect(before.body).toEqual([])
  expect((await rest.request('GET', '/v1/nodes?at=yesterday')).status).toBe(400)
  // Whoever waited for the end of one of these would keep the past from everybody else.
  for (const live of ['/v1/events/nodes', '/v1/events/drbd/promotion', '/v1/varve/feed']) {
    expect((await rest.request('GET', `${live}?at=1`)).status).toBe(400)
  }
  const pool = { node: 'n1', pool: 'third', provider: 'LVM', backing: 'vg0' }
  const planned = await rest.request('POST', '/v1/varve/plan/storage-pool.create', pool)
  expect(planned.text).toMatch('"type":"storage-pool.created"')
  expect((await rest.request('GET', '/v1/nodes/n1/storage-pools/third')).status).toBe(404)
  const refused = await rest.request('POST', '/v1/varve/plan/storage-pool.create', { node: '!' })
  expect(refused.status).toBe(500)
})

test('what would happen, why not, what came of what, since when, and how to take it back', async () => {
  const ask = async (path: string) => {
    const { status, body, text } = await rest.request('GET', `/v1/varve/${path}`)
    expect([path, status, text]).toEqual([path, 200, expect.any(String)])
    return body
  }
  const lost = await ask('query/what-if?change=lose-node&of=n1')
  expect(lost).toMatchObject({ total: { lost: expect.any(Number) } })
  expect(await ask('query/what-if?change=none&addKib=1048576')).toHaveProperty('placed')
  expect(await ask('query/why-not?node=n1&definition=db')).toBeInstanceOf(Object)
  expect(await ask('query/timeline?object=resource-definition/db&limit=20')).toBeInstanceOf(Object)
  expect(await ask('query/explain-placement?definition=db')).toHaveProperty('lines')
  expect(await ask('query/explain-stuck')).toBeInstanceOf(Object)

  const set = { override_props: { 'Aux/undone': 'later' } }
  await rest.request('PUT', '/v1/nodes/n1', set)
  const { sequence } = await simulated.system.query('status')
  expect(JSON.stringify(await ask(`query/undo?sequence=${sequence}`))).toMatch('Aux/undone')
  const net_interfaces = [{ name: 'default', address: '10.0.0.9' }]
  const made = { name: 'n9', type: 'auxiliary', net_interfaces }
  const node = await rest.request('POST', '/v1/nodes', made)
  expect(node.status).toBe(201)
  const check = encodeURIComponent('nodes < 3')
  expect(await ask(`query/check?expression=${check}&at=${sequence}`)).toMatchObject({ holds: true })
  const found = await ask(`bisect?expression=${check}`)
  expect(found).toMatchObject({ holds: false, sequence: expect.any(Number) })
  expect(JSON.stringify(found)).toMatch('node.create')
  const nonsense = await rest.request('GET', '/v1/varve/bisect?expression=nonsense')
  expect([nonsense.status, nonsense.text]).toEqual([500, expect.stringMatching('nonsense')])
  await rest.request('DELETE', '/v1/nodes/n9')
})

test('of many who write and read at once, each reads what it wrote, and nothing is lost', async () => {
  const clients = Array.from({ length: 200 }, (_, index) => `Aux/client/${index}`)
  const answers = await Promise.all(
    clients.map(async (key) => {
      const changed = await rest.request('PUT', '/v1/nodes/n1', { override_props: { [key]: 'x' } })
      const read = await rest.request('GET', `/v1/nodes?props=${key}=x`)
      return [changed.status, read.status, (read.body as unknown[]).length]
    }),
  )
  expect(answers.filter((answer) => answer.join() !== '200,200,1')).toEqual([])
  const { body } = await rest.request('GET', '/v1/nodes/n1')
  const kept = Object.keys((body as { props: object }).props)
  expect(clients.filter((key) => !kept.includes(key))).toEqual([])
})

test('the log as it grows, from where the reader left off', async () => {
  const feed = await listen('/v1/varve/feed', { 'last-event-id': '1' })
  expect(await feed.until(/^id: 2\nevent: block\ndata: (.*)\n/m)).toBeInstanceOf(Array)
  await rest.request('PUT', '/v1/nodes/n2', { override_props: { 'Aux/x': 'y' } })
  expect(await feed.until(/data: (.*Aux.x.*)\n/)).toMatchObject([{ command: 'node.modify' }])
  await feed.stop()
})

test('what is not there is refused by its name, and lists of it are empty', async () => {
  const backup = await rest.request('POST', '/v1/remotes/aws/backups', { rsc_name: 'web' })
  expect([backup.status, backup.text]).toEqual([500, expect.stringMatching('A backup to a remote')])
  expect((await rest.request('GET', '/v1/view/backup/queue')).body).toEqual({})
  const file = await rest.request('DELETE', '/v1/files/%2Fetc%2Fdrbd-reactor.d%2Fx.toml')
  expect(file.status).toBe(200)
  expect((await rest.request('GET', '/v1/files/%2Fetc%2Fx')).status).toBe(404)
})

/** Server-sent events as they come; `until` resolves with the data of the first that matches. */
async function listen(path: string, headers: Record<string, string> = {}) {
  const abort = new AbortController()
  const response = await fetch(`${await rest.url}${path}`, { headers, signal: abort.signal })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  // Connected: from here on nothing is missed.
  text += (await reader?.read())?.value ?? ''
  return {
    async until(pattern: RegExp): Promise<unknown> {
      for (;;) {
        const [, data] = pattern.exec(text) ?? []
        if (data !== undefined) return JSON.parse(data)
        const chunk = await reader?.read()
        if (chunk === undefined || chunk.done) throw new Error(`ended before ${pattern}: ${text}`)
        text += chunk.value
      }
    },
    stop: async () => {
      abort.abort()
      await reader?.cancel().catch(() => undefined)
    },
  }
}
