/** File systems of new volumes on real kernels: mounted, owned as asked, and there after a failover. */
import { beforeAll, expect, test } from 'vitest'
import type { LabNode } from '../../infra/lab/index.ts'
import { lookArgvs } from '../../packages/satellite/src/format/signature.ts'
import { until } from '../system/harness.ts'
import { makeThinPool } from './machine.ts'
import { story } from './story.ts'
import { mib } from './system.ts'

/** mkfs.xfs refuses what is smaller than 300 MiB. */
const sizes = { ext4: 64 * mib, xfs: 320 * mib } as const

story('file systems of new volumes', { nodes: 2, udev: false, prepare: makeThinPool }, (story) => {
  beforeAll(async () => {
    const { system } = story
    for (const { name } of system.lab.nodes) {
      await system.pool(name, 'thin', 'LVM_THIN', 'vg0/thin')
    }
    const props = {
      'FileSystem/User': 'games',
      'FileSystem/Group': '7',
    }
    await system.must('resource-group.create', { group: 'pair', filter: { placeCount: 2 } })
    await system.must('volume-group.create', { group: 'pair' })
    await system.must('resource-group.modify', { group: 'pair', setProps: props })
  })

  async function spawn(
    definition: string,
    type: keyof typeof sizes,
    layers: Layers,
    waits: 'settled' | 'not settled' = 'settled',
  ) {
    const { system } = story
    await system.must('resource-group.modify', {
      group: 'pair',
      setProps: { 'FileSystem/Type': type },
    })
    await system.must('resource-group.spawn', {
      group: 'pair',
      definition,
      sizesKib: [sizes[type]],
      filter: { layers, placeCount: layers.includes('DRBD') ? 2 : 1 },
    })
    if (waits === 'settled') await system.settled(definition)
  }

  test.each(['ext4', 'xfs'] as const)(
    '%s on a pair: mounted on one node, and on the other after a failover',
    async (type) => {
      const { system } = story
      const definition = `web-${type}`
      await spawn(definition, type, ['DRBD', 'STORAGE'])
      const [n1, n2] = [system.node('n1'), system.node('n2')]
      const device = (await system.observed(definition, 'n1'))?.volumes[0]?.device ?? ''
      for (const node of ['n1', 'n2']) {
        expect((await system.observed(definition, node))?.role).toBe('Secondary')
      }
      expect(await whileMounted(n1, device, type, 'stat -c "%u:%g" /mnt', definition)).toBe('5:7\n')
      await whileMounted(n1, device, type, 'echo written > /mnt/file; sync', definition)
      expect(await whileMounted(n2, device, type, 'cat /mnt/file', definition)).toBe('written\n')
      expect((await n1.run('ls /run/varve.d')).stdout).toBe('')
    },
  )

  test('without DRBD', async () => {
    const { system } = story
    await spawn('solo', 'ext4', ['STORAGE'])
    const [node = ''] = await system.replicas('solo')
    const device = (await system.observed('solo', node))?.volumes[0]?.device ?? ''
    const shown = await whileMounted(system.node(node), device, 'ext4', 'stat -c "%u:%g" /mnt')
    expect(shown).toBe('5:7\n')
  })

  test('what somebody has made meanwhile is left alone, and counts as done', async () => {
    const { system } = story
    await system.must('resource-group.modify', {
      group: 'pair',
      setProps: { 'FileSystem/User': 'later' },
    })
    await spawn('theirs', 'ext4', ['DRBD', 'STORAGE'], 'not settled')
    const [n1, n2] = [system.node('n1'), system.node('n2')]
    const failure = async () => {
      const seen = await Promise.all(['n1', 'n2'].map((node) => system.observed('theirs', node)))
      return seen.map((each) => each?.failure?.stderr ?? '').join('')
    }
    await until('the user is missed', async () =>
      (await failure()).includes('the user later') ? true : undefined,
    )
    const minor = (await n1.run('drbdadm sh-minor theirs')).stdout.trim()
    await n1.run(`
      drbdadm primary theirs
      mkfs.ext4 -q -L precious /dev/drbd${minor}
      for i in $(seq 50); do drbdadm secondary theirs && break; sleep 0.2; done`)
    for (const node of [n1, n2])
      await node.run(`echo 'later:x:4242:4242::/:/bin/sh' >> /etc/passwd`)
    await system.settled('theirs')
    await n2.run('drbdadm primary theirs')
    const label = await n2.run(`blkid -p -o value -s LABEL /dev/drbd${minor}`)
    expect(label.stdout).toBe('precious\n')
  })

  test('to wipefs and blkid what cannot be read is empty: dd tells the difference', async () => {
    const n1 = story.system.node('n1')
    await n1.run(`dmsetup create broken --table '0 131072 error'`)
    const codes = []
    for (const argv of lookArgvs('/dev/mapper/broken')) {
      codes.push((await n1.run([...argv], { check: false })).exitCode)
    }
    await n1.run('dmsetup remove broken')
    expect(codes).toEqual([1, 0, 2])
  })
})

type Layers = ('DRBD' | 'STORAGE')[]

/** Mounts, runs, unmounts; as Primary when there is a resource. */
async function whileMounted(
  node: LabNode,
  device: string,
  type: string,
  command: string,
  resource?: string,
): Promise<string> {
  const role = (name: string) => (resource === undefined ? ':' : `drbdadm ${name} ${resource}`)
  const { stdout } = await node.run(`
    modprobe ${type} || true
    ${role('primary')}
    mkdir -p /mnt
    mount -t ${type} ${device} /mnt
    ${command}
    umount /mnt
    for i in $(seq 50); do ${role('secondary')} && break; sleep 0.2; done`)
  return stdout
}
