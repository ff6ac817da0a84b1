import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from './harness.ts'
import { withRest } from './rest.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const { controller, rest } = withRest({ waitMs: 3_000 })
let simulated: SimulatedSystem

beforeAll(async () => {
  simulated = await startSimulated({ nodes: ['n1'], controller })
})
afterAll(async () => simulated[Symbol.asyncDispose]())

type Report = { readonly filename: string; readonly text?: string; readonly node_name: string }

async function reports(query = ''): Promise<Report[]> {
  return (await rest.request('GET', `/v1/error-reports${query}`)).body as Report[]
}

test('a step that fails is reported with its command and words, until its cause is gone', async () => {
  expect(await reports()).toEqual([])
  const volume = { resource_definition_name: 'web', volume_sizes: [65_536], partial: true }
  const filter = { select_filter: { place_count: 1, layer_stack: ['STORAGE'] } }
  const effect = { kind: 'fail', code: 5, stderr: 'no space left\n' } as const
  const lift = simulated.world.host('n1').fault({ argv: ['lvcreate'], effect })
  await rest.request('POST', '/v1/resource-groups/DfltRscGrp/spawn', { ...volume, ...filter })
  const [report] = await until('it is reported', async () => {
    const found = await reports('?withContent=true&node=N1')
    return found.length > 0 ? found : undefined
  })
  expect(report).toMatchObject({ node_name: 'n1', text: expect.stringContaining('lvcreate') })
  const id = /^ErrorReport-([0-9A-F]{8}-[0-9A-F]{5}-\d{6})\.log$/.exec(report?.filename ?? '')?.[1]
  const one = await rest.request('GET', `/v1/error-reports/${id}`)
  // Its time and attempts are others when the satellite has tried again meanwhile.
  expect(one.body).toMatchObject([{ filename: report?.filename, node_name: 'n1' }])
  expect((await rest.request('GET', '/v1/error-reports/00000000-00000-000000')).status).toBe(404)
  lift()
  await rest.request('DELETE', '/v1/resource-definitions/web')
  await until('it is over', async () => (await reports()).length === 0)
})
