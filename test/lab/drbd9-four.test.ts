/** DRBD 9 on four nodes: three replicas over LUKS, metadata on devices of its own, and a client. */
import { beforeAll, expect, test } from 'vitest'
import { type LabNode, loadDrbd9 } from '../../infra/lab/index.ts'
import { until } from '../system/harness.ts'
import { haveActed } from './acted.ts'
import { makeThinPool, readPattern, sizeKibOf, tracesOf, writePattern } from './machine.ts'
import { story } from './story.ts'
import { mib } from './system.ts'

const definition = 'wide'
const devices = ['/dev/drbd1000', '/dev/drbd1001']
const inTheClear = (number: number) => `/dev/mapper/Linstor-Crypt-${definition}_0000${number}`
const options = { nodes: 4, udev: false, needs: 'drbd9', prepare } as const

story('DRBD 9 on four nodes', options, (story) => {
  let patterns: string[]

  beforeAll(async () => {
    const { system } = story
    for (const name of ['n1', 'n2', 'n3']) {
      await system.pool(name, 'thin', 'LVM_THIN', 'vg0/thin')
      await system.pool(name, 'thick', 'LVM', 'vg0')
    }
    await system.must('encryption.create-passphrase', { passphrase: 'correct horse' })
  })

  /** Four MiB into each volume. */
  async function write(node: LabNode): Promise<void> {
    patterns = []
    for (const device of devices) patterns.push(await writePattern(node, device, 4))
  }

  /** Below DRBD, on the node's own disks. */
  async function expectOn(name: string): Promise<void> {
    for (const [number, pattern] of patterns.entries()) {
      expect(await readPattern(story.system.node(name), inTheClear(number), 4)).toBe(pattern)
    }
  }

  test('two volumes with three replicas each: written by the client, the same on all disks', async () => {
    const { system } = story
    await system.must('resource-definition.create', {
      definition,
      layers: ['DRBD', 'LUKS', 'STORAGE'],
      props: { StorPoolNameDrbdMeta: 'thick' },
    })
    for (const minor of [1000, 1001]) {
      await system.must('volume-definition.create', { definition, sizeKib: 16 * mib, minor })
    }
    for (const node of ['n1', 'n2', 'n3']) {
      await system.must('resource.create', { definition, node, pool: 'thin' })
    }
    await system.must('resource.create', { definition, node: 'n4', kind: 'client' })
    await system.settled(definition)
    await write(system.node('n4'))
    for (const name of ['n1', 'n2', 'n3']) {
      await expectOn(name)
      const { stdout } = await system.node(name).run(`
        drbdsetup show ${definition}
        blkid -p -o value -s TYPE /dev/vg0/${definition}_00000`)
      expect(stdout).toMatch(/meta-disk\s+"\/dev\/vg0\/wide\.meta_00001"/)
      expect(stdout).toContain('crypto_LUKS')
    }
  })

  test('one loses power: written meanwhile and grown after, it has everything', async () => {
    const { system } = story
    const [n2, n4] = [system.node('n2'), system.node('n4')]
    await n2.powerOff()
    await write(n4)
    await system.isOffline('n2')
    await n2.start()
    await loadDrbd9(n2)
    await system.cluster.startSatellite(n2)
    await system.isOnline('n2')
    await system.settled(definition)
    await system.must('volume-definition.resize', { definition, number: 1, sizeKib: 32 * mib })
    await system.settled(definition)
    for (const { name } of system.lab.nodes) {
      expect(await sizeKibOf(system.node(name), '/dev/drbd1001')).toBe(32 * mib)
    }
    await expectOn('n2')
  })

  test('a replica that is to go takes part until it is gone', async () => {
    const { system } = story
    const n3 = system.node('n3')
    await system.cluster.killSatellite(n3)
    await system.isOffline('n3')
    await system.must('resource.delete', { definition, node: 'n3' })
    await haveActed(system, definition, ['n1', 'n2', 'n4'])
    // Somebody opens it there all the same: what is acknowledged is with its peers.
    await write(n3)
    for (const name of ['n1', 'n2']) await expectOn(name)
    await system.cluster.startSatellite(n3)
    await until('n3 has no disk of it any more', async () => {
      return !(await tracesOf(n3, definition)).includes(`lv ${definition}_00000`)
    })
    await system.settled(definition)
    for (const name of ['n1', 'n2']) await expectOn(name)
    for (const [number, device] of devices.entries()) {
      expect(await readPattern(system.node('n4'), device, 4)).toBe(patterns[number])
    }
  })

  test('nothing is left of it', async () => {
    const { system } = story
    await until('nobody has it open', async () => {
      return (await system.command('resource-definition.delete', { definition })).ok
    })
    await system.gone(definition)
    for (const node of system.lab.nodes) expect(await tracesOf(node, definition)).toEqual([])
  })
})

async function prepare(node: LabNode): Promise<void> {
  await loadDrbd9(node)
  await makeThinPool(node)
}
