import { afterAll, beforeAll, expect, test } from 'vitest'
import { withRest } from './rest.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const { controller, rest } = withRest()
let simulated: SimulatedSystem

const gib = 1024 * 1024

beforeAll(async () => {
  simulated = await startSimulated({ nodes: ['n1', 'n2', 'n3'], controller })
  const filter = { place_count: 2, storage_pool_list: ['thin'] }
  await rest.request('POST', '/v1/resource-groups', { name: 'pairs', select_filter: filter })
})
afterAll(async () => simulated[Symbol.asyncDispose]())

type Info = { space_info: { max_vlm_size_in_kib: number; next_spawn_result: unknown[] } }

test('a volume of the largest size that was told can be made, and a larger one cannot', async () => {
  const asked = await rest.request('POST', '/v1/resource-groups/pairs/query-size-info', {})
  expect(asked.body).toMatchObject({
    // 100 GiB on each of three nodes: LINSTOR counts two of them full.
    space_info: { available_size_in_kib: 100 * gib, capacity_in_kib: 100 * gib },
  })
  const { max_vlm_size_in_kib: most, next_spawn_result } = (asked.body as Info).space_info
  expect(next_spawn_result).toHaveLength(2)
  const plan = (sizeKib: number) =>
    rest.request('POST', '/v1/varve/plan/resource-group.spawn', {
      group: 'pairs',
      definition: 'large',
      sizesKib: [sizeKib],
      partial: true,
    })
  expect((await plan(most)).status).toBe(200)
  expect((await plan(most + 4 * gib)).status).not.toBe(200)
})

test('all groups at once, in the form that Proxmox sends', async () => {
  const asked = await rest.request('POST', '/v1/queries/resource-groups/query-all-size-info', {
    ignore_cache_older_than_sec: 60,
  })
  const { result } = asked.body as { result: Record<string, Info> }
  expect(Object.keys(result)).toEqual(['DfltRscGrp', 'pairs'])
})

test('what does not fit anywhere says why', async () => {
  const asked = await rest.request('POST', '/v1/resource-groups/pairs/query-size-info', {
    select_filter: { place_count: 9 },
  })
  expect(asked.body).toMatchObject({
    space_info: { max_vlm_size_in_kib: 0, next_spawn_result: [] },
    reports: [{ message: expect.stringContaining('9 needed') }],
  })
})

test('the older form: by storage pool, of a group or of a filter', async () => {
  const candidate = {
    storage_pool: 'thin',
    all_thin: true,
    max_volume_size_kib: expect.any(Number),
  }
  const ofGroup = await rest.request('GET', '/v1/resource-groups/pairs/query-max-volume-size')
  expect(ofGroup.body).toMatchObject({ candidates: [candidate] })
  const ofFilter = await rest.request('OPTIONS', '/v1/query-max-volume-size', { place_count: 3 })
  expect(ofFilter.body).toMatchObject({ candidates: [candidate] })
})
