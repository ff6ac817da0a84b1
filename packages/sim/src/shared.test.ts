/** A volume group on disks of two machines: the satellites' part of keeping it whole. */
import type { DesiredStorage, DesiredVolume, PresentResource } from '@varve/events'
import {
  absent,
  type Converged,
  converge,
  findDrift,
  present,
  storage,
  volume,
} from '@varve/satellite/testing'
import { expect, test } from 'vitest'
import { createWorld, type SimHost } from './world.ts'

const gib = 1024 * 1024
const device = '/dev/vgsan/web_00000'
const unseal = (sealed: string) => (sealed === 'BOX' ? 'a key of 32 random bytes' : undefined)

type Shared = NonNullable<DesiredStorage['shared']>
const turn: Shared = { mayChange: true }

function wanted(
  shared: Shared,
  more: Partial<PresentResource> = {},
  of: Partial<DesiredVolume> = {},
): PresentResource {
  const pool = { provider: 'LVM', backing: 'vgsan', shared } as const
  return present({ volumes: [volume({ storage: storage(pool), ...of })], ...more })
}

const luks = {
  key: { state: 'sealed' as const, sealed: 'BOX' },
  hasRandomKey: true,
  formatOptions: [],
  openOptions: [],
  allowDiscards: false,
}
const encrypted = (shared: Shared, more: Partial<PresentResource> = {}) =>
  wanted(shared, { layers: ['LUKS', 'STORAGE'], ...more }, { luks })

function two(): { a: SimHost; b: SimHost } {
  const world = createWorld()
  const disks = [{ name: 'sdb', sizeKib: 8 * gib }]
  const a = world.addHost({ name: 'n1', disks, groups: [{ name: 'vgsan', disks: ['sdb'] }] })
  const shared = { name: 'vgsan', disks: ['sdb'], sharedWith: 'n1' }
  const b = world.addHost({ name: 'n2', disks, groups: [shared] })
  return { a, b }
}

const lvOn = ({ machine }: SimHost) => machine.groups.get('vgsan')?.volumes.get('web_00000')

async function tool({ host }: SimHost, ...argv: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await host.run(argv)
  if (exitCode !== 0) throw new Error(`${argv.join(' ')}: ${exitCode} ${stderr}`)
  return stdout
}

test('made on one, closed there, opened on the other: what was written is there', async () => {
  const { a, b } = two()
  expect(await converge(a.host, wanted(turn))).toMatchObject({ kind: 'true' })
  expect(await converge(b.host, wanted({}, { inactive: 5 }))).toMatchObject({ rounds: 0 })
  await tool(a, 'mkfs.ext4', '-F', device)
  expect(lvOn(b)?.active).toBe(false)
  expect(await converge(a.host, wanted({}, { inactive: 9 }))).toMatchObject({ kind: 'true' })
  expect(lvOn(a)?.active).toBe(false)
  expect(await converge(b.host, wanted({}))).toMatchObject({ kind: 'true' })
  expect(await tool(b, 'blkid', device)).toContain('TYPE=ext4')
  expect(lvOn(a)?.active).toBe(false)
})

test('what is in use is not closed, and says so', async () => {
  const { a } = two()
  await converge(a.host, wanted(turn))
  await tool(a, 'mkfs.ext4', '-F', device)
  await tool(a, 'mount', device, '/mnt')
  const refused = await converge(a.host, wanted({}, { inactive: 9 }))
  expect(refused).toMatchObject({ kind: 'failed', failure: { step: 'deactivate' } })
  expect(lvOn(a)?.active).toBe(true)
})

test('what encrypts it is closed first, and opened on the other node', async () => {
  const { a, b } = two()
  for (const each of [a, b]) await tool(each, 'modprobe', 'dm-crypt')
  expect(await converge(a.host, encrypted(turn), unseal)).toMatchObject({ kind: 'true' })
  await tool(a, 'mkfs.ext4', '-F', '/dev/mapper/Linstor-Crypt-web_00000')
  await converge(a.host, encrypted({}, { inactive: 9 }), unseal)
  expect(a.machine.crypts.size).toBe(0)
  expect(await converge(b.host, encrypted({}), unseal)).toMatchObject({ kind: 'true' })
  expect(await tool(b, 'blkid', '/dev/mapper/Linstor-Crypt-web_00000')).toContain('TYPE=ext4')
})

