/** The satellite's file systems against imitated tools: what is left alone, and what faults do. */
import type { FileSystem, PresentResource } from '@varve/events'
import {
  converge,
  drbdHost,
  drbdVolume,
  present,
  replicated,
  volume,
} from '@varve/satellite/testing'
import { expect, test } from 'vitest'
import { type Cluster, cluster } from './given.ts'
import type { SimHost } from './world.ts'

const ext4: FileSystem = { type: 'ext4', params: [], user: 'alice', group: '7' }
const xfs: FileSystem = { type: 'xfs', params: [] }
const device = '/dev/vg0/web_00000'

const plain = (format?: FileSystem): PresentResource =>
  present({ volumes: [volume(format ? { format } : {})] })

function machines(count: number, drbd: '9.2.18' | '8.4.11'): { each: Cluster; hosts: SimHost[] } {
  const each = cluster(count, drbd)
  const hosts = [...each.hosts]
  for (const host of hosts) host.plantFile('/etc/passwd', 'alice:x:1000:1000::/:/bin/sh\n')
  return { each, hosts }
}

function one() {
  const { each, hosts } = machines(1, '9.2.18')
  const [host] = hosts
  if (!host) throw new Error('one host')
  return { each, host, type: () => each.tool(host, 'blkid', '-p', '-o', 'export', device) }
}

async function pair(drbd: '9.2.18' | '8.4.11') {
  const { each, hosts } = machines(2, drbd)
  const [n1, n2] = hosts
  if (!n1 || !n2) throw new Error('two hosts')
  const document = (self: 1 | 2, format?: FileSystem): PresentResource => {
    const start =
      self === 1
        ? { kind: 'source' as const, generation: 'BBBBCCCCDDDDEEE0' }
        : { kind: 'skip-sync' as const }
    const base = replicated({ volumes: [{ ...drbdVolume({ start }), ...(format && { format }) }] })
    const peers = [{ ...drbdHost(3 - self), net: {}, disk: {} }]
    if (!base.drbd) throw new Error('it has a DRBD part')
    return { ...base, drbd: { ...base.drbd, self: drbdHost(self), peers } }
  }
  for (const host of hosts) {
    await each.tool(host, 'modprobe', 'drbd')
    host.plantFile('/etc/drbd.d/varve-resources.res', 'include "/var/lib/varve.d/*.res";\n')
  }
  await converge(n1.host, document(1))
  await converge(n2.host, document(2))
  each.clock.advance(1_000)
  const role = () => n1.machine.kernel?.resources.get('web')?.role
  return { each, n1, n2, document, role }
}

test('a signature of anybody is left alone, and counts as done', async () => {
  const { each, host, type } = one()
  await converge(host.host, plain())
  await each.tool(host, 'mkfs.xfs', device)
  const before = await type()
  expect(await converge(host.host, plain(ext4))).toMatchObject({ kind: 'true', rounds: 1 })
  expect(await type()).toBe(before)
})

test('made once, and looked at no more once it is known', async () => {
  const { each, host, type } = one()
  expect(await converge(host.host, plain(ext4))).toMatchObject({ kind: 'true' })
  const before = await type()
  expect(before).toContain('TYPE=ext4')
  expect(await converge(host.host, plain(ext4))).toMatchObject({ kind: 'true' })
  expect(await type()).toBe(before)
  expect(each.world.unknown).toEqual([])
})

test('where nothing has to be formatted, nothing is looked at', async () => {
  const { host } = one()
  await converge(host.host, plain())
  host.resetSpawned()
  await converge(host.host, plain())
  for (const tool of ['wipefs', 'blkid', 'getent', 'mkfs.ext4']) {
    expect(host.spawned()[tool]).toBeUndefined()
  }
})

