/** NVMe over fabrics: one target, initiators that it outlives, and what their documents say. */
import type { Layer } from '@varve/events'
import { gib, TestCluster } from '@varve/testing'
import { expect, test } from 'vitest'
import { compileResource } from '../desired/compile.ts'

const able = { able: true } as const
const capabilities = {
  providers: { LVM_THIN: able, DISKLESS: able },
  layers: { NVME: able, LUKS: able, STORAGE: able },
}

function cluster(layers: Layer[] = ['NVME', 'STORAGE']): TestCluster {
  const made = new TestCluster()
  for (const node of ['n1', 'n2', 'n3']) made.node(node, { capabilities })
  made.must('resource-definition.create', { definition: 'web', layers })
  made.must('volume-definition.create', { definition: 'web', sizeKib: gib })
  return made
}

const target = { definition: 'web', node: 'n1', pool: 'thin' }
const initiator = { definition: 'web', node: 'n2', kind: 'diskless' } as const

test.each([
  [['DRBD', 'NVME', 'STORAGE'], 'NVME must be the first layer'],
  [['LUKS', 'NVME', 'STORAGE'], 'NVME must be the first layer'],
  [['NVME', 'DRBD', 'STORAGE'], 'DRBD must be the first layer'],
] as const)('a stack of %s is refused', (layers, problem) => {
  const made = new TestCluster()
  const wanted = { definition: 'web', layers: [...layers] }
  expect(made.refusal('resource-definition.create', wanted).text).toContain(problem)
})

test('one target; an initiator needs it, and keeps it from going first', () => {
  const made = cluster()
  expect(made.refusal('resource.create', initiator).code).toBe('no-nvme-target')
  made.must('resource.create', target)
  const second = { definition: 'web', node: 'n3', pool: 'thin' }
  expect(made.refusal('resource.create', second).code).toBe('nvme-target-exists')
  const two = { definition: 'web', filter: { placeCount: 2 } }
  expect(made.refusal('resource.auto-place', two).code).toBe('nvme-target-exists')
  made.must('resource.create', initiator)
  const gone = { definition: 'web', node: 'n1', acceptDataLoss: true }
  expect(made.refusal('resource.delete', gone).text).toContain('used over NVMe on n2')
  const client = { ...initiator, node: 'n3', kind: 'client' } as const
  expect(made.refusal('resource.create', client).code).toBe('not-supported')
})

test('the initiator hears where to connect once all is there, and of growth when it is done', () => {
  const made = cluster()
  made.must('resource.create', target)
  made.must('resource.create', initiator)
  const remote = () => compileResource(made.state, 'web', 'n2')
  expect(remote()).toMatchObject({ state: 'present', nvme: { role: 'initiator', at: undefined } })
  const seen = (kib: number) => ({ volumes: [{ number: 0, backingKib: kib, deviceKib: kib }] })
  made.deploy('web', 'n1', seen(gib))
  const address = compileResource(made.state, 'web', 'n1')?.nvme?.at
  expect(address).toMatchObject({ transport: 'tcp', port: 4420 })
  expect(remote()?.nvme?.at).toEqual(address)
  made.must('volume-definition.resize', { definition: 'web', number: 0, sizeKib: 2 * gib })
  expect(remote()?.volumes[0]?.sizeKib).toBe(gib)
  made.deploy('web', 'n1', seen(2 * gib))
  expect(remote()?.volumes[0]?.sizeKib).toBe(2 * gib)
})

test('of a definition that goes the target stays until nobody is connected', () => {
  const made = cluster()
  made.must('resource.create', target)
  made.must('resource.create', initiator)
  made.must('resource-definition.delete', { definition: 'web' })
  expect(compileResource(made.state, 'web', 'n2')?.state).toBe('absent')
  expect(compileResource(made.state, 'web', 'n1')?.state).toBe('present')
  made.confirmGone('web', 'n2')
  expect(compileResource(made.state, 'web', 'n1')?.state).toBe('absent')
})

test('its own address and port, where properties name them', () => {
  const made = cluster()
  made.must('resource.create', target)
  made.must('net-interface.create', { node: 'n1', name: 'fast', address: '10.1.0.1' })
  made.must('resource.modify', {
    definition: 'web',
    node: 'n1',
    setProps: { 'NVMe/PrefNic': 'fast' },
  })
  made.must('resource-definition.modify', {
    definition: 'web',
    setProps: { 'NVMe/Port': '4500', 'NVMe/TRType': 'rdma' },
  })
  expect(compileResource(made.state, 'web', 'n1')?.nvme?.at).toEqual({
    transport: 'rdma',
    address: '10.1.0.1',
    port: 4500,
  })
})
