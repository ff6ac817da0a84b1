/** What a volume gets beside its data: where, how large, and what that takes of the pools. */
import { type Layer, volumeOf } from '@varve/events'
import { gib, TestCluster } from '@varve/testing'
import { expect, test } from 'vitest'
import { compileResource } from '../desired/compile.ts'

const able = { able: true } as const
const capabilities = {
  providers: { LVM_THIN: able, DISKLESS: able },
  layers: { DRBD: able, LUKS: able, WRITECACHE: able, CACHE: able, BCACHE: able, STORAGE: able },
  drbdKernel: '9.2.18',
}

/** Three nodes with a pool `thin`; those named have a pool `ssd` of 10 GiB, too. */
function cluster(fast: readonly string[] = ['n1', 'n2', 'n3']): TestCluster {
  const made = new TestCluster()
  for (const node of ['n1', 'n2', 'n3']) made.node(node, { capabilities })
  for (const node of fast) made.pool(node, 'ssd', 10 * gib)
  return made
}

function define(made: TestCluster, layers: Layer[], props: Record<string, string>): void {
  made.must('resource-definition.create', { definition: 'web', layers, props })
  made.must('volume-definition.create', { definition: 'web', sizeKib: gib })
}

const placed = { definition: 'web', node: 'n1', pool: 'thin' }
const usage = (made: TestCluster, pool: string) => made.state.poolUsage.get(pool)

test('a writecache of 5 % in the pool that the property names, counted there until it goes', () => {
  const made = cluster()
  define(made, ['DRBD', 'WRITECACHE', 'STORAGE'], { 'Writecache/PoolName': 'ssd' })
  made.must('resource.create', placed)
  // 5 % of 1 GiB are 52429 KiB, in extents of 4 MiB.
  const cache = { role: 'writecache', pool: 'ssd', sizeKib: 53_248, sectors: 0 }
  expect(volumeOf(made.state, 'web', 'n1', 0)?.companions).toEqual([cache])
  expect(usage(made, 'n1/ssd')).toMatchObject({ reservedKib: 53_248, pendingKib: 53_248 })
  expect(compileResource(made.state, 'web', 'n1')?.volumes[0]?.cache).toMatchObject({
    kind: 'writecache',
    cache: { name: 'web.cache_00000', backing: 'vg/ssd', sizeKib: 53_248 },
    options: [],
  })
  made.deploy('web', 'n1')
  expect(usage(made, 'n1/ssd')).toMatchObject({ reservedKib: 53_248, pendingKib: 0, volumes: 1 })
  expect(made.refusal('storage-pool.delete', { node: 'n1', pool: 'ssd' }).code).toBe('in-use')
  made.must('resource-definition.delete', { definition: 'web' })
  made.confirmGone('web', 'n1')
  expect(usage(made, 'n1/ssd')).toMatchObject({ reservedKib: 0, pendingKib: 0, volumes: 0 })
})

test('a cache has metadata beside it, by LINSTOR’s formula, and blocks that are fixed for life', () => {
  const made = cluster()
  const props = { 'Cache/CachePool': 'ssd', 'Cache/Cachesize': '1048576', 'Cache/Policy': 'mq' }
  define(made, ['CACHE', 'STORAGE'], props)
  made.must('resource.create', placed)
  made.must('resource-definition.modify', {
    definition: 'web',
    setProps: {
      'Cache/Blocksize': '128',
      'Cache/CachePool': 'thin',
      'Cache/OpMode': 'writethrough',
    },
  })
  expect(compileResource(made.state, 'web', 'n1')?.volumes[0]?.cache).toMatchObject({
    kind: 'cache',
    cache: { name: 'web.dmcache_cache_00000', pool: 'ssd', sizeKib: gib },
    metadata: { name: 'web.dmcache_meta_00000', pool: 'ssd', sizeKib: 8192 },
    blockSectors: 4096,
    mode: 'writethrough',
    policy: 'mq',
  })
})

