/** ZFS volumes under DRBD and alone, a pool that is not imported, and one whose disk is gone. */
import type { StoragePoolRow } from '@varve/projections'
import { beforeAll, expect, test } from 'vitest'
import { type LabNode, loadZfs } from '../../infra/lab/index.ts'
import { until } from '../system/harness.ts'
import { readPattern, sizeKibOf, writePattern } from './machine.ts'
import { story } from './story.ts'
import { mib } from './system.ts'

const options = { nodes: 2, disksPerNode: 3, memoryMib: 384, needs: 'zfs', prepare } as const

story('storage on ZFS', options, (story) => {
  let pattern: string
  let foreign: string

  beforeAll(async () => {
    const { system } = story
    for (const { name } of system.lab.nodes) {
      await system.pool(name, 'thick', 'ZFS', 'tank')
      await system.pool(name, 'sparse', 'ZFS_THIN', 'tank/varve')
    }
    await system.pool('n1', 'flaky', 'ZFS', 'flaky')
    await system.pool('n1', 'lvm', 'LVM', 'vg0')
    foreign = await foreignState(system.node('n1'))
  })

  test('thick reserves its space, sparse does not, and both grow while in use', async () => {
    const { system } = story
    const n1 = system.node('n1')
    await pair('web', 'thick')
    await pair('thin', 'sparse')
    expect(await property(n1, 'refreservation', 'tank/web_00000')).toBeGreaterThan(32 * mib * 1024)
    expect(await property(n1, 'refreservation', 'tank/varve/thin_00000')).toBe(0)
    expect(await kernelLog(n1)).not.toMatch(/Began resync/)

    await n1.run('drbdadm primary web')
    const device = await deviceOf('web')
    pattern = await writePattern(n1, device, 16)
    for (const definition of ['web', 'thin']) {
      const wanted = { definition, number: 0, sizeKib: 48 * mib }
      await system.must('volume-definition.resize', wanted)
      await system.settled(definition)
      expect(await sizeKibOf(n1, await deviceOf(definition))).toBeGreaterThanOrEqual(48 * mib)
    }
    expect(await readPattern(system.node('n2'), '/dev/zvol/tank/web_00000', 16)).toBe(pattern)
  })

  test('after a power loss nothing is made anew: the pool is waited for until it is imported', async () => {
    const { system } = story
    const [n1, n2] = [system.node('n1'), system.node('n2')]
    await n1.powerOff()
    await system.isOffline('n1')
    await until('DRBD on n2 lets itself be promoted', async () => {
      return (await n2.run('drbdadm primary web', { check: false })).exitCode === 0 || undefined
    })
    pattern = await writePattern(n2, await deviceOf('web', 'n2'), 16)
    await n1.start()
    await loadZfs(n1)
    await system.cluster.startSatellite(n1)
    await system.isOnline('n1')
    await until('n1 misses its pool', async () => {
      const failure = (await system.observed('web', 'n1'))?.failure?.stderr
      return failure?.includes('zfs:tank of pool thick is not there') || undefined
    })
    await poolSays('thick', 'zfs:tank is not there')

    await n1.run('zpool import -d /dev tank; zpool import -d /dev flaky')
    await system.settled('web')
    await until('n1 has resynced', async () => {
      const volume = (await system.observed('web', 'n1'))?.volumes[0]
      return volume?.disk === 'UpToDate' || undefined
    })
    expect(await readPattern(n1, '/dev/zvol/tank/web_00000', 16)).toBe(pattern)
    await n2.run('drbdadm secondary web')
    await until('the other pool is well, too', async () => {
      const flaky = { node: 'n1', pool: 'flaky' }
      const { observed } = (await system.query('storage-pool', flaky)) as StoragePoolRow
      return (observed !== undefined && observed.problem === undefined) || undefined
    })
  })

  test('a snapshot that somebody made keeps our volume until it is gone, and zfs’s words are told', async () => {
    const { system } = story
    const n1 = system.node('n1')
    await n1.run('zfs snapshot tank/varve/thin_00000@theirs')
    await system.must('resource-definition.delete', { definition: 'thin' })
    await until('n1 says what keeps the volume', async () => {
      const failure = (await system.observed('thin', 'n1'))?.failure?.stderr
      return failure?.includes('tank/varve/thin_00000@theirs') || undefined
    })
    await n1.run('zfs destroy tank/varve/thin_00000@theirs')
    await system.gone('thin')
  })

  test('a pool whose disk is gone is named, and hinders nothing else on its node', async () => {
    const { system } = story
    const n1 = system.node('n1')
    await alone('stuck', 'flaky')
    const [, , disk] = n1.disks
    if (!disk) throw new Error('n1 has no third disk')
    await n1.failDisk(disk)
    await n1.run(`setsid bash -c '
      dd if=/dev/urandom of=/dev/zvol/flaky/stuck_00000 bs=1M count=8 oflag=direct; sync
      ' </dev/null >/dev/null 2>&1 &`)
    await until('ZFS has given the pool up', async () => {
      const { stdout } = await n1.run('zpool list -H -o health flaky')
      return stdout === 'SUSPENDED\n' || undefined
    })
    // Both make the satellite look at its node, lvs and zfs included.
    await alone('beside', 'lvm')
    await alone('sparse', 'sparse')
    await poolSays('flaky', 'the zpool flaky is SUSPENDED')
    for (const definition of ['beside', 'sparse', 'web']) {
      await system.must('resource-definition.delete', { definition })
      await system.gone(definition)
    }
  })

  test('what is not ours is as it was, and of ours nothing is left', async () => {
    const n1 = story.system.node('n1')
    expect(await foreignState(n1)).toBe(foreign)
    const { stdout } = await n1.run('zfs list -H -r -o name tank')
    expect(stdout.trim().split('\n')).toEqual(['tank', 'tank/theirs_00000', 'tank/varve'])
  })

  async function pair(definition: string, pool: string): Promise<void> {
    const { system } = story
    await system.must('resource-definition.create', { definition })
    await system.must('volume-definition.create', { definition, sizeKib: 32 * mib })
    for (const node of ['n1', 'n2']) {
      await system.must('resource.create', { definition, node, pool })
    }
    await system.settled(definition)
  }

  async function alone(definition: string, pool: string): Promise<void> {
    const { system } = story
    await system.must('resource-definition.create', { definition, layers: ['STORAGE'] })
    await system.must('volume-definition.create', { definition, sizeKib: 16 * mib })
    await system.must('resource.create', { definition, node: 'n1', pool })
    await system.settled(definition)
  }

  async function deviceOf(definition: string, node = 'n1'): Promise<string> {
    return (await story.system.observed(definition, node))?.volumes[0]?.device ?? ''
  }

  /** All of a node is looked at once a minute. */
  async function poolSays(pool: string, words: string): Promise<void> {
    await until(
      `the pool ${pool} says: ${words}`,
      async () => {
        const reply = await story.system.query('storage-pool', { node: 'n1', pool })
        return (reply as StoragePoolRow).observed?.problem?.text.includes(words) || undefined
      },
      120_000,
    )
  }
})

