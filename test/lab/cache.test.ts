/** Caches and external metadata on real kernels: through power losses, larger, bereft, and gone. */
import { beforeAll, expect, test } from 'vitest'
import type { LabNode } from '../../infra/lab/index.ts'
import { until } from '../system/harness.ts'
import { makeThinPool, readPattern, sizeKibOf, tracesOf, writePattern } from './machine.ts'
import { story } from './story.ts'
import { mib } from './system.ts'

/** Definition → its stack, its minors, and where a replica's data is read on its node. */
const kinds = {
  wc: {
    layers: ['DRBD', 'WRITECACHE', 'STORAGE'],
    props: { 'Writecache/PoolName': 'ssd', 'Writecache/Size': '8192' },
    minors: [1000, 1001],
    top: (number: number) => `/dev/mapper/linstor_writecache_wc_0000${number}`,
  },
  dc: {
    layers: ['DRBD', 'CACHE', 'STORAGE'],
    props: { 'Cache/CachePool': 'ssd', 'Cache/Cachesize': '16384' },
    minors: [1002],
    top: () => '/dev/mapper/linstor_cache_dc_00000',
  },
  bc: {
    layers: ['DRBD', 'BCACHE', 'STORAGE'],
    props: { 'BCache/PoolName': 'ssd', 'BCache/Writeback': 'true' },
    minors: [1004],
    top: () => '/dev/bcache0',
  },
  xm: {
    layers: ['DRBD', 'STORAGE'],
    props: { StorPoolNameDrbdMeta: 'ssd' },
    minors: [1003],
    top: () => '/dev/vg0/xm_00000',
  },
} as const

/** For what takes seconds on an idle machine. */
const patienceMs = 150_000

const names = Object.keys(kinds) as (keyof typeof kinds)[]