test('a bcache has 512 MiB at least, and what its tool is told when it is made', () => {
  const made = cluster()
  const props = {
    'BCache/PoolName': 'ssd',
    'BCache/Writeback': 'yes',
    'BCache/Bucketsize': '524288',
  }
  define(made, ['BCACHE', 'STORAGE'], props)
  made.must('resource.create', placed)
  expect(compileResource(made.state, 'web', 'n1')?.volumes[0]).toMatchObject({
    // Its superblock is before the data.
    storage: { sizeKib: gib + 4096 },
    cache: {
      kind: 'bcache',
      cache: { name: 'web.bcache_00000', pool: 'ssd', sizeKib: 524_288 },
      mode: 'writeback',
      options: ['--bucket=524288'],
    },
  })
  made.deploy('web', 'n1')
  made.must('volume-definition.resize', { definition: 'web', number: 0, sizeKib: 2 * gib })
})

test('a bcache that DRBD keeps open cannot grow, and data begins where it always does', () => {
  const made = cluster()
  define(made, ['DRBD', 'BCACHE', 'STORAGE'], { 'BCache/PoolName': 'ssd' })
  made.must('resource.create', placed)
  const resize = { definition: 'web', number: 0, sizeKib: 2 * gib }
  const refused = made.refusal('volume-definition.resize', resize)
  expect(refused.code).toBe('cannot-grow')
  expect(refused.text).toContain('when it is opened only, and DRBD keeps it open')
  const setProps = { 'BCache/DataOffset': '64' }
  made.must('resource-definition.modify', { definition: 'web', setProps })
  expect(made.refusal('resource.create', { ...placed, node: 'n2' }).code).toBe('invalid-property')
})

test('external metadata: VD before RD, none where it says .internal, and the volume is all data', () => {
  const made = cluster()
  define(made, ['DRBD', 'STORAGE'], { StorPoolNameDrbdMeta: 'ssd' })
  made.must('volume-definition.create', {
    definition: 'web',
    sizeKib: gib,
    props: { StorPoolNameDrbdMeta: '.internal' },
  })
  made.must('resource.create', placed)
  const volumes = compileResource(made.state, 'web', 'n1')?.volumes
  // 1024 KiB by the formula, in extents of 4 MiB.
  expect(volumes?.[0]).toMatchObject({
    storage: { sizeKib: gib },
    metadata: { name: 'web.meta_00000', pool: 'ssd', sizeKib: 4096 },
  })
  expect(volumes?.[1]?.metadata).toBeUndefined()
  expect(volumes?.[1]?.storage?.sizeKib).toBeGreaterThan(gib)
})

test('external metadata keeps its size, so it bounds how far the volume grows', () => {
  const made = cluster()
  define(made, ['DRBD', 'STORAGE'], { StorPoolNameDrbdMeta: 'ssd' })
  made.must('resource.create', placed)
  made.deploy('web', 'n1')
  const resize = { definition: 'web', number: 0 }
  const refused = made.refusal('volume-definition.resize', { ...resize, sizeKib: 60 * gib })
  expect(refused.code).toBe('metadata-too-small')
  expect(refused.text).toMatch(/has room for .* of data/)
  const most = Number(refused.measured)
  expect(most).toBeGreaterThan(16 * gib)
  made.must('volume-definition.resize', { ...resize, sizeKib: most })
})

test('a resource of its own property has its metadata where that says', () => {
  const made = cluster()
  define(made, ['DRBD', 'STORAGE'], {})
  made.must('resource.create', { ...placed, props: { StorPoolNameDrbdMeta: 'ssd' } })
  expect(volumeOf(made.state, 'web', 'n1', 0)?.companions).toMatchObject([{ pool: 'ssd' }])
})

test('the autoplacer leaves out nodes without the pool, or without room in it', () => {
  const made = cluster(['n1', 'n2'])
  const props = { 'Writecache/PoolName': 'ssd', 'Writecache/Size': '50%' }
  define(made, ['WRITECACHE', 'STORAGE'], props)
  made.pool('n2', 'ssd', gib / 64)
  made.pools.set('n2/ssd', { ...full, at: 0 })
  made.must('resource.auto-place', { definition: 'web', filter: { placeCount: 1 } })
  expect([...made.state.resources.keys()]).toEqual(['web/n1'])
  const more = { definition: 'web', filter: { placeCount: 2 } }
  const outcome = made.send('resource.auto-place', more)
  expect(outcome).toMatchObject({ refused: 'not-enough-nodes' })
  const lines = JSON.stringify(outcome)
  expect(lines).toContain('the room of its pool ssd is 0 KiB')
  expect(lines).toContain('There is no storage pool ssd on node n3')
})

