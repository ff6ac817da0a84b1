/** The satellite's cache layers against imitated tools: to the end, from any half-way, and bereft. */
import type { DesiredCache, DesiredVolume, PresentResource } from '@varve/events'
import { absent, cachedDevice, converge, present, storage, volume } from '@varve/satellite/testing'
import { describe, expect, test } from 'vitest'
import { type Cluster, cluster } from './given.ts'
import type { SimHost } from './world.ts'

const beside = (name: string) =>
  storage({ name, provider: 'LVM', backing: 'vg0', pool: 'ssd', sizeKib: 16_384 })

const kinds: Readonly<Record<DesiredCache['kind'], DesiredCache>> = {
  writecache: {
    kind: 'writecache',
    cache: beside('web.cache_00000'),
    startSector: 0,
    options: ['high_watermark', '60'],
  },
  cache: {
    kind: 'cache',
    cache: beside('web.dmcache_cache_00000'),
    metadata: beside('web.dmcache_meta_00000'),
    blockSectors: 4096,
    mode: 'writeback',
    policy: 'smq',
    flushTimeoutMs: 1000,
  },
  bcache: { kind: 'bcache', cache: beside('web.bcache_00000'), mode: 'writeback', options: [] },
}
/** Whose loss is the loss of the cache. */
const superblocks = {
  writecache: 'web.cache_00000',
  cache: 'web.dmcache_meta_00000',
  bcache: 'web.bcache_00000',
} as const
const layerOf = { writecache: 'WRITECACHE', cache: 'CACHE', bcache: 'BCACHE' } as const
/** Of the data's own device. */
const headerKib = { writecache: 0, cache: 0, bcache: 8 } as const

