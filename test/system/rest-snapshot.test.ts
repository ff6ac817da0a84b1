import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from './harness.ts'
import { withRest } from './rest.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const { controller, rest } = withRest()
let simulated: SimulatedSystem

const web = '/v1/resource-definitions/web'

beforeAll(async () => {
  simulated = await startSimulated({ nodes: ['n1', 'n2', 'n3'], controller })
  await rest.request('POST', '/v1/resource-groups', {
    name: 'pairs',
    select_filter: { place_count: 2, storage_pool_list: ['thin'] },
  })
  const spawn = {
    resource_definition_name: 'web',
    volume_sizes: [65_536],
    partial: true,
    resource_definition_props: { 'Aux/owner': 'alice', 'Aux/done': 'yes' },
  }
  const made = await rest.request('POST', '/v1/resource-groups/pairs/spawn', spawn)
  expect(made.text).toMatch('"ret_code":20447233')
  await simulated.untilDeployed('web', 2)
})
afterAll(async () => simulated[Symbol.asyncDispose]())

test('a snapshot is whole when the answer comes, and shown as clients read it', async () => {
  const made = await rest.request('POST', `${web}/snapshots`, { name: 's1', nodes: null })
  expect([made.status, rest.codes(made)]).toEqual([201, ['17563649']])
  const one = await rest.request('GET', `${web}/snapshots/S1`)
  expect(one.body).toMatchObject({
    name: 's1',
    resource_name: 'web',
    flags: ['SUCCESSFUL'],
    resource_definition_props: { 'Aux/owner': 'alice' },
    volume_definitions: [{ volume_number: 0, size_kib: 65_536 }],
    snapshots: [{ create_timestamp: expect.any(Number) }, { snapshot_name: 's1' }],
  })
  const view = await rest.request('GET', '/v1/view/snapshots?resources=WEB&limit=0&offset=0')
  expect(view.body).toEqual([one.body])
  expect((await rest.request('GET', '/v1/view/snapshots?nodes=nowhere')).body).toEqual([])
})

test('several at once, properties of one, and the same name again', async () => {
  const snapshots = [{ name: 's2', resource_name: 'web' }]
  const made = await rest.request('POST', '/v1/actions/snapshot/multi', { snapshots })
  expect(made.status).toBe(201)
  const again = await rest.request('POST', '/v1/actions/snapshot/multi', { snapshots })
  // FAIL_EXISTS_SNAPSHOT_DFN
  expect([again.status, rest.codes(again)]).toEqual([500, ['-4611686018409823742']])
  // One that cannot be is none of them.
  const both = {
    snapshots: [
      { name: 's3', resource_name: 'web' },
      { name: 's3', resource_name: 'nothing' },
    ],
  }
  expect((await rest.request('POST', '/v1/actions/snapshot/multi', both)).status).toBe(404)
  expect((await rest.request('GET', `${web}/snapshots/s3`)).status).toBe(404)
  const props = { override_props: { 'Aux/why': 'nightly' } }
  expect((await rest.request('PUT', `${web}/snapshots/s2`, props)).status).toBe(200)
  const one = await rest.request('GET', `${web}/snapshots/s2`)
  expect(one.body).toMatchObject({ snapshot_definition_props: { 'Aux/why': 'nightly' } })
})

test('restored in three steps: definition, volumes, content', async () => {
  const old = { resource_definition: { name: 'old', resource_group_name: 'pairs' } }
  expect((await rest.request('POST', '/v1/resource-definitions', old)).status).toBe(201)
  const to = { to_resource: 'old' }
  const volumes = `${web}/snapshot-restore-volume-definition/s1`
  const first = await rest.request('POST', volumes, to)
  expect([first.status, rest.codes(first)]).toEqual([200, ['19922945']])
  const again = await rest.request('POST', volumes, to)
  // FAIL_EXISTS_VLM_DFN, which the CSI driver takes for done.
  expect([again.status, rest.codes(again)]).toEqual([500, ['-4611686018407464457']])
  const [node] = (await simulated.replicas('web')).filter(({ kind }) => kind === 'diskful')
  const second = await rest.request('POST', `${web}/snapshot-restore-resource/s1`, {
    ...to,
    nodes: [node?.node],
  })
  expect([second.status, rest.codes(second)[0]]).toEqual([200, '20185089'])
  const view = await rest.request('GET', '/v1/view/resources?resources=old')
  expect(view.body).toMatchObject([{ volumes: [{ state: { disk_state: 'UpToDate' } }] }])
})

test('a clone is begun, asked for, and has its source’s properties but those that differ', async () => {
  expect((await rest.request('GET', `${web}/clone/copy`)).status).toBe(404)
  const begun = await rest.request('POST', `${web}/clone`, {
    name: 'copy',
    layer_list: ['DRBD', 'STORAGE'],
    resource_group: 'pairs',
    delete_props: ['Aux/done'],
  })
  expect([begun.status, begun.body]).toEqual([
    201,
    expect.objectContaining({ location: `${web}/clone/copy`, clone_name: 'copy' }),
  ])
  await until('the clone is complete', async () => {
    const { body } = await rest.request('GET', `${web}/clone/copy`)
    return (body as { status: string }).status === 'COMPLETE'
  })
  const copy = await rest.request('GET', '/v1/resource-definitions/copy')
  expect(copy.body).toMatchObject({ resource_group_name: 'pairs', props: { 'Aux/owner': 'alice' } })
  expect(copy.text).not.toMatch('Aux/done')
})

test('rolled back, without a body as some clients do it', async () => {
  await rest.request('DELETE', `${web}/snapshots/s2?`)
  const done = await rest.request('POST', `${web}/snapshot-rollback/s1`)
  expect([done.status, rest.codes(done)]).toEqual([200, ['34340867']])
})

test('a new replica gets the snapshots that are named, or all of them; the others stay as they are', async () => {
  const unknown = await rest.request('POST', `${web}/resources/n3`, { snap_names: ['none'] })
  expect([unknown.status, unknown.text]).toEqual([404, expect.stringMatching("no snapshot 'none'")])
  const made = await rest.request('POST', `${web}/resources/n3`, {
    resource: { props: { StorPoolName: 'thin' } },
    copy_all_snaps: true,
  })
  expect([made.status, made.text]).toEqual([201, expect.stringMatching('is complete')])
  const one = await rest.request('GET', `${web}/snapshots/s1`)
  expect(one.body).toMatchObject({ nodes: expect.arrayContaining(['n1', 'n2', 'n3']) })
})

test('what has snapshots stays; what is gone is a warning', async () => {
  const kept = await rest.request('DELETE', web)
  // FAIL_EXISTS_SNAPSHOT_DFN
  expect([kept.status, rest.codes(kept)]).toEqual([500, ['-4611686018373385726']])
  const gone = await rest.request('DELETE', `${web}/snapshots/s1`)
  expect([gone.status, rest.codes(gone)]).toEqual([200, ['51118082']])
  const again = await rest.request('DELETE', `${web}/snapshots/s1`)
  expect(again.status).toBe(200)
  expect(rest.codes(again)[0]).toMatch(/^-9223372036803/)
  for (const name of ['old', 'copy', 'web']) {
    expect((await rest.request('DELETE', `/v1/resource-definitions/${name}`)).status).toBe(200)
  }
})