const full = { pool: 'ssd', provider: 'LVM' as const, totalKib: gib, freeKib: 0 }

test('by hand the pool of the cache must have room, too; data and cache in one pool add up', () => {
  const made = cluster()
  define(made, ['WRITECACHE', 'STORAGE'], {
    'Writecache/PoolName': 'ssd',
    'Writecache/Size': '100%',
  })
  made.pools.set('n1/ssd', { ...full, freeKib: 1.5 * gib, totalKib: 2 * gib, at: 0 })
  made.must('storage-pool.modify', {
    node: 'n1',
    pool: 'ssd',
    setProps: { MaxOversubscriptionRatio: '1' },
  })
  const both = { ...placed, pool: 'ssd' }
  expect(made.refusal('resource.create', both).text).toContain('2 GiB are needed')
  made.must('resource.create', placed)
})

test.each([
  { layers: ['WRITECACHE', 'STORAGE'], code: 'no-cache-pool' },
  { layers: ['CACHE', 'STORAGE'], code: 'no-cache-pool' },
] as const)(
  'without a pool for its cache $layers says which property names one',
  ({ layers, code }) => {
    const made = cluster()
    define(made, [...layers], {})
    expect(made.refusal('resource.create', placed).code).toBe(code)
  },
)

test.each([
  [['WRITECACHE', 'CACHE', 'STORAGE'], 'one cache over another'],
  [['CACHE', 'LUKS', 'STORAGE'], 'in the clear'],
  [['WRITECACHE', 'DRBD', 'STORAGE'], 'DRBD must be the first'],
] as const)('the stack %s is refused', (layers, text) => {
  const refused = cluster().refusal('resource-definition.create', {
    definition: 'web',
    layers: [...layers],
  })
  expect(refused.code).toBe('invalid-layers')
  expect(refused.text).toContain(text)
})

test('blocks of a cache are multiples of 32 KiB', () => {
  const made = cluster()
  define(made, ['CACHE', 'STORAGE'], { 'Cache/CachePool': 'ssd', 'Cache/Blocksize': '100' })
  expect(made.refusal('resource.create', placed)).toMatchObject({ code: 'invalid-property' })
})

test('there are no snapshots of what is more than one backing object', () => {
  const made = cluster()
  define(made, ['WRITECACHE', 'STORAGE'], { 'Writecache/PoolName': 'ssd' })
  made.must('resource.create', placed)
  made.deploy('web', 'n1')
  const refused = made.refusal('snapshot.create', { definition: 'web', snapshot: 'monday' })
  expect(refused.code).toBe('not-supported')
  expect(refused.text).toContain('writecache')
})

test('a high mark below the usual low one takes the low one along: the kernel refuses else', () => {
  const made = cluster()
  define(made, ['WRITECACHE', 'STORAGE'], {
    'Writecache/PoolName': 'ssd',
    'Writecache/Options/HighWatermark': '40',
    'Writecache/Options/Additional': 'cleaner max_age 1000',
  })
  made.must('resource.create', placed)
  expect(compileResource(made.state, 'web', 'n1')?.volumes[0]?.cache).toMatchObject({
    options: ['high_watermark', '40', 'low_watermark', '40', 'cleaner', 'max_age', '1000'],
  })
})

test('a volume that comes later gets a cache of its own, and the same log the same state', () => {
  const made = cluster()
  define(made, ['CACHE', 'STORAGE'], { 'Cache/CachePool': 'ssd' })
  made.must('resource.create', placed)
  made.must('volume-definition.create', { definition: 'web', sizeKib: 2 * gib })
  const names = compileResource(made.state, 'web', 'n1')?.volumes.map(
    ({ cache }) => cache?.cache.name,
  )
  expect(names).toEqual(['web.dmcache_cache_00000', 'web.dmcache_cache_00001'])
  expect([...made.refold().poolUsage.values()]).toEqual([...made.state.poolUsage.values()])
})
