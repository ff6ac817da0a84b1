/** Storage that several nodes share: who is active, who takes over, what a deletion leaves. */
import { poolOf, resourceOf, resourcesOf, spaceOf } from '@varve/events'
import {
  defineOnSan,
  gib,
  ownersOf,
  promisedKib,
  San,
  sanCluster,
  TestCluster,
  typesOf,
} from '@varve/testing'
import { expect, test } from 'vitest'
import { compileResource } from '../desired/compile.ts'

const on = (node: string) => ({ definition: 'web', node, pool: 'san' })
const at = (node: string) => ({ definition: 'web', node })

function given(...nodes: string[]): San {
  const cluster = sanCluster()
  defineOnSan(cluster)
  for (const node of nodes) cluster.must('resource.create', on(node))
  const san = new San(cluster)
  san.settle()
  return san
}

test('only a volume group is shared, and a space is the same group on all nodes', () => {
  const cluster = new TestCluster()
  for (const node of ['n1', 'n2']) cluster.node(node)
  const pool = (node: string, more: object) =>
    ({ node, pool: 'san', provider: 'LVM', backing: 'vgsan', sharedSpace: 'san', ...more }) as const
  const thin = pool('n1', { provider: 'LVM_THIN', backing: 'vgsan/thin' })
  expect(cluster.refusal('storage-pool.create', thin).text).toContain('destroyed')
  const unnamed = pool('n1', { sharedSpace: undefined, externalLocking: true })
  expect(cluster.refusal('storage-pool.create', unnamed).text).toContain('shared space only')
  cluster.must('storage-pool.create', pool('n1', {}))
  const other = pool('n2', { backing: 'vgother' })
  expect(cluster.refusal('storage-pool.create', other).text).toContain('is volume group vgsan')
  const locked = pool('n2', { externalLocking: true })
  expect(cluster.refusal('storage-pool.create', locked).text).toContain('without external locking')
  const second = pool('n1', { pool: 'san2', backing: 'vg9' })
  expect(cluster.refusal('storage-pool.create', second).code).toBe('in-use')
  cluster.must('storage-pool.create', pool('n2', {}))
})

test('a second replica in the space is closed, has the same mark, and takes no more room', () => {
  const { cluster, volumes, opened } = bound(given('n1', 'n2'))
  expect(resourceOf(cluster.state, 'web', 'n1')?.inactive).toBeUndefined()
  expect(resourceOf(cluster.state, 'web', 'n2')?.inactive).toMatchObject({
    since: expect.any(Number),
  })
  expect(ownersOf(cluster, 'web').size).toBe(1)
  expect(volumes.size).toBe(1)
  expect(opened()).toEqual(['n1'])
  expect(promisedKib(cluster)).toBe(gib)
  const pool = poolOf(cluster.state, 'n2', 'san')
  expect(pool && spaceOf(cluster.state, cluster.observed, pool).reservedKib).toBe(gib)
})

test('replicas are placed in different spaces, and one in a space is one', () => {
  const { cluster } = given('n1', 'n2')
  const two = { definition: 'web', filter: { placeCount: 2, pools: ['san'] } }
  expect(cluster.refusal('resource.auto-place', two).code).toBe('not-enough-nodes')
  expect(cluster.must('resource.auto-place', { ...two, filter: { placeCount: 1 } })).toEqual([])
})

test('the other one is active only when this one is known to be closed', () => {
  const san = given('n1', 'n2')
  const { cluster } = san
  expect(cluster.refusal('resource.activate', at('n2'))).toMatchObject({ code: 'only-one-active' })
  cluster.must('resource.deactivate', at('n1'))
  expect(cluster.refusal('resource.activate', at('n2')).text).toContain('or may be')
  // An older document is true: that says nothing.
  cluster.deploy('web', 'n1', { from: cluster.sequence, inactive: 0 })
  expect(cluster.refusal('resource.activate', at('n2')).code).toBe('only-one-active')
  san.settle()
  expect(san.opened('web_00000')).toEqual([])
  cluster.must('resource.activate', at('n2'))
  san.settle()
  expect(san.opened('web_00000')).toEqual(['n2'])
  expect(cluster.refusal('resource.activate', at('n1')).code).toBe('only-one-active')
})

