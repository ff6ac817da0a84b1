import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from './harness.ts'
import { type RestAnswer, withRest } from './rest.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const { controller, rest } = withRest()
let simulated: SimulatedSystem

beforeAll(async () => {
  simulated = await startSimulated({ nodes: ['n1', 'n2', 'n3'], controller })
})
afterAll(async () => simulated[Symbol.asyncDispose]())

const get = (path: string) => rest.request('GET', path)
const post = (path: string, body?: unknown) => rest.request('POST', path, body)
const put = (path: string, body: unknown) => rest.request('PUT', path, body)
const remove = (path: string) => rest.request('DELETE', path)
const messages = (answer: RestAnswer) =>
  (answer.body as { message: string }[]).map(({ message }) => message)

test('a group with its filter: strings as numbers, empty lists that take a field away', async () => {
  const group = {
    name: 'fast',
    select_filter: { place_count: '2', storage_pool_list: ['thin'], replicas_on_same: ['Aux/x'] },
  }
  const made = await post('/v1/resource-groups', group)
  expect([made.status, rest.codes(made)]).toEqual([201, ['21233665']])
  const again = await post('/v1/resource-groups', group)
  expect([again.status, rest.codes(again)]).toEqual([500, ['-4611686018406153718']])
  await put('/v1/resource-groups/fast', { select_filter: { replicas_on_same: [] } })
  expect((await get('/v1/resource-groups/FAST')).body).toMatchObject({
    name: 'fast',
    select_filter: { place_count: 2, storage_pool: 'thin', storage_pool_list: ['thin'] },
  })
  expect((await get('/v1/resource-groups/fast')).text).not.toMatch('replicas_on_same')
  const volumes = '/v1/resource-groups/fast/volume-groups'
  expect((await post(volumes, { volume_number: 0 })).status).toBe(201)
  expect((await get(volumes)).body).toMatchObject([{ volume_number: 0 }])
})

test('spawned resources are there and ready when the answer comes', async () => {
  const spawned = await post('/v1/resource-groups/fast/spawn', {
    resource_definition_name: 'web',
    volume_sizes: ['102400'],
    partial: false,
    definitions_only: false,
    select_filter: {},
  })
  expect(messages(spawned).filter((text) => text.startsWith('New'))).toHaveLength(3)
  expect([spawned.status, spawned.text]).toEqual([201, expect.not.stringMatching('WARN|not done')])
  const listed = await get('/v1/view/resources?resources=WEB')
  const replicas = listed.body as { node_name: string; flags?: string[] }[]
  const [first] = replicas.filter(({ flags }) => flags === undefined)
  expect(replicas.map(({ flags }) => flags?.at(-1)).sort()).toEqual([
    'TIE_BREAKER',
    undefined,
    undefined,
  ])
  expect(first).toMatchObject({
    name: 'web',
    state: { in_use: false },
    layer_object: {
      type: 'DRBD',
      drbd: { may_promote: true, drbd_volumes: [{ device_path: expect.stringMatching('drbd') }] },
      children: [{ type: 'STORAGE', storage: { storage_volumes: [{ volume_number: 0 }] } }],
    },
    volumes: [
      {
        volume_number: 0,
        provider_kind: 'LVM_THIN',
        storage_pool_name: 'thin',
        state: { disk_state: 'UpToDate' },
        layer_data_list: [{ type: 'DRBD' }, { type: 'STORAGE' }],
      },
    ],
  })
  expect((await get('/v1/resource-definitions/web/sync-status')).body).toEqual({
    synced_on_all: true,
  })
  const definitions = await get('/v1/resource-definitions?with_volume_definitions=true')
  expect(definitions.body).toMatchObject([
    {
      name: 'web',
      resource_group_name: 'fast',
      layer_data: [{ type: 'DRBD', data: { port: -1, peer_slots: 7 } }, { type: 'STORAGE' }],
      volume_definitions: [{ volume_number: 0, size_kib: 102_400 }],
    },
  ])
})

test('a volume has the names that udev gives its device', async () => {
  await until('all three have been looked at', async () => {
    const rows = (await get('/v1/view/resources?resources=web')).body as {
      volumes: { props?: Record<string, string> }[]
    }[]
    const links = rows.map(({ volumes }) => volumes[0]?.props?.['Satellite/Device/Symlinks/0'])
    return links.every((link) => link === '/dev/drbd/by-res/web/0') || undefined
  })
})

test('what is placed already is placed by nobody a second time', async () => {
  const again = await post('/v1/resource-definitions/web/autoplace', {
    diskless_on_remaining: null,
    select_filter: { place_count: 2 },
  })
  expect(again.status).toBe(201)
  const [replica] = (await get('/v1/view/resources?resources=web')).body as { node_name: string }[]
  const there = await post('/v1/resource-definitions/web/resources', [
    { resource: { node_name: replica?.node_name } },
  ])
  expect([there.status, rest.codes(there)]).toEqual([201, ['4611686018447583000']])
  const tooMany = await post('/v1/resource-definitions/web/autoplace', {
    select_filter: { place_count: 9 },
  })
  expect([tooMany.status, rest.codes(tooMany)]).toEqual([500, ['-4611686018407201820']])
})

