/** Auto-verify-algo: what all nodes of a definition can compute, the cheapest of it. */
import { drbd9, gib, TestCluster } from '@varve/testing'
import { expect, test } from 'vitest'
import { compileResource } from '../desired/compile.ts'

const old = ['crc32c', 'sha1']
const young = ['crct10dif', 'crc32c', 'sha256']

function given(digests: Readonly<Record<string, readonly string[] | undefined>>): TestCluster {
  const cluster = new TestCluster()
  for (const [node, each] of Object.entries(digests)) {
    cluster.node(node, { capabilities: { ...drbd9, ...(each ? { digests: [...each] } : {}) } })
  }
  return cluster
}

function spawn(cluster: TestCluster, nodes: string[]): void {
  const filter = { placeCount: nodes.length, nodes }
  const args = { group: 'DfltRscGrp', definition: 'web', sizesKib: [gib], filter }
  cluster.must('resource-group.spawn', args)
}

const chosen = ({ state }: TestCluster) =>
  state.definitions.get('web')?.props['DrbdOptions/auto-verify-alg']

function rendered({ state }: TestCluster): string | undefined {
  const document = compileResource(state, 'web', 'n1')
  return document?.state === 'present' ? document.drbd?.net['verify-alg'] : undefined
}

test('the first of the list that all have, and another one when a node comes that lacks it', () => {
  const cluster = given({ n1: young, n2: young, n3: young, n4: old })
  spawn(cluster, ['n1', 'n2', 'n3'])
  expect(chosen(cluster)).toBe('crct10dif')
  const entry = cluster.entries.find(({ command }) => command.type === 'verify-algorithm.manage')
  expect(entry?.actor).toEqual({ kind: 'policy', name: 'auto-verify-algo', via: 'policy' })
  expect(entry?.cause).toBeDefined()
  cluster.must('resource.create', { definition: 'web', node: 'n4', kind: 'diskful' })
  expect(chosen(cluster)).toBe('crc32c')
  expect(rendered(cluster)).toBe('crc32c')
})

test('what somebody has set counts; nothing is chosen where a node has not said what it has', () => {
  const cluster = given({ n1: young, n2: young, n3: undefined })
  spawn(cluster, ['n1', 'n2', 'n3'])
  expect(chosen(cluster)).toBeUndefined()
  const known = given({ n1: young, n2: young, n3: young })
  spawn(known, ['n1', 'n2', 'n3'])
  const setProps = { 'DrbdOptions/Net/verify-alg': 'sha256' }
  known.must('resource-definition.modify', { definition: 'web', setProps })
  expect(rendered(known)).toBe('sha256')
})

test('off, in shadow, disabled as in LINSTOR, or restricted by an administrator', () => {
  const shadow = given({ n1: young, n2: young, n3: young })
  shadow.must('policy.set', { policy: 'auto-verify-algo', mode: 'shadow' })
  spawn(shadow, ['n1', 'n2', 'n3'])
  expect(chosen(shadow)).toBeUndefined()
  expect(shadow.state.proposals.by('open', 'yes').map(({ wish }) => wish)).toContain(
    'verify web by crct10dif',
  )
  for (const [setProps, digest] of [
    [{ 'DrbdOptions/auto-verify-algo-disable': 'true' }, undefined],
    [{ 'DrbdOptions/auto-verify-algo-allowed-user-list': 'sha256;md5' }, 'sha256'],
  ] as const) {
    const cluster = given({ n1: young, n2: young, n3: young })
    cluster.must('controller.modify', { setProps })
    spawn(cluster, ['n1', 'n2', 'n3'])
    expect(chosen(cluster)).toBe(digest)
  }
})

test('with nothing in common there is none, and what was chosen before goes', () => {
  const cluster = given({ n1: young, n2: young, n3: young, n4: ['md5'] })
  spawn(cluster, ['n1', 'n2', 'n3'])
  expect(chosen(cluster)).toBe('crct10dif')
  cluster.must('resource.create', { definition: 'web', node: 'n4', kind: 'diskful' })
  expect(chosen(cluster)).toBeUndefined()
})