test('what is being closed is taken back, by its own name or as an operation', () => {
  const { cluster } = given('n1', 'n2')
  cluster.must('resource.deactivate', at('n1'))
  const [operation] = [...cluster.state.operations.values()]
  cluster.must('operation.abort', { operation: operation?.id ?? '' })
  expect(resourceOf(cluster.state, 'web', 'n1')?.inactive).toBeUndefined()
  cluster.must('resource.deactivate', at('n1'))
  cluster.must('resource.activate', at('n1'))
  expect([...cluster.state.operations.values()]).toEqual([])
})

test('make-available closes the active one, and then opens it here', () => {
  const san = given('n1')
  const { cluster } = san
  const events = cluster.must('resource.make-available', at('n3'))
  expect(typesOf(events)).toContain('resource.deactivation-started')
  san.settle()
  expect(san.opened('web_00000')).toEqual(['n3'])
  cluster.must('resource.make-available', at('n1'))
  san.settle()
  expect(san.opened('web_00000')).toEqual(['n1'])
  expect(resourcesOf(cluster.state, 'web')).toHaveLength(2)
})

test('a node that is away is waited for, unless somebody says for the record that it is off', () => {
  const san = given('n1', 'n2')
  const { cluster } = san
  expect(cluster.refusal('resource.deactivate', { ...at('n1'), fenced: true }).code).toBe(
    'no-waiver',
  )
  san.powerOff('n1')
  cluster.must('resource.deactivate', at('n1'))
  expect(cluster.refusal('resource.activate', at('n2')).code).toBe('only-one-active')
  const waived = cluster.must('resource.deactivate', { ...at('n1'), fenced: true })
  expect(waived).toContainEqual({ type: 'resource.deactivated', ...at('n1'), fenced: true })
  cluster.must('resource.activate', at('n2'))
  san.powerOn('n1')
  san.settle()
  expect(san.opened('web_00000')).toEqual(['n2'])
})

test('a node that is lost has nothing open; a waiver of its cleanup would not say that', () => {
  const san = given('n1', 'n2')
  san.powerOff('n1')
  const waived = san.cluster.refusal('resource.delete', { ...at('n1'), waiveCleanup: true })
  expect(waived.text).toContain('may be open there')
  san.cluster.must('node.lost', { node: 'n1' })
  san.cluster.must('resource.activate', at('n2'))
  san.settle()
  expect(san.opened('web_00000')).toEqual(['n2'])
  expect(promisedKib(san.cluster)).toBe(gib)
})

test('a twin that goes leaves the storage; the last one takes it along', () => {
  const san = given('n1', 'n2')
  const { cluster } = san
  cluster.must('resource.delete', at('n1'))
  expect(compileResource(cluster.state, 'web', 'n1')).toMatchObject({
    state: 'absent',
    volumes: [{ storage: { shared: { keep: true } } }],
  })
  san.settle()
  expect(san.volumes.size).toBe(1)
  cluster.must('resource.activate', at('n2'))
  cluster.must('resource.delete', { ...at('n2'), acceptDataLoss: true })
  san.settle()
  expect(san.volumes.size).toBe(0)
  expect(promisedKib(cluster)).toBe(0)
})

test('of a definition that goes the last twin removes the storage when all others have closed it', () => {
  const san = given('n1', 'n2', 'n3')
  const { cluster } = san
  cluster.must('resource-definition.delete', { definition: 'web' })
  expect(compileResource(cluster.state, 'web', 'n3')).toMatchObject({
    state: 'present',
    inactive: 0,
  })
  san.settle()
  expect(san.volumes.size).toBe(0)
  expect(cluster.state.definitions.has('web')).toBe(false)
})

