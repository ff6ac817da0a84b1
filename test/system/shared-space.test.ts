/** Storage that two nodes share, over LINSTOR's REST API, on simulated machines. */
import type { HostOptions } from '@varve/sim'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from './harness.ts'
import { type RestAnswer, withRest } from './rest.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const gib = 1024 * 1024
const { controller, rest } = withRest()
let simulated: SimulatedSystem

/** Beside the disk of its own each machine has one that both have. */
function host(node: string): Partial<HostOptions> {
  const shared = node === 'n1' ? {} : { sharedWith: 'n1' }
  return {
    disks: ['/dev/sda', '/dev/sdb'].map((name) => ({ name, sizeKib: 20 * gib })),
    groups: [
      { name: 'vg0', disks: ['/dev/sda'], thinPools: [{ name: 'thin', sizeKib: 10 * gib }] },
      { name: 'vgsan', disks: ['/dev/sdb'], ...shared },
    ],
  }
}

beforeAll(async () => {
  simulated = await startSimulated({ nodes: ['n1', 'n2'], controller, host })
})
afterAll(async () => simulated[Symbol.asyncDispose]())

const base = '/v1/resource-definitions'
const get = (path: string) => rest.request('GET', path)
const post = (path: string, body: unknown = {}) => rest.request('POST', path, body)
const messages = (answer: RestAnswer) =>
  (answer.body as { message: string }[]).map(({ message }) => message).join('\n')

const activeOn = (node: string) =>
  simulated.world.host(node).machine.groups.get('vgsan')?.volumes.get('web_00000')?.active ?? false

const flagsOf = async (node: string) =>
  ((await get(`${base}/web/resources/${node}`)).body as { flags?: string[] }).flags ?? []

test('a pool of both nodes, counted once, and a volume that is open on the first', async () => {
  for (const node of ['n1', 'n2']) {
    const pool = {
      storage_pool_name: 'san',
      provider_kind: 'LVM',
      props: { 'StorDriver/StorPoolName': 'vgsan' },
      shared_space: 'san',
    }
    expect((await post(`/v1/nodes/${node}/storage-pools`, pool)).status).toBe(201)
  }
  const pools = (await get('/v1/nodes/n2/storage-pools/san')).body
  expect(pools).toMatchObject({ free_space_mgr_name: 'san' })
  const definition = { name: 'web', layer_data: [{ type: 'STORAGE' }] }
  await post(base, { resource_definition: definition })
  await post(`${base}/web/volume-definitions`, { volume_definition: { size_kib: gib } })
  const resource = { props: { StorPoolName: 'san' } }
  expect((await post(`${base}/web/resources/n1`, { resource })).status).toBe(201)
  const twin = await post(`${base}/web/resources/n2`, { resource })
  expect([twin.status, messages(twin)]).toEqual([201, expect.stringMatching('is inactive')])
  expect((await get(`${base}/web/resources/n2`)).body).toMatchObject({
    flags: ['INACTIVE'],
    shared_name: 'san',
  })
  expect([activeOn('n1'), activeOn('n2')]).toEqual([true, false])
})

test('deactivated here, activated there; never on both', async () => {
  const second = await post(`${base}/web/resources/n2/activate`)
  expect([second.status, messages(second)]).toEqual([500, expect.stringMatching('is active on n')])
  const closed = await post(`${base}/web/resources/n1/deactivate`)
  expect([closed.status, messages(closed)]).toEqual([200, expect.stringMatching('deactivated')])
  expect(await flagsOf('n1')).toEqual(['INACTIVE'])
  expect(activeOn('n1')).toBe(false)
  const opened = await post(`${base}/web/resources/n2/activate`)
  expect([opened.status, messages(opened)]).toEqual([200, expect.stringMatching('activated')])
  expect([activeOn('n1'), activeOn('n2')]).toEqual([false, true])
  expect(messages(await post(`${base}/web/resources/n2/activate`))).toMatch('active already')
})

test('make-available moves it back, once nobody has it open', async () => {
  const close = simulated.world.host('n2').occupy('/dev/vgsan/web_00000')
  await simulated.system.must('resource.make-available', { definition: 'web', node: 'n1' })
  await until('n2 cannot close it', async () => {
    const rows = await simulated.replicas('web')
    return rows.find((row) => row.node === 'n2')?.observed?.failure !== undefined || undefined
  })
  expect([activeOn('n1'), activeOn('n2')]).toEqual([false, true])
  expect(await flagsOf('n2')).toEqual(['INACTIVATING'])
  close()
  const done = await post(`${base}/web/resources/n1/make-available`)
  expect(done.status).toBeLessThan(300)
  await until('it is open on n1', async () => activeOn('n1') || undefined)
  expect(activeOn('n2')).toBe(false)
})

test('a node that was off comes back with it closed', async () => {
  await simulated.crash('n1')
  await until('n1 is offline', async () => {
    const reply = await post(`${base}/web/resources/n2/activate`)
    expect(reply.status).toBe(500)
    const fenced = { definition: 'web', node: 'n1', fenced: true }
    return (await simulated.system.command('resource.deactivate', fenced)).ok || undefined
  })
  await post(`${base}/web/resources/n2/activate`)
  await until('it is open on n2', async () => activeOn('n2') || undefined)
  await simulated.boot('n1')
  await until('n1 is back', async () => {
    const row = (await simulated.replicas('web')).find(({ node }) => node === 'n1')
    return row?.status === 'Inactive' || undefined
  })
  expect([activeOn('n1'), activeOn('n2')]).toEqual([false, true])
})

test('with the definition it goes, as the last twin does', async () => {
  await rest.request('DELETE', `${base}/web`)
  await simulated.untilGone('web')
  for (const node of ['n1', 'n2']) {
    expect([...(simulated.world.host(node).machine.groups.get('vgsan')?.volumes ?? [])]).toEqual([])
  }
  expect(simulated.world.unknown).toEqual([])
})
