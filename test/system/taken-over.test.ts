/** A change of properties is answered when the nodes have taken it over, or with who has not. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from './harness.ts'
import { withRest } from './rest.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'
import { varve } from './varve.ts'

const { controller, rest } = withRest()
const web = '/v1/resource-definitions/web'
const option = (value: string) => ({
  override_props: { 'DrbdOptions/Net/max-buffers': value },
})

let simulated: SimulatedSystem
beforeAll(async () => {
  simulated = await startSimulated({ nodes: ['n1', 'n2'], controller })
  const { must } = simulated.system
  await must('resource-definition.create', { definition: 'web' })
  await must('volume-definition.create', { definition: 'web', sizeKib: 32 * 1024 })
  for (const node of ['n1', 'n2']) {
    await must('resource.create', { definition: 'web', node, pool: 'thin' })
  }
  await simulated.untilDeployed('web', 2)
})
afterAll(async () => simulated[Symbol.asyncDispose]())

/** What DRBD's configuration says on a node. */
const configured = (node: string) =>
  simulated.world.host(node).machine.files.get('/var/lib/varve.d/web.res')?.text ?? ''

test('over REST it is there when the answer comes; a node that failed to take it is named', async () => {
  const taken = await rest.request('PUT', web, option('4000'))
  expect(taken.text).not.toMatch('goes on')
  for (const node of ['n1', 'n2']) expect(configured(node)).toMatch('4000')

  const n2 = simulated.world.host('n2')
  const stderr = 'not now'
  const lift = n2.fault({ argv: ['drbdadm', 'adjust'], effect: { kind: 'fail', code: 1, stderr } })
  const waiting = rest.request('PUT', web, option('5000'))
  await until('n2 has failed', async () => {
    const rows = await simulated.replicas('web')
    return rows.some(({ node, status }) => node === 'n2' && status === 'Failed') || undefined
  })
  const reply = await simulated.system.query('settled', { definition: 'web' })
  expect(reply).toMatchObject({ ok: true, data: { isSettled: false } })
  lift()
  expect((await waiting).text).not.toMatch('goes on')
  expect(configured('n2')).toMatch('5000')
})

test.each([
  ['POST', '/v1/controller/properties', 'Net/ping-int', '11', 'ping-int 11'],
  ['PUT', '/v1/resource-groups/DfltRscGrp', 'Net/ping-int', '12', 'ping-int 12'],
  ['PUT', '/v1/node-connections/n1/n2', 'Net/ping-int', '13', 'ping-int 13'],
  [
    ...['PUT', '/v1/resource-definitions/web/resource-connections/n1/n2'],
    ...['Net/ping-int', '14', 'ping-int 14'],
  ],
  ['PUT', `${web}/volume-definitions/0`, 'Disk/al-extents', '1009', 'al-extents 1009'],
])('%s %s: the answer comes when both nodes have it', async (method, path, key, value, line) => {
  const given = { override_props: { [`DrbdOptions/${key}`]: value } }
  const answer = await rest.request(method, path, given)
  expect(answer.text).not.toMatch('goes on')
  for (const node of ['n1', 'n2']) {
    expect(configured(node).replaceAll(/\s+/g, ' ')).toMatch(line)
  }
})

test('the command waits as well; of a node that is away it says so, by name', async () => {
  const set = 'resource-definition set-property web DrbdOptions/Net/max-buffers'
  expect(await varve(simulated.system, `${set} 6000`)).toMatchObject({ code: 0, err: '' })
  for (const node of ['n1', 'n2']) expect(configured(node)).toMatch('6000')

  await simulated.stopSatellite('n2')
  await until('n2 is away', async () => {
    const rows = await simulated.replicas('web')
    return rows.some(({ node, status }) => node === 'n2' && status === 'Offline') || undefined
  })
  const answer = await rest.request('PUT', web, option('7000'))
  expect([answer.status, answer.text]).toEqual([200, expect.stringMatching('n2 .offline for')])
  const told = await varve(simulated.system, `--timeout 2 ${set} 8000`)
  expect(told.err).toMatch(/n2 \(offline for .*\) has not taken over what is new of web/)
  expect(await varve(simulated.system, `resource-definition set-property web Aux/x 1`)).toEqual({
    code: 0,
    out: expect.stringMatching('done'),
    err: '',
  })
  await simulated.startSatellite('n2')
  await until('n2 has it', async () => configured('n2').includes('8000') || undefined)
})
