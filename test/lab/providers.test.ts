/** Thick LVM with a real initial sync, and image files behind loop devices. */
import { beforeAll, expect, test } from 'vitest'
import type { LabNode } from '../../infra/lab/index.ts'
import { until } from '../system/harness.ts'
import { makeGroup, readPattern, sizeKibOf, tracesOf, writePattern } from './machine.ts'
import { story } from './story.ts'
import { mib } from './system.ts'

const images = '/srv/images'
const imagePools = ['files', 'sparse']

story('storage other than thin', { nodes: 2, disksPerNode: 2, udev: false, prepare }, (story) => {
  const patterns = new Map<string, string>()

  beforeAll(async () => {
    const { system } = story
    for (const { name } of system.lab.nodes) await system.pool(name, 'thick', 'LVM', 'vg0')
    await system.pool('n1', 'files', 'FILE', `${images}/files`)
    await system.pool('n1', 'sparse', 'FILE_THIN', `${images}/sparse`)
  })

  test('thick: the first replica is the source of a whole sync, old content cannot differ', async () => {
    const { system } = story
    await system.must('resource-definition.create', { definition: 'thick' })
    await system.must('volume-definition.create', { definition: 'thick', sizeKib: 32 * mib })
    for (const node of ['n1', 'n2']) {
      await system.must('resource.create', { definition: 'thick', node, pool: 'thick' })
    }
    await system.settled('thick')
    const [n1, n2] = [system.node('n1'), system.node('n2')]
    expect(await kernelLog(n1)).toMatch(/Began resync as SyncSource/)
    expect(await kernelLog(n2)).toMatch(/Began resync as SyncTarget/)
    const backing = '/dev/vg0/thick_00000'
    expect(await readPattern(n1, backing, 32)).toBe(await readPattern(n2, backing, 32))
    await system.must('resource-definition.delete', { definition: 'thick' })
    await system.gone('thick')
  })

  test('images: behind loop devices, thick and sparse, and they grow', async () => {
    const { system } = story
    const n1 = system.node('n1')
    for (const pool of imagePools) await spawnOn(pool)
    for (const pool of imagePools) {
      const name = `on-${pool}`
      await system.settled(name)
      expect(await deviceOf(name)).toMatch(/^\/dev\/loop\d+$/)
      patterns.set(name, await writePattern(n1, await deviceOf(name), 4))
    }
    expect(await takenKib('files')).toBeGreaterThanOrEqual(16 * mib)
    expect(await takenKib('sparse')).toBeLessThan(8 * mib)
    for (const pool of imagePools) {
      const definition = `on-${pool}`
      await system.must('volume-definition.resize', { definition, number: 0, sizeKib: 24 * mib })
      await system.settled(definition)
      expect(await sizeKibOf(n1, await deviceOf(definition))).toBe(24 * mib)
      expect(await readPattern(n1, await deviceOf(definition), 4)).toBe(patterns.get(definition))
    }
  })

  test('they shrink, and a volume with a file system not before that does', async () => {
    const { system } = story
    const n1 = system.node('n1')
    const smaller = { number: 0, sizeKib: 12 * mib, acceptDataLoss: true }
    await spawnOn('thick')
    await system.settled('on-thick')
    const device = await deviceOf('on-thick')
    await n1.run(`mkfs.ext4 -q ${device}`)
    for (const name of [...patterns.keys(), 'on-thick']) {
      await system.must('volume-definition.resize', { definition: name, ...smaller })
    }
    await until('n1 says how far the file system reaches', async () => {
      const failure = (await system.observed('on-thick', 'n1'))?.failure?.stderr
      return failure?.includes(`reaches to ${16 * mib} KiB`) || undefined
    })
    await n1.run(`e2fsck -fy ${device} >/dev/null; resize2fs ${device} ${8 * mib}K`)
    for (const name of [...patterns.keys(), 'on-thick']) {
      await system.settled(name)
      expect(await sizeKibOf(n1, await deviceOf(name))).toBe(12 * mib)
    }
    await n1.run(`e2fsck -fn ${device}`)
    for (const [name, pattern] of patterns) {
      expect(await readPattern(n1, await deviceOf(name), 4)).toBe(pattern)
    }
    await system.must('resource-definition.delete', { definition: 'on-thick' })
    await system.gone('on-thick')
  })

  test('images: attached again after a power loss, with what was in them', async () => {
    const { system } = story
    const n1 = system.node('n1')
    await n1.powerOff()
    await system.isOffline('n1')
    await n1.start()
    await n1.run(`mount /dev/ubdc ${images}`)
    await system.cluster.startSatellite(n1)
    await system.isOnline('n1')
    for (const [name, pattern] of patterns) {
      await system.settled(name)
      expect(await readPattern(n1, await deviceOf(name), 4)).toBe(pattern)
    }
  })

  test('images: a delete leaves what is somebody else’s', async () => {
    const { system } = story
    const n1 = system.node('n1')
    for (const name of patterns.keys()) {
      await system.must('resource-definition.delete', { definition: name })
    }
    for (const name of patterns.keys()) {
      await system.gone(name)
      expect(await tracesOf(n1, name)).toEqual([])
    }
    for (const pool of imagePools) {
      expect((await n1.run(`ls -A ${images}/${pool}`)).stdout).toBe('somebody-else.img\n')
    }
    expect((await n1.run('losetup --list --noheadings')).stdout).toBe('')
  })

  async function spawnOn(pool: string): Promise<void> {
    const { system } = story
    const definition = `on-${pool}`
    await system.must('resource-definition.create', { definition, layers: ['STORAGE'] })
    await system.must('volume-definition.create', { definition, sizeKib: 16 * mib })
    await system.must('resource.create', { definition, node: 'n1', pool })
  }

  async function deviceOf(name: string): Promise<string> {
    return (await story.system.observed(name, 'n1'))?.volumes[0]?.device ?? ''
  }

  async function takenKib(pool: string): Promise<number> {
    const image = `${images}/${pool}/on-${pool}_00000.img`
    return Number((await story.system.node('n1').run(['stat', '-c', '%b', image])).stdout) / 2
  }
})

/** Space that has held something else: without a sync the two replicas would differ. */
async function prepare(node: LabNode): Promise<void> {
  await makeGroup(node)
  await node.run(`
    lvcreate -q -y -L 48M -n old vg0
    dd if=/dev/urandom of=/dev/vg0/old bs=1M oflag=direct status=none || true
    lvremove -q -y vg0/old
    mkfs.ext4 -q /dev/ubdc
    mkdir ${images}
    mount /dev/ubdc ${images}
    mkdir ${images}/files ${images}/sparse
    head -c 1M /dev/zero | tee ${images}/files/somebody-else.img >${images}/sparse/somebody-else.img
    sync`)
}

async function kernelLog(node: LabNode): Promise<string> {
  return (await node.run('dmesg')).stdout
}
