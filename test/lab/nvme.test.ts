/** NVMe over fabrics between two real kernels: used from afar, through growth, kills and a power loss. */
import { beforeAll, expect, test } from 'vitest'
import { type LabNode, loadNvme } from '../../infra/lab/index.ts'
import { until } from '../system/harness.ts'
import { makeThinPool, readPattern, sizeKibOf, tracesOf, writePattern } from './machine.ts'
import { story } from './story.ts'
import { mib } from './system.ts'

const device = '/dev/nvme0n1'
const nvmet = '/sys/kernel/config/nvmet'

story('NVMe over fabrics', { nodes: 2, udev: false, prepare, needs: 'nvme' }, (story) => {
  let pattern: string
  let foreign: string

  beforeAll(async () => {
    const { system } = story
    await plantForeign(system.node('n1'))
    foreign = await foreignState(system.node('n1'))
    for (const { name } of system.lab.nodes) await system.pool(name, 'thin', 'LVM_THIN', 'vg0/thin')
  })

  test('a volume of n1 is used on n2, and grows while it is', async () => {
    const { system } = story
    const n2 = system.node('n2')
    await system.must('resource-definition.create', {
      definition: 'web',
      layers: ['NVME', 'STORAGE'],
    })
    await system.must('volume-definition.create', { definition: 'web', sizeKib: 32 * mib })
    await system.must('resource.create', { definition: 'web', node: 'n1', pool: 'thin' })
    await system.must('resource.create', { definition: 'web', node: 'n2', kind: 'diskless' })
    await system.settled('web')
    expect((await system.observed('web', 'n2'))?.volumes[0]).toMatchObject({
      device,
      deviceKib: 32 * mib,
    })
    pattern = await writePattern(n2, device, 16)
    expect(await readPattern(system.node('n1'), '/dev/vg0/web_00000', 16)).toBe(pattern)

    const wanted = { definition: 'web', number: 0, sizeKib: 48 * mib }
    await system.must('volume-definition.resize', wanted)
    await until('n2 has the new size', async () => {
      return (await sizeKibOf(n2, device)) === 48 * mib || undefined
    })
    expect(await readPattern(n2, device, 16)).toBe(pattern)
  })

  test('without its satellite the target goes on; after a power loss it is the same device', async () => {
    const { system } = story
    const [n1, n2] = [system.node('n1'), system.node('n2')]
    await n2.run(`mkfs.ext4 -q ${device} && mkdir -p /srv/web && mount ${device} /srv/web`)
    await n2.run('echo kept >/srv/web/file && sync')
    await system.cluster.killSatellite(n1)
    await n2.run('echo on >/srv/web/other && sync')
    await n1.powerOff()
    await system.isOffline('n1')
    await n1.start()
    await loadNvme(n1)
    await plantForeign(n1)
    foreign = await foreignState(n1)
    await system.cluster.startSatellite(n1)
    await system.isOnline('n1')
    // Mounted all the time: the kernel has waited, and finds what it knew.
    const { stdout } = await n2.run(
      'cat /srv/web/file /srv/web/other; echo more >/srv/web/more; sync',
    )
    expect(stdout).toBe('kept\non\n')
    expect((await n2.run('ls /sys/class/nvme')).stdout).toBe('nvme0\n')
  })

  test('it is not let go while it is mounted; then all of it goes, and nothing of others', async () => {
    const { system } = story
    const [n1, n2] = [system.node('n1'), system.node('n2')]
    await system.must('resource-definition.delete', { definition: 'web' })
    await until('n2 says that somebody uses it', async () => {
      const failure = (await system.observed('web', 'n2'))?.failure
      return failure?.problem === 'device-busy' || undefined
    })
    expect((await n2.run('cat /srv/web/more')).stdout).toBe('more\n')
    await n2.run('umount /srv/web')
    await system.gone('web')
    expect((await n2.run('ls /sys/class/nvme')).stdout).toBe('')
    expect(await foreignState(n1)).toBe(foreign)
    expect(await tracesOf(n1, 'web')).toEqual([])
  })
})

async function prepare(node: LabNode): Promise<void> {
  await makeThinPool(node)
  await loadNvme(node)
}

/** Somebody else's subsystem, with a name like ours, at a port of theirs; gone with the power. */
async function plantForeign(node: LabNode): Promise<void> {
  await node.run(`
    cd ${nvmet}
    mkdir subsystems/LS-NVMe_theirs subsystems/LS-NVMe_theirs/namespaces/1 ports/1
    test -e /dev/vg0/theirs || lvcreate -q -y -L 16M -n theirs vg0
    echo -n /dev/vg0/theirs >subsystems/LS-NVMe_theirs/namespaces/1/device_path
    echo 1 >subsystems/LS-NVMe_theirs/namespaces/1/enable
    echo tcp >ports/1/addr_trtype; echo ipv4 >ports/1/addr_adrfam
    echo 10.9.0.1 >ports/1/addr_traddr; echo 4444 >ports/1/addr_trsvcid
    ln -s ${nvmet}/subsystems/LS-NVMe_theirs ports/1/subsystems/`)
}

/** All that nvmet shows, without what is Varve's. */
async function foreignState(node: LabNode): Promise<string> {
  const { stdout } = await node.run(`
    cd ${nvmet}
    find subsystems ports -type f -o -type l | sort |
      while read -r path; do echo "$path=$(cat "$path" 2>/dev/null)"; done`)
  return stdout
}
