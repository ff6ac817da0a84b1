/** Thick LVM with a real initial sync, and image files behind loop devices. */
import { beforeAll, expect, test } from 'vitest'
import type { LabNode } from '../../infra/lab/index.ts'
import { makeGroup, readPattern, sizeKibOf, tracesOf, writePattern } from './machine.ts'
import { story } from './story.ts'
import { mib } from './system.ts'

const images = '/srv/images'

story('storage other than thin', { nodes: 2, disksPerNode: 2, prepare }, (story) => {
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

  test.for([
    ['files', 'an image of its full size'],
    ['sparse', 'an image that takes what is written'],
  ])('%s: %s, without DRBD', async ([pool = '']) => {
    const { system } = story
    const n1 = system.node('n1')
    const name = `on-${pool}`
    await system.must('resource-definition.create', { definition: name, layers: ['STORAGE'] })
    await system.must('volume-definition.create', { definition: name, sizeKib: 16 * mib })
    await system.must('resource.create', { definition: name, node: 'n1', pool })
    await system.settled(name)
    const device = async () => (await system.observed(name, 'n1'))?.volumes[0]?.device ?? ''
    expect(await device()).toMatch(/^\/dev\/loop\d+$/)
    const pattern = await writePattern(n1, await device(), 4)
    const taken =
      Number((await n1.run(`stat -c %b ${images}/${pool}/${name}_00000.img`)).stdout) / 2
    if (pool === 'files') expect(taken).toBeGreaterThanOrEqual(16 * mib)
    else expect(taken).toBeLessThan(8 * mib)

    await system.must('volume-definition.resize', {
      definition: name,
      number: 0,
      sizeKib: 24 * mib,
    })
    await system.settled(name)
    expect(await sizeKibOf(n1, await device())).toBe(24 * mib)
    expect(await readPattern(n1, await device(), 4)).toBe(pattern)

    await n1.powerOff()
    await system.isOffline('n1')
    await n1.start()
    await n1.run(`mount /dev/ubdc ${images}`)
    await system.cluster.startSatellite(n1)
    await system.isOnline('n1')
    await system.settled(name)
    expect(await readPattern(n1, await device(), 4)).toBe(pattern)

    await system.must('resource-definition.delete', { definition: name })
    await system.gone(name)
    expect(await tracesOf(n1, name)).toEqual([])
    expect((await n1.run(`ls ${images}/${pool}`)).stdout.split('\n')).toContain('somebody-else.img')
    expect((await n1.run(`ls ${images}/${pool}`)).stdout).not.toContain(name)
  })
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
