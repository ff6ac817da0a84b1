/** The satellite makes volumes smaller: only what nobody uses, and what nothing on it reaches behind. */
import type { PresentResource, Provider } from '@varve/events'
import { type Converged, converge, present, storage, volume } from '@varve/satellite/testing'
import { describe, expect, test } from 'vitest'
import { createWorld, type SimHost } from './world.ts'

const gib = 1024 * 1024
const largeKib = 409_600
const smallKib = 204_800

const places = [
  { provider: 'LVM', backing: 'vg0', device: '/dev/vg0/web_00000', command: ['lvreduce'] },
  {
    provider: 'LVM_THIN',
    backing: 'vg0/thin',
    device: '/dev/vg0/web_00000',
    command: ['lvreduce'],
  },
  { provider: 'ZFS', backing: 'tank', device: '/dev/zvol/tank/web_00000', command: ['zfs', 'set'] },
  {
    provider: 'ZFS_THIN',
    backing: 'tank',
    device: '/dev/zvol/tank/web_00000',
    command: ['zfs', 'set'],
  },
  { provider: 'FILE', backing: '/srv', device: '/dev/loop0', command: ['truncate'] },
  { provider: 'FILE_THIN', backing: '/srv', device: '/dev/loop0', command: ['truncate'] },
] as const

describe.each(places)('$provider', ({ provider, backing, device, command }) => {
  test('without anything on it, or with a file system that ends before, it becomes smaller', async () => {
    const { host, document, tool } = await one(provider, backing)
    expect(await converge(host.host, document(smallKib, true))).toMatchObject({ kind: 'true' })
    expect(await tool('blockdev', '--getsize64', device)).toBe(`${smallKib * 1024}\n`)
    await tool('mkfs.ext4', '-F', device)
    await tool('resize2fs', device, '102400K')
    expect(await converge(host.host, document(102_400, true))).toMatchObject({ kind: 'true' })
    expect(await tool('blkid', device)).toContain('TYPE=ext4')
    // What is larger than it shall be is no wish to shrink.
    expect(await converge(host.host, document(51_200, false))).toMatchObject({ rounds: 0 })
  })

  test.each([
    { what: 'a file system that reaches further', by: ['mkfs.ext4', '-F'], says: 'resize2fs' },
    { what: 'one that never shrinks', by: ['mkfs.xfs', '-f'], says: 'holds xfs' },
    { what: 'a mount', by: undefined, says: 'nobody' },
  ])('$what keeps it as large as it is', async ({ by, says }) => {
    const { host, document, tool } = await one(provider, backing)
    await tool('mkfs.ext4', '-F', device)
    if (by) await tool(by[0] ?? '', by[1] ?? '', device)
    else {
      await tool('resize2fs', device, '102400K')
      await tool('mount', device, '/mnt')
    }
    const after = await converge(host.host, document(smallKib, true))
    expect(['failed', 'refused']).toContain(after.kind)
    if (by) expect(saidBy(after)).toContain(says)
    else expect(saidBy(after)).toMatch(/busy|is open/)
    expect(await tool('blockdev', '--getsize64', device)).toBe(`${largeKib * 1024}\n`)
  })

  test('killed in between, it goes on; what was taken back grows again', async () => {
    const { host, document, tool } = await one(provider, backing)
    const cut = { kind: 'lie', code: 1, stderr: 'killed' } as const
    host.fault({ argv: command, times: 1, effect: cut })
    expect(await converge(host.host, document(smallKib, true))).toMatchObject({ kind: 'failed' })
    await converge(host.host, document(smallKib, true))
    expect(await converge(host.host, document(largeKib, false))).toMatchObject({ kind: 'true' })
    expect(await tool('blockdev', '--getsize64', device)).toBe(`${largeKib * 1024}\n`)
  })
})

const saidBy = ({ failure, reason }: Converged) => failure?.stderr ?? reason ?? ''

async function one(provider: Provider, backing: string) {
  const world = createWorld()
  const host: SimHost = world.addHost({
    name: 'n1',
    disks: [
      { name: 'sda', sizeKib: 8 * gib },
      { name: 'sdb', sizeKib: 8 * gib },
    ],
    groups: [{ name: 'vg0', disks: ['sda'], thinPools: [{ name: 'thin', sizeKib: 4 * gib }] }],
    zpools: [{ name: 'tank', disks: ['sdb'] }],
  })
  await host.host.run(['mkdir', '-p', '/srv'])
  await host.host.run(['modprobe', 'loop'])
  const document = (sizeKib: number, shrink: boolean): PresentResource => {
    const wish = shrink ? { shrink: true as const } : {}
    const one = storage({ provider, backing, sizeKib, ...wish })
    return present({ layers: ['STORAGE'], volumes: [volume({ sizeKib, storage: one })] })
  }
  const made = await converge(host.host, document(largeKib, false))
  expect(made).toMatchObject({ kind: 'true' })
  const tool = async (...argv: string[]) => {
    const { exitCode, stdout, stderr } = await host.host.run(argv)
    if (exitCode !== 0) throw new Error(`${argv.join(' ')}: ${exitCode} ${stderr}`)
    return stdout
  }
  return { host, document, tool }
}
