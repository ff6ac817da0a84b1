/** What goes wrong with disks and pools of real kernels, and the ways out that `explain stuck` names. */
import type { StoragePoolRow, Stuck } from '@varve/projections'
import { beforeAll, expect, test } from 'vitest'
import type { LabNode } from '../../infra/lab/index.ts'
import { until } from '../system/harness.ts'
import { readPattern, writePattern } from './machine.ts'
import { story } from './story.ts'
import { mib } from './system.ts'

const patienceMs = 90_000

story('faults', { nodes: 2, disksPerNode: 2, udev: false, prepare }, (story) => {
  beforeAll(async () => {
    const { system } = story
    for (const { name } of system.lab.nodes) {
      await system.pool(name, 'thin', 'LVM_THIN', 'vg0/thin')
      await system.pool(name, 'brittle', 'LVM_THIN', 'brittle/thin')
    }
  })

  test('a disk fails under a pair in use: detached, shown; back again, it is synced', async () => {
    const { system } = story
    const [n1, n2] = [system.node('n1'), system.node('n2')]
    const device = await pair('hurt', 'brittle')
    await n1.run('drbdadm primary hurt')
    const before = await writePattern(n1, device, 8)
    await n2.failDisk(brittleDisk(n2))
    // Under load: the writer on n1 feels nothing.
    expect(await writePattern(n1, device, 16)).not.toBe(before)
    await diskIs('hurt', 'n2', 'Diskless')
    await poolIs('n2', 'brittle', 'missing')
    expect(await stuckSays('n2/brittle')).toMatch(
      /brittle is not there.*pvs shows which are missing/s,
    )
    await n2.repairDisk(brittleDisk(n2))
    await n2.run('vgchange --quiet -aay brittle', { check: false })
    await poolIs('n2', 'brittle', undefined)
    await diskIs('hurt', 'n2', 'UpToDate')
    await isSame('hurt', 16)
  })

  test('the disk is replaced: a new volume in a new group gets all of the data', async () => {
    const { system } = story
    const [n1, n2] = [system.node('n1'), system.node('n2')]
    await n2.failDisk(brittleDisk(n2))
    const written = await writePattern(n1, await deviceOf('hurt', 'n1'), 4)
    await diskIs('hurt', 'n2', 'Diskless')
    await poolIs('n2', 'brittle', 'missing')
    await n2.run(`
      dmsetup ls | cut -f1 | grep ^brittle- | xargs -n1 dmsetup remove --force --retry || true
      dmsetup ls | cut -f1 | grep ^brittle- | xargs -n1 dmsetup remove --force --retry || true
      dmsetup ls | cut -f1 | grep ^brittle- | xargs -n1 dmsetup remove --force --retry || true
      rm -rf /dev/brittle`)
    await n2.repairDisk(brittleDisk(n2))
    await n2.run(`wipefs -qaf ${brittleDisk(n2).path}`)
    await makeBrittle(n2)
    await system.settled('hurt')
    expect(await readPattern(n1, await deviceOf('hurt', 'n1'), 4)).toBe(written)
    await isSame('hurt', 16)
    await n1.run('drbdadm secondary hurt')
    await system.must('resource-definition.delete', { definition: 'hurt' })
    await system.gone('hurt')
  })

  test('a thin pool is full: named and left out; extended, the disk comes back and is synced', async () => {
    const { system } = story
    const [n1, n2] = [system.node('n1'), system.node('n2')]
    const device = await pair('big', 'thin')
    await n1.run('drbdadm primary big')
    // n2's pool is the smaller one: what n1 writes has no room there.
    await writePattern(n1, device, 96)
    await poolIs('n2', 'thin', 'data-full')
    await diskIs('big', 'n2', 'Diskless')
    expect(await stuckSays('n2/thin')).toMatch(/lvextend --size/)
    await system.must('resource-definition.create', { definition: 'new' })
    await system.must('volume-definition.create', { definition: 'new', sizeKib: 4 * mib })
    expect(
      await system.command('resource.create', { definition: 'new', node: 'n2', pool: 'thin' }),
    ).toMatchObject({ ok: false, refusal: { code: 'pool-not-usable' } })
    await n2.run('lvextend -q --size +200M vg0/thin')
    await poolIs('n2', 'thin', undefined)
    await diskIs('big', 'n2', 'UpToDate')
    await isSame('big', 96)
    await n1.run('drbdadm secondary big')
  })

  test('a volume that somebody has open is named, and goes when it is closed', async () => {
    const { system } = story
    const n1 = system.node('n1')
    await system.must('resource-definition.create', { definition: 'busy', layers: ['STORAGE'] })
    await system.must('volume-definition.create', { definition: 'busy', sizeKib: 4 * mib })
    await system.must('resource.create', { definition: 'busy', node: 'n1', pool: 'thin' })
    await system.settled('busy')
    await n1.run(`dmsetup create squatter --table '0 8192 linear /dev/vg0/busy_00000 0'`)
    await system.must('resource-definition.delete', { definition: 'busy' })
    await until(
      'it is told',
      async () => /dmsetup ls --tree/.test(await stuckSays('busy')),
      patienceMs,
    )
    await n1.run('dmsetup remove squatter')
    await system.gone('busy')
  })

  async function pair(definition: string, pool: string): Promise<string> {
    const { system } = story
    await system.must('resource-definition.create', { definition })
    await system.must('volume-definition.create', { definition, sizeKib: 128 * mib })
    for (const node of ['n1', 'n2'])
      await system.must('resource.create', { definition, node, pool })
    await system.settled(definition)
    return deviceOf(definition, 'n1')
  }

  async function deviceOf(definition: string, node: string): Promise<string> {
    return (await story.system.observed(definition, node))?.volumes[0]?.device ?? ''
  }

  async function diskIs(definition: string, node: string, disk: string): Promise<void> {
    await until(
      `${definition} on ${node} is ${disk}`,
      async () => (await story.system.observed(definition, node))?.volumes[0]?.disk === disk,
      patienceMs,
    )
  }

  async function poolIs(node: string, pool: string, problem: string | undefined): Promise<void> {
    await until(
      `${pool} on ${node} is ${problem ?? 'well'}`,
      async () => {
        const row = (await story.system.query('storage-pool', { node, pool })) as StoragePoolRow
        return row.observed !== undefined && row.observed.problem?.kind === problem
      },
      patienceMs,
    )
  }

  async function stuckSays(object: string): Promise<string> {
    const { stuck } = (await story.system.query('explain-stuck', { object })) as { stuck: Stuck[] }
    return stuck.map(({ sentence, waysOut }) => [sentence, ...waysOut].join('\n')).join('\n')
  }

  /** Byte for byte on both nodes' own disks, whoever is Primary. */
  async function isSame(definition: string, mibs: number): Promise<void> {
    const [a, b] = await Promise.all(
      ['n1', 'n2'].map(async (node) => {
        const backing = (await story.system.observed(definition, node))?.volumes[0]?.backing ?? ''
        return readPattern(story.system.node(node), backing, mibs)
      }),
    )
    expect(b).toBe(a)
  }
})

/** The thin pool of n2 is smaller than what n1 can write to it; the second disk can be made to fail. */
async function prepare(node: LabNode): Promise<void> {
  const [first, second] = node.disks
  if (!first || !second) throw new Error(`${node.name} needs two disks`)
  await node.makeFailable(second)
  const size = node.name === 'n2' ? '64M' : '400M'
  await node.run(`
    vgcreate -q vg0 ${first.path}
    lvcreate -q -y --type thin-pool -L ${size} -n thin vg0
    lvchange -q --errorwhenfull y vg0/thin`)
  await makeBrittle(node)
}

async function makeBrittle(node: LabNode): Promise<void> {
  await node.run(`
    vgcreate -q brittle ${brittleDisk(node).path}
    lvcreate -q -y --type thin-pool -L 300M -n thin brittle`)
}

function brittleDisk(node: LabNode) {
  const [, disk] = node.disks
  if (!disk) throw new Error(`${node.name} has no second disk`)
  return disk
}