test('a look that fails, or a tool that is missing: nothing is written', async () => {
  const faults = [
    [['dd'], { kind: 'fail', code: 1, stderr: 'Input/output error' }, 'Input/output error'],
    [['wipefs'], { kind: 'fail', code: 1, stderr: 'Input/output error' }, 'Input/output error'],
    [['blkid'], { kind: 'fail', code: 8, stderr: 'ambivalent result' }, 'ambivalent'],
    [['blkid'], { kind: 'missing' }, 'install util-linux'],
    [['mkfs.ext4'], { kind: 'missing' }, 'install e2fsprogs'],
  ] as const
  for (const [argv, effect, words] of faults) {
    const { each, host } = one()
    await converge(host.host, plain())
    const lift = host.fault({ argv, effect })
    const seen = await converge(host.host, plain(ext4))
    expect(seen).toMatchObject({ kind: 'failed' })
    expect(seen.failure?.stderr).toContain(words)
    lift()
    expect((await each.refused(host, 'blkid', '-p', device)).code).toBe(2)
  }
})

test('a user that nobody knows is named', async () => {
  const { host } = one()
  const seen = await converge(host.host, plain({ ...ext4, user: 'mallory' }))
  expect(seen).toMatchObject({ kind: 'refused', reason: expect.stringContaining('mallory') })
})

for (const drbd of ['9.2.18', '8.4.11'] as const) {
  test(`DRBD ${drbd}: the peer has it, with its owner, and nobody is Primary`, async () => {
    const { each, n1, n2, document, role } = await pair(drbd)
    expect(await converge(n1.host, document(1, ext4))).toMatchObject({ kind: 'true', rounds: 1 })
    expect(n1.replica('web')).toMatch(/^0=fs:ext4:[^:]+:1000:7:\d+$/)
    expect(n2.replica('web')).toBe(n1.replica('web'))
    expect(role()).toBe('Secondary')
    const before = n1.replica('web')
    expect(await converge(n1.host, document(1, ext4))).toMatchObject({ kind: 'true' })
    expect(n1.replica('web')).toBe(before)
    expect(each.world.unknown).toEqual([])
  })

  test(`DRBD ${drbd}: somebody has made it Primary: he keeps it`, async () => {
    const { each, n1, document, role } = await pair(drbd)
    await each.tool(n1, 'drbdadm', 'primary', 'web')
    const seen = await converge(n1.host, document(1, xfs))
    expect(seen.failure?.stderr).toContain('somebody uses it: no file system is made')
    expect(n1.replica('web')).toBe('')
    expect(role()).toBe('Primary')
    await each.tool(n1, 'mkfs.ext4', '/dev/drbd1000')
    expect(await converge(n1.host, document(1, xfs))).toMatchObject({ kind: 'true' })
    expect(n1.replica('web')).toContain('fs:ext4')
    expect(role()).toBe('Primary')
  })

  test(`DRBD ${drbd}: Primary on the peer: nothing is made`, async () => {
    const { each, n1, n2, document } = await pair(drbd)
    await each.tool(n2, 'drbdadm', 'primary', 'web')
    const seen = await converge(n1.host, document(1, xfs))
    expect(seen).toMatchObject({ kind: 'refused', reason: expect.stringContaining('on its peer') })
    expect(n1.replica('web')).toBe('')
  })

  test(`DRBD ${drbd}: whatever fails on the way, it is Secondary in the end`, async () => {
    for (const argv of [
      ['drbdadm', 'primary'],
      ['wipefs'],
      ['mkfs.xfs'],
      ['drbdadm', 'secondary'],
    ]) {
      for (const kind of ['fail', 'lie'] as const) {
        const { n1, document, role } = await pair(drbd)
        n1.fault({ argv, times: 1, effect: { kind, code: 5, stderr: 'cut off' } })
        await converge(n1.host, document(1, xfs))
        expect(role()).toBe('Secondary')
        expect(await converge(n1.host, document(1, xfs))).toMatchObject({ kind: 'true' })
        expect(n1.replica('web')).toContain('fs:xfs')
        expect(role()).toBe('Secondary')
      }
    }
  })
}