test('a node gets what it needs to use the volume', async () => {
  const rows = (await get('/v1/view/resources?resources=web')).body as {
    node_name: string
    flags?: string[]
  }[]
  const node = rows.find(({ flags }) => flags?.includes('TIE_BREAKER'))?.node_name
  const path = `/v1/resource-definitions/web/resources/${node}`
  const taken = await post(`${path}/make-available`, { diskful: false })
  expect(taken.status).toBe(200)
  expect((await get(path)).body).toMatchObject({ flags: ['DISKLESS', 'DRBD_DISKLESS'] })
  expect(rest.codes(await post(`${path}/make-available`))).toEqual(['4611686018447582999'])
  const gone = await remove(`${path}?keep_tiebreaker=true`)
  expect([gone.status, rest.codes(gone).at(-1)]).toEqual([200, '53739522'])
})

test('a disk moves from node to node, and goes', async () => {
  const rows = (await get('/v1/view/resources?resources=web')).body as {
    node_name: string
    flags?: string[]
  }[]
  const from = rows.find(({ flags }) => flags === undefined)?.node_name
  const to = rows.find(({ flags }) => flags !== undefined)?.node_name
  const path = `/v1/resource-definitions/web/resources/${to}`
  const moved = await put(`${path}/migrate-disk/${from}/thin`, {})
  expect([moved.status, rest.codes(moved)[0]]).toEqual([200, '36962307'])
  await until('the source is gone', async () => {
    const { text } = await get(`/v1/resource-definitions/web/resources/${from}`)
    return /"StorPoolName"|DISK_/.test(text) ? undefined : true
  })
  expect((await get(path)).text).toMatch('"StorPoolName":"thin"')
})

test('a volume grows, and is not grown again', async () => {
  const volume = '/v1/resource-definitions/web/volume-definitions/0'
  const grown = await put(volume, { size_kib: 204_800 })
  expect([grown.status, rest.codes(grown)]).toEqual([200, ['36700163']])
  expect((await get(volume)).body).toMatchObject({ volume_number: 0, size_kib: 204_800 })
  const same = await put(volume, { size_kib: 204_800 })
  expect(same.text).toMatch('already')
  const smaller = await put(volume, { size_kib: 4096 })
  expect(smaller.status).toBe(500)
})

test('a definition by its external name, filled by hand, removed replica by replica', async () => {
  const made = await post('/v1/resource-definitions', {
    resource_definition: { external_name: 'vol one', resource_group_name: 'fast' },
  })
  const [entry] = made.body as { obj_refs: { RscDfn: string } }[]
  expect(entry?.obj_refs.RscDfn).toBe('vol_one')
  const path = '/v1/resource-definitions/vol_one'
  const volume = { volume_definition: { size_kib: 8192, props: { 'Aux/a': 1 } } }
  const added = await post(`${path}/volume-definitions`, volume)
  expect([added.status, rest.codes(added)]).toEqual([200, ['19922945']])
  for (const node of ['n1', 'n2']) {
    const body = { resource: { props: { StorPoolName: 'thin' } } }
    const placed = await post(`${path}/resources/${node}`, body)
    expect([placed.status, rest.codes(placed)[0]]).toEqual([201, '20185089'])
  }
  await until('both replicas are UpToDate', async () => {
    const { body } = await get(`${path}/sync-status`)
    return (body as { synced_on_all: boolean }).synced_on_all || undefined
  })
  const tie = (await get(`${path}/resources/n3`)).status
  if (tie === 200) expect((await remove(`${path}/resources/n3`)).status).toBe(200)
  for (const node of ['n1', 'n2']) {
    const gone = await remove(`${path}/resources/${node}`)
    expect([node, gone.status, gone.text]).toEqual([node, 200, expect.stringMatching('deleted')])
  }
  expect((await remove(`${path}/volume-definitions/0`)).status).toBe(200)
  expect(rest.codes(await remove(path))).toEqual(['54001666'])
})

test('groups that are in use stay, and go when nothing belongs to them', async () => {
  const used = await remove('/v1/resource-groups/fast')
  expect([used.status, rest.codes(used)]).toEqual([500, ['-4611686018372599307']])
  const gone = await remove('/v1/resource-definitions/web')
  expect([gone.status, rest.codes(gone)]).toEqual([200, ['54001666']])
  expect(rest.codes(await remove('/v1/resource-definitions/web'))).toEqual(['-9223372036800771144'])
  expect((await remove('/v1/resource-groups/fast')).status).toBe(200)
  expect((await get('/v1/view/resources')).body).toEqual([])
})
