import { brokenInvariants } from '@varve/events'
import { gib, TestCluster, typesOf } from '@varve/testing'
import { expect, test } from 'vitest'

/** web is diskful on n1 and n2, diskless on n3, and gets a disk where it is in use for ten minutes. */
function given(): TestCluster {
  const cluster = new TestCluster()
  for (const node of ['n1', 'n2', 'n3']) cluster.node(node)
  cluster.must('resource-definition.create', { definition: 'web' })
  cluster.must('volume-definition.create', { definition: 'web', sizeKib: gib })
  for (const node of ['n1', 'n2']) {
    cluster.must('resource.create', { definition: 'web', node, pool: 'thin' })
    cluster.deploy('web', node)
  }
  cluster.must('resource.create', { definition: 'web', node: 'n3', kind: 'diskless' })
  cluster.must('resource-definition.modify', {
    definition: 'web',
    setProps: { 'DrbdOptions/auto-diskful': '10' },
  })
  cluster.runPolicies()
  return cluster
}

const use = (cluster: TestCluster, primary: boolean) =>
  cluster.deploy('web', 'n3', { primary, volumes: [] })
const kindOn = (cluster: TestCluster, node: string) =>
  cluster.state.resources.get(`web/${node}`)?.kind

test('a diskless resource that is in use for long gets its disk, and one replica goes then', () => {
  const cluster = given()
  expect(typesOf(use(cluster, true))).toEqual(['resource.opened'])
  expect(use(cluster, true)).toEqual([])
  expect(cluster.runPolicies(9)).toEqual([])
  expect(typesOf(cluster.runPolicies(1))).toContain('auto-diskful.converted')
  expect(kindOn(cluster, 'n3')).toBe('diskful')
  expect(cluster.state.resources.get('web/n3')?.diskfulBy).toBe('auto-diskful')

  // Nothing goes before the new replica has all of the data.
  expect(cluster.runPolicies(60)).toEqual([])
  cluster.open('web', 'n3')
  cluster.deploy('web', 'n3', { primary: true })
  expect(typesOf(cluster.runPolicies())).toContain('resource.deletion-started')
  const leaving = [...cluster.state.resources.values()].filter(
    ({ phase }) => phase.status !== 'live',
  )
  expect(leaving.map(({ node }) => node)).toHaveLength(1)
  expect(leaving[0]?.node).not.toBe('n3')
  expect(cluster.runPolicies(600)).toEqual([])
  expect(brokenInvariants(cluster.state)).toEqual([])
})

test('who closes it in time stays diskless, and the time begins anew', () => {
  const cluster = given()
  use(cluster, true)
  cluster.runPolicies(9)
  use(cluster, false)
  expect(cluster.runPolicies(30)).toEqual([])
  use(cluster, true)
  expect(cluster.runPolicies(9)).toEqual([])
  expect(kindOn(cluster, 'n3')).toBe('diskless')
})

test('without clean-up all replicas stay', () => {
  const cluster = given()
  const key = 'DrbdOptions/auto-diskful-allow-cleanup'
  cluster.must('resource-definition.modify', { definition: 'web', setProps: { [key]: 'false' } })
  use(cluster, true)
  cluster.runPolicies(10)
  cluster.deploy('web', 'n3', { primary: true })
  expect(typesOf(cluster.runPolicies())).toEqual(['auto-diskful.finished'])
  expect(['n1', 'n2', 'n3'].map((node) => kindOn(cluster, node))).toEqual(Array(3).fill('diskful'))
})

test('a node that is away gets no disk, whatever it told last', () => {
  const cluster = given()
  use(cluster, true)
  cluster.must('fact.node-offline', { node: 'n3' })
  cluster.runPolicies(60)
  expect(kindOn(cluster, 'n3')).toBe('diskless')
  expect(cluster.state.proposals.size).toBe(0)
  // It was only its satellite, and somebody uses it still.
  const { uname = '', capabilities } = cluster.state.nodes.get('n3') ?? {}
  if (!capabilities) throw new Error('n3 has been here')
  cluster.must('fact.node-online', { node: 'n3', boot: 'again', uname, capabilities })
  expect(typesOf(cluster.runPolicies())).toContain('auto-diskful.converted')
})
