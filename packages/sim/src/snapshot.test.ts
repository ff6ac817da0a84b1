/** Snapshots on simulated machines: content, metadata, and what cannot be. */
import type { DesiredSnapshot, PresentResource } from '@varve/events'
import { converge, present, storage, volume } from '@varve/satellite/testing'
import { expect, test } from 'vitest'
import { cluster, deploy } from './given.ts'

const hosts = (drbd: '9.2.18' | '8.4.11') => {
  const each = cluster(2, drbd)
  const [n1, n2] = each.hosts
  if (!n1 || !n2) throw new Error('two hosts')
  return { each, n1, n2 }
}

for (const drbd of ['9.2.18', '8.4.11'] as const) {
  test(`${drbd}: while it is held nothing is written, and a snapshot has what was there`, async () => {
    const { each, n1, n2 } = hosts(drbd)
    await deploy(each)
    await each.tool(n1, 'drbdadm', 'primary', '--force', 'web')
    each.clock.advance(60_000)
    n1.open('web')
    expect(n1.write('web', 1, 'before')).toBeUndefined()
    for (const host of [n1, n2]) await each.tool(host, 'drbdadm', 'suspend-io', 'web')
    expect(n1.write('web', 1, 'held')).toBe('Operation would block')
    for (const host of [n1, n2]) {
      const take = ['lvcreate', '--snapshot', '-pr', '--name', 'web_00000_s1', 'vg0/web_00000']
      await each.tool(host, ...take)
      await each.tool(host, 'drbdsetup', 'resume-io', '1000')
    }
    expect(n1.write('web', 1, 'after')).toBeUndefined()
    const taken = n1.machine.groups.get('vg0')?.volumes.get('web_00000_s1')
    expect(taken?.device.content.get(1)).toBe('before')
    expect(taken?.device.drbd?.current).toBe(
      n2.machine.groups.get('vg0')?.volumes.get('web_00000_s1')?.device.drbd?.current,
    )
    expect(each.world.unknown).toEqual([])
  })
}

test('a file system that cannot share blocks says so, and nothing is left behind', async () => {
  const { n1 } = hosts('9.2.18')
  Object.assign(n1.machine, { canReflink: false })
  await n1.host.run(['mkdir', '-p', '/srv/pool'])
  const image = storage({ provider: 'FILE_THIN', backing: '/srv/pool', sizeKib: 16_384 })
  const web = present({ volumes: [volume({ storage: image })] })
  await converge(n1.host, web)
  const before = await n1.host.list('/srv/pool')
  const { provider, backing, name: source, owner: sourceOwner } = image
  const part = { number: 0, provider, backing, source, sourceOwner }
  const wanted: DesiredSnapshot = { snapshot: 's1', owner: 'o', step: 'take', volumes: [part] }
  const document: PresentResource = { ...web, snapshots: [wanted] }
  const result = await converge(n1.host, document)
  expect(result.failure?.stderr).toMatch(/failed to clone .*: Operation not supported/)
  expect(await n1.host.list('/srv/pool')).toEqual(before)
  expect(await n1.host.readFile('/run/varve.d/web@s1')).toMatch(/state: failed/)
  expect(await converge(n1.host, document)).toMatchObject({ kind: 'true', rounds: 0 })
})

test('a machine that loses its power forgets what it held', async () => {
  const { n1 } = hosts('9.2.18')
  await n1.host.writeFile('/run/varve.d/web@s1', 'held')
  await n1.host.writeFile('/var/lib/varve.d/kept', 'kept')
  n1.crash()
  n1.boot()
  expect(await n1.host.readFile('/run/varve.d/web@s1')).toBeUndefined()
  expect(await n1.host.readFile('/var/lib/varve.d/kept')).toBe('kept')
  expect(await n1.host.readFile('/proc/uptime')).toBe('0.00 0.00\n')
})