story('caches and external metadata', { nodes: 2, disksPerNode: 2, prepare }, (story) => {
  const patterns = new Map<number, string>()

  beforeAll(async () => {
    const { system } = story
    for (const { name } of system.lab.nodes) {
      await system.pool(name, 'thin', 'LVM_THIN', 'vg0/thin')
      await system.pool(name, 'ssd', 'LVM', 'vg1')
    }
  })

  /** Every device that has content, with where it is on a node. */
  function* devices() {
    for (const name of names) {
      const { minors, top } = kinds[name]
      for (const [number, minor] of minors.entries()) {
        yield { name, drbd: `/dev/drbd${minor}`, top: top(number), minor }
      }
    }
  }

  const primary = async (node: LabNode) => {
    for (const name of names) {
      await until(`${name} is Primary on ${node.name}`, async () => {
        const { exitCode } = await node.run(`drbdadm primary ${name}`, { check: false })
        return exitCode === 0 || undefined
      })
    }
  }

  const writeAll = async (node: LabNode) => {
    for (const { drbd, minor } of devices()) patterns.set(minor, await writePattern(node, drbd, 4))
  }

  /** What DRBD has on the node, read below it. */
  const expectAll = async (node: LabNode, where: 'drbd' | 'top') => {
    for (const each of devices()) {
      expect(await readPattern(node, each[where], 4), each[where]).toBe(patterns.get(each.minor))
    }
  }

  const allSettled = async () => {
    for (const name of names) await story.system.settled(name)
  }

  const back = async (node: LabNode) => {
    const { system } = story
    await node.start()
    await openForeign(node)
    await system.cluster.startSatellite(node)
    await system.isOnline(node.name)
  }

  test('all are made as a pair, each volume with a cache of its own', async () => {
    const { system } = story
    for (const name of names) {
      const { layers, props, minors } = kinds[name]
      await system.must('resource-definition.create', {
        definition: name,
        layers: [...layers],
        props,
      })
      for (const minor of minors) {
        await system.must('volume-definition.create', {
          definition: name,
          sizeKib: 32 * mib,
          minor,
        })
      }
      await system.must('resource.auto-place', {
        definition: name,
        filter: { placeCount: 2, pools: ['thin'] },
      })
    }
    await allSettled()
    const n1 = system.node('n1')
    await primary(n1)
    await writeAll(n1)
    const show = (await n1.run('drbdsetup show xm')).stdout
    expect(show).toMatch(/meta-disk\s+"\/dev\/vg1\/xm\.meta_00000"/)
    // What was written last is in the cache and not on the storage: this is what must not be lost.
    for (const number of [0, 1]) {
      const below = await readPattern(n1, `/dev/vg0/wc_0000${number}`, 4)
      expect(below).not.toBe(patterns.get(1000 + number))
    }
  })

  test('the Primary loses power: its peer has all, and what it missed comes into its caches', async () => {
    const { system } = story
    const [n1, n2] = [system.node('n1'), system.node('n2')]
    await n1.powerOff()
    await system.isOffline('n1')
    await primary(n2)
    await expectAll(n2, 'drbd')
    await writeAll(n2)
    await back(n1)
    await allSettled()
    await expectAll(n1, 'top')
  })

  test('they grow in use', async () => {
    const { system } = story
    for (const definition of names) {
      const resize = { definition, number: 0, sizeKib: 48 * mib }
      const { ok } = await system.command('volume-definition.resize', resize)
      // DRBD keeps it open, and bcache takes a new size when it is opened only.
      expect(ok).toBe(definition !== 'bc')
    }
    await allSettled()
    const n2 = system.node('n2')
    for (const { minors } of [kinds.wc, kinds.dc, kinds.xm]) {
      expect(await sizeKibOf(n2, `/dev/drbd${minors[0]}`)).toBeGreaterThanOrEqual(48 * mib)
    }
    await expectAll(n2, 'drbd')
    await writeAll(n2)
    for (const node of system.lab.nodes) await expectAll(node, 'top')
  })

  test('a cache that is lost or empty is not made anew: that replica stays closed, and says why', async () => {
    const { system } = story
    const [n1, n2] = [system.node('n1'), system.node('n2')]
    await n1.powerOff()
    await system.isOffline('n1')
    await n1.start()
    await openForeign(n1)
    await n1.run(`
      lvremove -q -y vg1/wc.cache_00000
      dd if=/dev/zero of=/dev/vg1/dc.dmcache_meta_00000 bs=4k count=1 oflag=direct conv=fsync status=none
      udevadm settle
      for file in $(find /sys/block/dm-*/bcache/stop /sys/fs/bcache/*-*/unregister); do echo 1 >$file; done
      until wipefs -qa /dev/vg1/bc.bcache_00000; do sleep 0.1; done`)
    await system.cluster.startSatellite(n1)
    await system.isOnline('n1')
    for (const name of ['wc', 'dc', 'bc']) {
      const said = await until(
        `${name} says what is missing`,
        async () => {
          return (await system.observed(name, 'n1'))?.failure?.stderr
        },
        patienceMs,
      )
      expect(said).toContain('may have been on it alone')
    }
    expect((await n1.run('dmsetup ls')).stdout).not.toMatch(
      /linstor_cache_dc|linstor_writecache_wc_00000/,
    )
    await expectAll(n2, 'drbd')
    // What was not touched is opened again, with all that only its cache had.
    expect(await readPattern(n1, kinds.wc.top(1), 4)).toBe(patterns.get(1001))
    for (const definition of ['wc', 'dc', 'bc']) {
      await system.must('resource.delete', { definition, node: 'n1' })
      await until(
        `${definition} is gone from n1 and may be made there anew`,
        async () => {
          const anew = { definition, node: 'n1', pool: 'thin' }
          return (await system.command('resource.create', anew)).ok || undefined
        },
        patienceMs,
      )
    }
    await allSettled()
    await expectAll(n1, 'top')
  })

  test('nothing is left of them, and nothing of others was touched', async () => {
    const { system } = story
    // All of them first: drbdadm reads the files of all, and those of what is deleted go.
    for (const definition of names) {
      await system.node('n2').run(`drbdadm secondary ${definition}`)
    }
    for (const definition of names) {
      await until(`nobody holds ${definition}`, async () => {
        return (await system.observed(definition, 'n2'))?.role === 'Secondary' || undefined
      })
    }
    for (const definition of names) {
      await system.must('resource-definition.delete', { definition })
    }
    for (const definition of names) await system.gone(definition)
    for (const node of system.lab.nodes) {
      for (const name of names) expect(await tracesOf(node, name)).toEqual([])
      const left = (await node.run('dmsetup ls')).stdout
      expect((await node.run('ls /sys/fs/bcache')).stdout).not.toContain('-')
      expect(left.match(/linstor_\S+/g)).toEqual(['linstor_writecache_theirs_00000'])
      const theirs = 'dd if=/dev/mapper/linstor_writecache_theirs_00000 bs=4k count=1 status=none'
      expect((await node.run(`${theirs} | tr -d '\\0'`)).stdout).toBe('precious\n')
    }
  })
})

/** Two groups, and somebody else's writecache with a name like ours. */
async function prepare(node: LabNode): Promise<void> {
  await makeThinPool(node)
  const [, fast] = node.disks
  await node.run(`
    vgcreate -q vg1 ${fast?.path}
    lvcreate -q -y -L 16M -n theirs vg0
    lvcreate -q -y -L 8M -n theirs.cache vg1`)
  await openForeign(node)
  await node.run(`
    echo precious | dd of=/dev/mapper/linstor_writecache_theirs_00000 bs=4k conv=sync,fsync oflag=direct status=none`)
}

async function openForeign(node: LabNode): Promise<void> {
  const table = '0 32768 writecache s /dev/vg0/theirs /dev/vg1/theirs.cache 4096 0'
  await node.run(`
    modprobe dm-writecache
    dmsetup create linstor_writecache_theirs_00000 --table "${table}"`)
}
