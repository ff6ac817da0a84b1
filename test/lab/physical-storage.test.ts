/** Disks of a real machine: listed, made into pools, used, given back; and those of others left alone. */
import type { DevicePoolRow, PhysicalStorageRow } from '@varve/projections'
import { expect, test } from 'vitest'
import { type LabNode, loadZfs } from '../../infra/lab/index.ts'
import { until } from '../system/harness.ts'
import { story } from './story.ts'
import { mib } from './system.ts'

/** Larger than 1 GiB, which a disk has to be. */
const options = {
  nodes: 1,
  disksPerNode: 5,
  diskMib: 1100,
  memoryMib: 384,
  needsZfs: true,
  prepare,
}

/** For what takes seconds on an idle machine. */
const patienceMs = 150_000

story('pools out of disks', options, (story) => {
  const node = () => story.system.node('n1')
  const path = (index: number) => node().disks[index]?.path ?? ''
  const list = async (all: boolean) =>
    ((await story.system.query('physical-storage', { all })) as { rows: PhysicalStorageRow[] }).rows
  const reasons = async () =>
    Object.fromEntries((await list(true)).map((row) => [row.path, row.problem]))

  async function phase(backing: string, wanted: string): Promise<DevicePoolRow | undefined> {
    let row: DevicePoolRow | undefined
    await until(
      `${backing} is ${wanted}`,
      async () => {
        const page = (await story.system.query('device-pools')) as { rows: DevicePoolRow[] }
        row = page.rows.find((each) => each.backing === backing)
        return (row?.phase ?? 'gone') === wanted || undefined
      },
      patienceMs,
    )
    return row
  }

  const onDisk = async (index: number) =>
    (await node().run(`blkid -p -s TYPE -o value ${path(index)} || true`)).stdout.trim()

  async function useDisk(
    provider: 'LVM_THIN' | 'ZFS',
    index: number,
    poolName: string,
    backing: string,
  ): Promise<void> {
    const { system } = story
    const pool = provider.toLowerCase()
    const wish = {
      node: 'n1',
      provider,
      devices: [path(index)],
      poolName,
      pool,
      ...words[provider],
    }
    await system.must('physical-storage.create-device-pool', wish)
    await phase(backing, 'ready')
    await until(`${pool} is measured`, async () => {
      const answer = await system.query('settled', { node: 'n1', pool })
      return (answer as { isSettled: boolean }).isSettled || undefined
    })
    await system.must('storage-pool.modify', { node: 'n1', pool, setProps })
    const definition = `on_${pool}`
    await system.must('resource-definition.create', { definition, layers: ['STORAGE'] })
    await system.must('volume-definition.create', { definition, sizeKib: 64 * mib })
    await system.must('resource.create', { definition, node: 'n1', pool })
    await system.settled(definition)
  }

  async function giveBack(pool: string, poolName: string, backing: string): Promise<void> {
    const { system } = story
    await system.must('resource-definition.delete', { definition: `on_${pool}` })
    await system.gone(`on_${pool}`)
    await system.must('storage-pool.delete', { node: 'n1', pool })
    await system.must('physical-storage.delete-device-pool', { node: 'n1', poolName })
    await phase(backing, 'gone')
  }

  test('empty disks are listed, and of all others it is said what they are', async () => {
    await until('the disks are told', async () => (await list(true)).length > 0 || undefined)
    expect((await list(false)).map((row) => row.path)).toEqual([path(2), path(3), path(4)])
    const told = await reasons()
    expect(told[path(0)]).toBe('it holds ext4')
    expect(told[path(1)]).toBe('the machine swaps on it')
    expect(told['/dev/ubda']).toContain('it is mounted on')
  })

  test('a thin pool and a zpool, each with its storage pool and a volume on it', async () => {
    await Promise.all([
      useDisk('LVM_THIN', 2, 'fast', 'linstor_fast/fast'),
      useDisk('ZFS', 3, 'tank', 'tank'),
    ])
    const made = await node().run(`
      lvs --noheadings -o lv_tags linstor_fast/on_lvm_thin_00000
      zfs get -H -p -o value volblocksize,compression tank/on_zfs_00000
      pvs --noheadings --units k -o pe_start ${path(2)}
      vgs --noheadings --units k -o vg_extent_size linstor_fast
      lvs --noheadings --units k -o chunk_size linstor_fast/fast
      zpool get -H -o value ashift tank
      zfs get -H -o value atime tank`)
    expect(made.stdout).toMatch(
      /\bof_mine,varve:.*\n32768\nlz4\n\s*2048.00k\n\s*2048.00k\n\s*128.00k\n13\noff\n$/,
    )
    await node().run('dd if=/dev/urandom of=/dev/linstor_fast/on_lvm_thin_00000 bs=1M count=4')
    await node().run('dd if=/dev/urandom of=/dev/zvol/tank/on_zfs_00000 bs=1M count=4')
  })

  test('a disk of somebody else is refused, also when that is seen at the last moment only', async () => {
    const { system } = story
    const wish = { node: 'n1', provider: 'LVM' as const }
    const type = 'physical-storage.create-device-pool'
    for (const index of [0, 1, 2, 3]) {
      const reply = await system.command(type, { ...wish, devices: [path(index)] })
      expect(reply).toMatchObject({ ok: false, refusal: { code: 'device-in-use' } })
    }
    // The last look is some seconds old at least: nobody but the satellite can know by now.
    await node().run(`mkfs.ext4 -q -F ${path(4)}`)
    const devices = [path(4)]
    const reply = await system.command(type, { ...wish, devices, poolName: 'mine' })
    if (reply.ok) expect((await phase('mine', 'failed'))?.problem).toContain('ext4')
    expect(await Promise.all([0, 1, 4].map(onDisk))).toEqual(['ext4', 'swap', 'ext4'])
  })

  test('what is in use stays; what is empty goes, and leaves empty disks', async () => {
    const { system } = story
    const type = 'physical-storage.delete-device-pool'
    const reply = await system.command(type, { node: 'n1', poolName: 'tank' })
    expect(reply).toMatchObject({ ok: false, refusal: { code: 'in-use' } })
    await Promise.all([
      giveBack('lvm_thin', 'fast', 'linstor_fast/fast'),
      giveBack('zfs', 'tank', 'tank'),
    ])
    expect(await Promise.all([2, 3].map(onDisk))).toEqual(['', ''])
    expect((await node().run('vgs --noheadings -o vg_name; zpool list -H')).stdout).toBe('')
  })
})

const words = {
  LVM_THIN: {
    pvCreateArguments: '--dataalignment 2m',
    vgCreateArguments: '-s 2m',
    lvCreateArguments: '--chunksize 128k',
  },
  ZFS: { zpoolCreateArguments: '-o ashift=13 -O atime=off' },
}

const setProps = {
  'StorDriver/LvcreateOptions': '--addtag of_mine',
  'StorDriver/ZfscreateOptions': '-b 32K -o compression=lz4',
  'StorDriver/WaitTimeoutAfterCreate': '10000',
}

/** One disk has a file system, one is swap space; the others are as they came. */
async function prepare(node: LabNode): Promise<void> {
  const [first, second] = node.disks
  if (!first || !second) throw new Error(`${node.name} needs disks`)
  await loadZfs(node)
  await node.run(`
    mkfs.ext4 -q -F ${first.path}
    mkswap -q ${second.path}
    swapon ${second.path}
    udevadm settle`)
}
