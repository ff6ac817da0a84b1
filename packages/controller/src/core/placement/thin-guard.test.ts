import { keyOf } from '@varve/events'
import { gib, TestCluster } from '@varve/testing'
import { expect, test } from 'vitest'

/** web has 30 GiB of data on n1; the pools of n1 to n3 have 100 GiB each. */
function given(): TestCluster {
  const cluster = new TestCluster()
  for (const node of ['n1', 'n2', 'n3']) cluster.node(node, { freeKib: 100 * gib })
  for (const definition of ['web', 'db', 'new']) {
    cluster.must('resource-definition.create', { definition })
    cluster.must('volume-definition.create', { definition, sizeKib: 40 * gib })
  }
  for (const definition of ['web', 'db']) {
    cluster.must('resource.create', { definition, node: 'n1', pool: 'thin' })
    cluster.deploy(definition, 'n1')
    holds(cluster, definition, 'n1', 30 * gib)
  }
  return cluster
}

function holds(cluster: TestCluster, definition: string, node: string, allocatedKib: number) {
  cluster.open(definition, node, 'Secondary')
  const seen = cluster.resources.get(keyOf(definition, node))
  if (!seen) throw new Error(`${node} has reported`)
  cluster.resources.set(keyOf(definition, node), {
    ...seen,
    volumes: [{ number: 0, allocatedKib }],
  })
}

function free(cluster: TestCluster, node: string, freeKib: number, metadataPercent = 10): void {
  const pool = cluster.pools.get(keyOf(node, 'thin'))
  if (!pool) throw new Error(`${node} has a pool`)
  cluster.pools.set(keyOf(node, 'thin'), { ...pool, freeKib, metadataPercent })
}

const replica = (definition: string, node: string) => ({ definition, node, pool: 'thin' }) as const

test('a replica that would fill the pool is refused before it does, with what is missing', () => {
  const cluster = given()
  free(cluster, 'n2', 34 * gib)
  const { code, text } = cluster.refusal('resource.create', replica('web', 'n2'))
  expect(code).toBe('pool-nearly-full')
  expect(text).toBe(
    'Storage pool thin on n2 has 34 GiB left of 100 GiB, into which 30 GiB are about to come; 5 GiB are kept free.',
  )
  free(cluster, 'n2', 35 * gib)
  cluster.must('resource.create', replica('web', 'n2'))
})

test('what is in flight counts: two that fit alone do not fit together', () => {
  const cluster = given()
  free(cluster, 'n2', 60 * gib)
  cluster.must('resource.create', replica('web', 'n2'))
  expect(cluster.refusal('resource.create', replica('db', 'n2')).code).toBe('pool-nearly-full')
  // Half of it has come, and is missing in what is free.
  holds(cluster, 'web', 'n2', 15 * gib)
  free(cluster, 'n2', 45 * gib)
  expect(cluster.refusal('resource.create', replica('db', 'n2')).code).toBe('pool-nearly-full')
  // All of it is there, and somebody has given the pool more.
  cluster.deploy('web', 'n2')
  free(cluster, 'n2', 40 * gib)
  cluster.must('resource.create', replica('db', 'n2'))
})

test('the autoplacer leaves such a pool out and says why', () => {
  const cluster = given()
  free(cluster, 'n2', 34 * gib)
  cluster.must('resource.auto-place', { definition: 'web', filter: { additionalPlaceCount: 1 } })
  expect(cluster.state.resources.has('web/n3')).toBe(true)
  const { explain } = cluster.entries.findLast((entry) => entry.explain) ?? {}
  expect(explain?.rejected.find(({ node }) => node === 'n2')?.rule).toBe('thin-pool-guard')
})

test('nothing new comes into a pool that is nearly full, nor where its metadata is', () => {
  const cluster = given()
  free(cluster, 'n2', 4 * gib)
  expect(cluster.refusal('resource.create', replica('new', 'n2')).code).toBe('pool-nearly-full')
  free(cluster, 'n2', 90 * gib, 96)
  expect(cluster.refusal('resource.create', replica('new', 'n2')).text).toMatch(/metadata/)
})

test('no snapshot begins in a pool that is nearly full, unless somebody says so', () => {
  const cluster = given()
  const snapshot = { definition: 'web', snapshot: 'monday' } as const
  free(cluster, 'n1', 4 * gib)
  const { code, text } = cluster.refusal('snapshot.create', snapshot)
  expect(code).toBe('pool-nearly-full')
  expect(text).toMatch(/thin on n1 has 4 GiB left of 100 GiB/)
  cluster.must('policy.set', { policy: 'thin-pool-guard', mode: 'off', definition: 'web' })
  cluster.must('snapshot.create', snapshot)
})

test('whoever knows better switches it off', () => {
  const cluster = given()
  free(cluster, 'n2', 4 * gib)
  cluster.must('policy.set', { policy: 'thin-pool-guard', mode: 'off' })
  cluster.must('resource.create', replica('new', 'n2'))
  const shadow = { policy: 'thin-pool-guard', mode: 'shadow' } as const
  expect(cluster.refusal('policy.set', shadow).code).toBe('invalid-property')
})