describe.each(['writecache', 'cache', 'bcache'] as const)('%s', (kind) => {
  const mapped = cachedDevice(volume({ cache: kinds[kind] })) ?? ''
  const layers = [layerOf[kind], 'STORAGE'] as const
  const cached = (more: Partial<DesiredVolume> = {}): PresentResource =>
    present({ layers: [...layers], volumes: [volume({ cache: kinds[kind], ...more })] })

  test('made, used, lost power, opened again: the data is there, and in the cache alone', async () => {
    const { each, host } = await one()
    expect(await converge(host.host, cached())).toMatchObject({ kind: 'true' })
    await each.tool(host, 'mkfs.ext4', mapped)
    host.crash()
    host.boot()
    await modules(host)
    // udev has told the kernel of bcache by then.
    const rounds = kind === 'bcache' ? 0 : 1
    expect(await converge(host.host, cached())).toMatchObject({ kind: 'true', rounds })
    expect(await each.tool(host, 'blkid', mapped)).toContain('TYPE=ext4')
    expect((await host.host.run(['blkid', '/dev/vg0/web_00000'])).stdout).not.toContain('ext4')
    expect(each.world.unknown).toEqual([])
  })

  test('it grows in use; when it goes, all that was written reaches its data first', async () => {
    const { each, host } = await one()
    await converge(host.host, cached())
    await each.tool(host, 'mkfs.ext4', mapped)
    const grown = cached({ storage: storage({ sizeKib: 409_600 }) })
    expect(await converge(host.host, grown)).toMatchObject({ kind: 'true' })
    expect(await each.tool(host, 'blockdev', '--getsize64', mapped)).toBe(
      `${(409_600 - headerKib[kind]) * 1024}\n`,
    )
    expect(await each.tool(host, 'blkid', mapped)).toContain('TYPE=ext4')
    await each.tool(host, 'mkfs.xfs', '-f', mapped)
    const gone = { kind: 'fail', code: 5, stderr: 'not now' } as const
    host.fault({ argv: ['lvremove'], times: 1, effect: gone })
    expect(await converge(host.host, absent(grown))).toMatchObject({ kind: 'failed' })
    expect(await each.tool(host, 'blkid', '/dev/vg0/web_00000')).toContain('TYPE=xfs')
    expect(await converge(host.host, absent(grown))).toMatchObject({ kind: 'true' })
    const left = await each.tool(host, 'lvs', '--noheadings', '--options', 'lv_name')
    expect(left).not.toContain('web')
    expect(each.world.unknown).toEqual([])
  })

  test.each(['emptied', 'removed'] as const)(
    'its cache %s: it stays closed, and none is made anew',
    async (how) => {
      const { each, host } = await one()
      await converge(host.host, cached())
      await each.tool(host, 'mkfs.ext4', mapped)
      host.crash()
      host.boot()
      await modules(host)
      await letGo(host)
      const device = `/dev/vg0/${superblocks[kind]}`
      if (how === 'removed')
        await each.tool(host, 'lvremove', '--yes', device.slice('/dev/'.length))
      else await each.tool(host, 'dd', 'if=/dev/zero', `of=${device}`)
      const after = await converge(host.host, cached())
      const said = after.failure?.stderr ?? after.reason
      expect(['failed', 'refused']).toContain(after.kind)
      expect(said).toContain('may have been on it alone')
      if (after.failure) expect(after.failure.problem).toBe('companion-gone')
      expect((await host.host.run(['blkid', mapped])).exitCode).not.toBe(0)
      const left = await each.tool(host, 'lvs', '--noheadings', '--options', 'lv_name')
      expect(left.includes(superblocks[kind])).toBe(how === 'emptied')
    },
  )

  test('a cache that was emptied keeps its own volume closed, and no other of its resource', async () => {
    const { each, host } = await one()
    const other = volume({ number: 1, storage: storage({ name: 'web_00001' }) })
    const first = cached().volumes
    const both = present({ layers: [...layers], volumes: [...first, other] })
    expect(await converge(host.host, both)).toMatchObject({ kind: 'true' })
    host.crash()
    host.boot()
    await modules(host)
    await letGo(host)
    await each.tool(host, 'dd', 'if=/dev/zero', `of=/dev/vg0/${superblocks[kind]}`)
    await each.tool(host, 'lvchange', '--activate', 'n', 'vg0/web_00001')
    const after = await converge(host.host, both)
    expect(after).toMatchObject({ kind: 'refused' })
    expect(after.reason).toContain('may have been on it alone')
    expect((await host.host.run(['blkid', mapped])).exitCode).not.toBe(0)
    expect(after.inventory.objects.get('vg0/web_00001')?.device).toBe('/dev/vg0/web_00001')
  })

  test('wherever it is cut off, it goes on, and begins no cache anew that was settled', async () => {
    for (const argv of [
      ['lvcreate'],
      ['wipefs'],
      ['dd'],
      ['dmsetup', 'create'],
      ['lvchange'],
      ['make-bcache'],
      ['kernel'],
    ]) {
      for (const effect of ['fail', 'lie'] as const) {
        const { each, host } = await one()
        host.fault({ argv, times: 1, effect: { kind: effect, code: 5, stderr: 'cut off' } })
        await converge(host.host, cached())
        expect(await converge(host.host, cached())).toMatchObject({ kind: 'true' })
        await each.tool(host, 'mkfs.ext4', mapped)
        await converge(host.host, cached())
        expect(await each.tool(host, 'blkid', mapped)).toContain('TYPE=ext4')
      }
    }
  })

  test('somebody else’s device of that name is left alone, and so are parts that are not ours', async () => {
    const { each, host } = await one()
    await each.tool(
      host,
      'lvcreate',
      '--yes',
      '--size',
      '16384k',
      '--name',
      superblocks[kind],
      'vg0',
    )
    const before = await each.tool(host, 'lvs', '--noheadings', '--options', 'lv_name,lv_tags')
    expect(await converge(host.host, cached())).toMatchObject({ kind: 'refused' })
    expect(await converge(host.host, absent(cached()))).toMatchObject({ kind: 'true' })
    expect(await each.tool(host, 'lvs', '--noheadings', '--options', 'lv_name,lv_tags')).toBe(
      before,
    )
  })
})

async function one(): Promise<{ each: Cluster; host: SimHost }> {
  const each = cluster(1)
  const [host] = each.hosts
  if (!host) throw new Error('one host')
  await modules(host)
  return { each, host }
}

/** udev has told the kernel of what it is to lose. */
async function letGo({ host }: SimHost): Promise<void> {
  for (const name of await host.list('/sys/fs/bcache')) {
    if (name.startsWith('register')) continue
    for (const path of [`${name}/bdev0/stop`, `${name}/unregister`]) {
      await host.changeKernel({ op: 'trigger', path: `/sys/fs/bcache/${path}`, text: '1' })
    }
  }
}

/** As the satellite does at its start. */
async function modules(host: SimHost): Promise<void> {
  await host.host.run(['modprobe', '--all', 'dm-writecache', 'dm-cache', 'dm-cache-smq', 'bcache'])
}