test('one after the other changes the volume group', () => {
  const san = given()
  const { cluster } = san
  defineOnSan(cluster, 'db')
  cluster.must('resource.create', on('n1'))
  cluster.must('resource.create', { definition: 'db', node: 'n2', pool: 'san' })
  const mayChange = (definition: string, node: string) =>
    compileResource(cluster.state, definition, node)?.volumes[0]?.storage?.shared?.mayChange
  expect(mayChange('web', 'n1')).toBe(true)
  expect(mayChange('db', 'n2')).toBeUndefined()
  cluster.deploy('web', 'n1', { volumes: [{ number: 0, backingKib: gib, deviceKib: gib }] })
  expect(mayChange('web', 'n1')).toBeUndefined()
  expect(mayChange('db', 'n2')).toBe(true)
  cluster.must('volume-definition.resize', { definition: 'web', number: 0, sizeKib: 2 * gib })
  expect(mayChange('web', 'n1')).toBeUndefined()
  expect(cluster.refusal('resource.deactivate', at('n1')).text).toContain('being made or changed')
  cluster.must('node.lost', { node: lostAfter(san, 'n2') })
  expect(mayChange('web', 'n1')).toBe(true)
})

test('who fails lets the others go first, once its node has said that nothing is being done', () => {
  const san = given()
  const { cluster } = san
  defineOnSan(cluster, 'db')
  san.failing.add('n1')
  cluster.must('resource.create', on('n1'))
  cluster.must('resource.create', { definition: 'db', node: 'n2', pool: 'san' })
  const turn = () => cluster.state.spaces.get('san')?.queue[0]?.definition
  const step = () => {
    san.deliver('web', 'n1')
    san.act('web', 'n1')
  }
  step()
  step()
  san.report('web', 'n1')
  // It is asked to; it may be trying again at this very moment.
  expect(cluster.state.spaces.get('san')?.recalled).toBeDefined()
  expect(turn()).toBe('web')
  san.report('web', 'n1')
  expect(turn()).toBe('web')
  san.deliver('web', 'n1')
  san.report('web', 'n1')
  expect(turn()).toBe('db')
  san.settle()
  expect(san.opened('db_00000')).toEqual(['n2'])
  san.failing.clear()
  san.settle()
  expect(san.opened('web_00000')).toEqual(['n1'])
})

test('with lvmlockd nobody waits for a turn', () => {
  const cluster = sanCluster({ externalLocking: true })
  defineOnSan(cluster)
  cluster.must('resource.create', on('n1'))
  const document = compileResource(cluster.state, 'web', 'n1')
  expect(document?.volumes[0]?.storage?.shared).toEqual({ mayChange: true, keep: undefined })
  expect(cluster.state.spaces.size).toBe(0)
})

test('it grows where it is active; a volume of it goes when only one node has it', () => {
  const san = given('n1', 'n2')
  const { cluster } = san
  const larger = { definition: 'web', number: 0, sizeKib: 2 * gib }
  cluster.must('volume-definition.resize', larger)
  cluster.deploy('web', 'n1')
  expect(promisedKib(cluster)).toBe(2 * gib)
  const number = { definition: 'web', number: 0 }
  expect(cluster.refusal('volume-definition.delete', number).text).toContain('n1, n2')
  cluster.must('resource.deactivate', at('n1'))
  san.settle()
  const again = { ...larger, sizeKib: 3 * gib }
  expect(cluster.refusal('volume-definition.resize', again).code).toBe('inactive')
})

test('layers that reach other nodes are not possible there', () => {
  const cluster = sanCluster()
  cluster.must('resource-definition.create', { definition: 'web' })
  cluster.must('volume-definition.create', { definition: 'web', sizeKib: gib })
  expect(cluster.refusal('resource.create', on('n1')).text).toContain('Layer DRBD is not possible')
})

function lostAfter(san: San, node: string): string {
  san.powerOff(node)
  return node
}

function bound(san: San) {
  return {
    ...san,
    cluster: san.cluster,
    volumes: san.volumes,
    opened: () => san.opened('web_00000'),
  }
}