/** n1 has a pool on a disk that can break; both have a volume of somebody else, marked as nothing. */
async function prepare(node: LabNode): Promise<void> {
  const [first, second, third] = node.disks
  if (!first || !second || !third) throw new Error(`${node.name} needs three disks`)
  await loadZfs(node)
  await node.run(`
    vgcreate -q vg0 ${first.path}
    zpool create -f -m none tank ${second.path}
    zfs create tank/varve
    zfs create -V 8M tank/theirs_00000
    udevadm settle
    echo precious | dd of=/dev/zvol/tank/theirs_00000 bs=4k conv=sync oflag=direct status=none
    sync`)
  if (node.name !== 'n1') return
  const brittle = await node.makeFailable(third)
  await node.run(`zpool create -f -m none flaky ${brittle.path}`)
}

async function foreignState(node: LabNode): Promise<string> {
  const columns = 'name,volsize,refreservation,io.varve:owner,io.varve:state'
  const { stdout } = await node.run(`
    zfs list -H -p -o ${columns} tank/theirs_00000
    dd if=/dev/zvol/tank/theirs_00000 bs=4k count=1 iflag=direct status=none | tr -d '\\0'`)
  return stdout
}

async function property(node: LabNode, name: string, dataset: string): Promise<number> {
  return Number((await node.run(['zfs', 'get', '-H', '-p', '-o', 'value', name, dataset])).stdout)
}

async function kernelLog(node: LabNode): Promise<string> {
  return (await node.run('dmesg')).stdout
}