test('nothing in the group is made, grown or removed before it is its turn', async () => {
  const { a } = two()
  const waits = (said: Converged) => expect(said).toMatchObject({ kind: 'waits', rounds: 0 })
  waits(await converge(a.host, wanted({})))
  expect(lvOn(a)).toBeUndefined()
  await converge(a.host, wanted(turn))
  const pool = { provider: 'LVM', backing: 'vgsan' } as const
  const larger = { storage: storage({ ...pool, sizeKib: 409_600, shared: {} }) }
  waits(await converge(a.host, wanted({}, {}, larger)))
  waits(await converge(a.host, absent(wanted({}))))
  expect(lvOn(a)?.device.sizeKib).toBe(204_800)
  const granted = { storage: { ...larger.storage, shared: turn } }
  expect(await converge(a.host, wanted(turn, {}, granted))).toMatchObject({ kind: 'true' })
  expect(lvOn(a)?.device.sizeKib).toBe(409_600)
})

test('a node that comes up has nothing of it open before its document says so', async () => {
  const { a, b } = two()
  await converge(a.host, wanted(turn))
  a.crash()
  expect(await converge(b.host, wanted({}))).toMatchObject({ kind: 'true' })
  a.boot()
  expect(lvOn(a)?.active).toBe(false)
  // An administrator has activated the whole group.
  await tool(a, 'lvchange', '-ay', '-K', 'vgsan/web_00000')
  await converge(a.host, wanted({}, { inactive: 9 }))
  expect(lvOn(a)?.active).toBe(false)
  expect(lvOn(b)?.active).toBe(true)
})

test('a twin that goes leaves the volume, the last one removes it', async () => {
  const { a, b } = two()
  await converge(a.host, wanted(turn))
  const left = await converge(a.host, absent(wanted({ keep: true })))
  expect(left).toMatchObject({ kind: 'true' })
  expect(lvOn(a)).toMatchObject({ active: false })
  expect(await converge(b.host, absent(wanted(turn)))).toMatchObject({ kind: 'true' })
  expect(lvOn(b)).toBeUndefined()
})

test('what the last one removes has lost its key slots before, inactive as it was', async () => {
  const { a, b } = two()
  for (const each of [a, b]) await tool(each, 'modprobe', 'dm-crypt')
  await converge(a.host, encrypted(turn), unseal)
  const { device: header } = lvOn(a) ?? {}
  await converge(a.host, absent(encrypted({ keep: true })), unseal)
  expect(lvOn(a)).toMatchObject({ active: false })
  expect(header?.luks?.keys).toHaveLength(1)
  expect(await converge(b.host, absent(encrypted(turn)), unseal)).toMatchObject({ kind: 'true' })
  expect(lvOn(b)).toBeUndefined()
  expect(header?.luks?.keys).toEqual([])
})

test('volumes of others in the group are no drift, but what is open here without a reason is', async () => {
  const { a, b } = two()
  await converge(a.host, wanted(turn))
  const { inventory } = await converge(b.host, wanted({}, { inactive: 5 }))
  const pool = {
    pool: 'san',
    provider: 'LVM',
    backing: 'vgsan',
    props: {},
    isShared: true,
  } as const
  const node = { v: 1, term: 1, from: 1, node: 'n2', props: {}, pools: [pool] } as const
  expect(findDrift([], inventory, { ...node, pools: [pool] })).toEqual([])
  expect(findDrift([], inventory)).toHaveLength(1)
  await tool(b, 'lvchange', '-ay', '-K', 'vgsan/web_00000')
  const open = await converge(b.host, wanted({}))
  expect(findDrift([], open.inventory, { ...node, pools: [pool] })).toHaveLength(1)
})
