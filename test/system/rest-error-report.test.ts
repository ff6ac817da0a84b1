import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from './harness.ts'
import { withRest } from './rest.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const directory = await mkdtemp(join(tmpdir(), 'varve-reports-'))
const { controller, rest } = withRest({ waitMs: 3_000 }, directory)
let simulated: SimulatedSystem

beforeAll(async () => {
  simulated = await startSimulated({ nodes: ['n1'], controller })
})
afterAll(async () => {
  await simulated[Symbol.asyncDispose]()
  await rm(directory, { recursive: true })
})

type Report = {
  readonly filename: string
  readonly text?: string
  readonly node_name: string
  readonly exception: string
}

async function reports(query = ''): Promise<Report[]> {
  return (await rest.request('GET', `/v1/error-reports${query}`)).body as Report[]
}

test('a step that fails is reported with its command and words, counted, and kept when it is over', async () => {
  expect(await reports()).toEqual([])
  const volume = { resource_definition_name: 'web', volume_sizes: [65_536], partial: true }
  const filter = { select_filter: { place_count: 1, layer_stack: ['STORAGE'] } }
  const effect = { kind: 'fail', code: 5, stderr: 'no space left\n' } as const
  const lift = simulated.world.host('n1').fault({ argv: ['lvcreate'], effect })
  const body = { ...volume, ...filter }
  const answer = await rest.request('POST', '/v1/resource-groups/DfltRscGrp/spawn', body)
  const report = await until('it has come twice', async () => {
    const [found] = await reports('?withContent=true&node=N1')
    const count = /Count: +(\d+)/.exec(found?.text ?? '')?.[1]
    return Number(count) >= 2 ? found : undefined
  })
  expect(report).toMatchObject({ node_name: 'n1', text: expect.stringContaining('lvcreate') })
  const id = /^ErrorReport-([0-9A-F]{8}-[0-9A-F]{5}-\d{6})\.log$/.exec(report.filename)?.[1]
  // The request that it failed first says where more is said.
  expect(answer.text).toMatch(`"error_report_ids":["${id}"]`)
  expect(report.text).toMatch(`Fingerprint: ${report.exception}`)
  expect(report.text).toMatch(/First: +\d{4}-.*\n.*Last: +\d{4}-.*\n.*Is over: +no/)
  expect((await rest.request('GET', '/v1/error-reports/00000000-00000-000000')).status).toBe(404)

  lift()
  await rest.request('DELETE', '/v1/resource-definitions/web')
  const one = await until('it is over', async () => {
    const { body: found, text } = await rest.request('GET', `/v1/error-reports/${id}`)
    return text.includes('Is over:     yes') ? (found as Report[]) : undefined
  })
  expect(one).toMatchObject([{ filename: report.filename, node_name: 'n1' }])
  expect((await rest.request('GET', '/v1/stats/error-reports')).body).toEqual({ count: 1 })
  const path = join(directory, 'error-reports.json')
  await until('it is written down', async () =>
    (await readFile(path, 'utf8').catch(() => '')).includes('"isOver":true'),
  )
})

test('reports are deleted by what they have, and one by one', async () => {
  const none = await rest.request('PATCH', '/v1/error-reports', { nodes: ['n2'] })
  expect(none.text).toMatch('0 error reports are deleted')
  const [report] = await reports()
  const id = report?.filename.slice('ErrorReport-'.length, -'.log'.length)
  expect((await rest.request('DELETE', `/v1/error-reports/${id}`)).status).toBe(200)
  expect(await reports()).toEqual([])
  const again = await rest.request('DELETE', `/v1/error-reports/${id}`)
  expect(again.text).toMatch('There is no error report')
})
