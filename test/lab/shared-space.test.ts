/** One disk on two real kernels, one volume group: used on one node at a time, moved, and never on both. */
import { beforeAll, expect, test } from 'vitest'
import type { Disk, LabNode } from '../../infra/lab/index.ts'
import { until } from '../system/harness.ts'
import { readPattern, sizeKibOf, writePattern } from './machine.ts'
import { story } from './story.ts'
import { mib } from './system.ts'

const device = '/dev/vgsan/web_00000'
const at = (node: string) => ({ definition: 'web', node })

story('a volume group on shared disks', { nodes: 2 }, (story) => {
  let pattern: string

  beforeAll(async () => {
    const { system } = story
    const [n1, n2] = [system.node('n1'), system.node('n2')]
    const disk: Disk = await n1.addDisk(512)
    await n2.shareDisk(n1, disk)
    await n1.run(`vgcreate -q vgsan ${disk.path} && lvcreate -q -y -L 16M -n foreign vgsan`)
    for (const node of ['n1', 'n2']) {
      await system.pool(node, 'san', 'LVM', 'vgsan', { sharedSpace: 'san' })
    }
  })

  test('it is made on n1, closed on n2, and both make others of theirs at the same time', async () => {
    const { system } = story
    const [n1, n2] = [system.node('n1'), system.node('n2')]
    for (const definition of ['web', 'one', 'two']) {
      await system.must('resource-definition.create', { definition, layers: ['STORAGE'] })
      await system.must('volume-definition.create', { definition, sizeKib: 32 * mib })
    }
    await system.must('resource.create', { ...at('n1'), pool: 'san' })
    await system.must('resource.create', { ...at('n2'), pool: 'san' })
    await system.must('resource.create', { definition: 'one', node: 'n1', pool: 'san' })
    await system.must('resource.create', { definition: 'two', node: 'n2', pool: 'san' })
    for (const definition of ['web', 'one', 'two']) await system.settled(definition)
    pattern = await writePattern(n1, device, 8)
    expect(await activeOn(n1)).toEqual(['foreign', 'one_00000', 'web_00000'])
    expect(await activeOn(n2)).toEqual(['two_00000'])
    expect((await n2.run('vgck vgsan')).stderr).toBe('')
  })

  test('what is in use stays where it is; then it moves, with all that is on it', async () => {
    const { system } = story
    const [n1, n2] = [system.node('n1'), system.node('n2')]
    await n1.run(`exec 9<>${device}; sleep 600 & echo $! >/run/user.pid`)
    await system.must('resource.make-available', at('n2'))
    await until('n1 says that somebody uses it', async () => {
      return (await system.observed('web', 'n1'))?.failure?.problem === 'device-busy' || undefined
    })
    expect(await activeOn(n2)).toEqual(['two_00000'])
    await n1.run('kill $(cat /run/user.pid)')
    await isOpenOn(n2)
    expect(await activeOn(n1)).toEqual(['foreign', 'one_00000'])
    expect(await readPattern(n2, device, 8)).toBe(pattern)
  })

  test('it grows where it is active', async () => {
    const { system } = story
    const wanted = { definition: 'web', number: 0, sizeKib: 48 * mib }
    await system.must('volume-definition.resize', wanted)
    await system.settled('web')
    expect(await sizeKibOf(system.node('n2'), device)).toBe(48 * mib)
    expect(await activeOn(system.node('n1'))).toEqual(['foreign', 'one_00000'])
  })

  test('its node loses power: n1 takes over when somebody says so, and n2 comes back with it closed', async () => {
    const { system } = story
    const [n1, n2] = [system.node('n1'), system.node('n2')]
    await system.cluster.killSatellite(n2)
    await n2.powerOff()
    await system.isOffline('n2')
    expect((await system.command('resource.activate', at('n1'))).ok).toBe(false)
    await system.must('resource.deactivate', { ...at('n2'), fenced: true })
    await system.must('resource.activate', at('n1'))
    await isOpenOn(n1)
    expect(await readPattern(n1, device, 8)).toBe(pattern)
    // Its start activates all that does not skip it, as any machine's does.
    await n2.start()
    expect(await activeOn(n2)).toEqual(['foreign'])
    await system.cluster.startSatellite(n2)
    await system.isOnline('n2')
    await until('n2 has its own again', async () => {
      return (await activeOn(n2)).includes('two_00000') || undefined
    })
    expect(await activeOn(n2)).not.toContain('web_00000')
  })

  test('a twin that goes leaves it, the last one takes it along, and nothing of others', async () => {
    const { system } = story
    const n1 = system.node('n1')
    await system.must('resource.delete', at('n2'))
    await until('n2 has none', async () => {
      return (await system.replicas('web')).length === 1 || undefined
    })
    expect(await readPattern(n1, device, 8)).toBe(pattern)
    for (const definition of ['web', 'one', 'two']) {
      await system.must('resource-definition.delete', { definition })
    }
    for (const definition of ['web', 'one', 'two']) await system.gone(definition)
    expect((await n1.run('lvs --noheadings -o lv_name vgsan')).stdout.trim()).toBe('foreign')
  })
})

/** The kernel has it a moment before its name is there. */
async function isOpenOn(node: LabNode): Promise<void> {
  await until(`it is open on ${node.name}`, async () => {
    const { exitCode } = await node.run(`test -b ${device}`, { check: false })
    return (exitCode === 0 && (await activeOn(node)).includes('web_00000')) || undefined
  })
}

/** Volumes of the shared group that the node's kernel has open. */
async function activeOn(node: LabNode): Promise<string[]> {
  const { stdout } = await node.run('dmsetup ls | sed -n "s/^vgsan-\\(\\S*\\).*/\\1/p" | sort')
  return stdout.split('\n').filter((line) => line !== '')
}
