/** The satellite's LUKS layer against imitated tools: to the end, and from any half-way. */
import type { DesiredVolume, PresentResource } from '@varve/events'
import { absent, converge, present, storage, volume } from '@varve/satellite/testing'
import { expect, test } from 'vitest'
import { type Cluster, cluster } from './given.ts'
import type { SimHost } from './world.ts'

const key = 'a key of 32 random bytes'
const unseal = (sealed: string, context: string) =>
  sealed === 'BOX' && context === 'luks/web/0' ? key : undefined
const mapped = '/dev/mapper/Linstor-Crypt-web_00000'

function encrypted(more: Partial<DesiredVolume> = {}): PresentResource {
  const luks = {
    key: { state: 'sealed' as const, sealed: 'BOX' },
    hasRandomKey: true,
    formatOptions: [],
    openOptions: [],
    allowDiscards: false,
  }
  return present({ layers: ['LUKS', 'STORAGE'], volumes: [volume({ luks, ...more })] })
}

function one(): { each: Cluster; host: SimHost } {
  const each = cluster(1)
  const [host] = each.hosts
  if (!host) throw new Error('one host')
  host.host.run(['modprobe', 'dm-crypt']).catch(() => undefined)
  return { each, host }
}

test('made, used, lost power, opened again: the data is there, and not on the storage', async () => {
  const { each, host } = one()
  const document = encrypted()
  expect(await converge(host.host, document, unseal)).toMatchObject({ kind: 'true', rounds: 2 })
  expect(await each.tool(host, 'blkid', '/dev/vg0/web_00000')).toContain('TYPE=crypto_LUKS')
  await each.tool(host, 'mkfs.ext4', mapped)
  expect(await each.tool(host, 'blkid', mapped)).toContain('TYPE=ext4')
  host.crash()
  host.boot()
  expect(await converge(host.host, document, unseal)).toMatchObject({ kind: 'true', rounds: 1 })
  expect(await each.tool(host, 'blkid', mapped)).toContain('TYPE=ext4')
  expect(await each.tool(host, 'blkid', '/dev/vg0/web_00000')).not.toContain('ext4')
  expect(each.world.unknown).toEqual([])
})

test('it grows while it is open, and everything of it goes', async () => {
  const { each, host } = one()
  await converge(host.host, encrypted(), unseal)
  const grown = encrypted({ storage: storage({ sizeKib: 409_600 }) })
  expect(await converge(host.host, grown, unseal)).toMatchObject({ kind: 'true' })
  expect(await each.tool(host, 'blockdev', '--getsize64', mapped)).toBe(
    `${(409_600 - 16_384) * 1024}\n`,
  )
  expect(await converge(host.host, absent(grown), unseal)).toMatchObject({ kind: 'true' })
  expect(await each.tool(host, 'dmsetup', 'table', '--target', 'crypt')).toBe('No devices found\n')
  expect(await each.tool(host, 'lvs', '--noheadings', '--options', 'lv_name')).not.toContain('web')
  expect(each.world.unknown).toEqual([])
})

test('wherever it is cut off, it goes on, and never formats what was settled', async () => {
  const commands = [['cryptsetup', 'luksFormat'], ['cryptsetup', 'open'], ['lvchange']]
  for (const argv of commands) {
    for (const kind of ['fail', 'lie'] as const) {
      const { each, host } = one()
      const effect = { kind, code: 5, stderr: 'cut off' }
      host.fault({ argv, times: 1, effect })
      await converge(host.host, encrypted(), unseal)
      expect(await converge(host.host, encrypted(), unseal)).toMatchObject({ kind: 'true' })
      await each.tool(host, 'mkfs.ext4', mapped)
      await converge(host.host, encrypted(), unseal)
      expect(await each.tool(host, 'blkid', mapped)).toContain('TYPE=ext4')
    }
  }
})

test('a key that does not fit this node fails with a sentence, and touches nothing', async () => {
  const { each, host } = one()
  const outcome = await converge(host.host, encrypted(), () => undefined)
  expect(outcome).toMatchObject({ kind: 'failed', failure: { step: 'luksFormat' } })
  expect(outcome.failure?.stderr).toContain('sealed to another key')
  const signatures = await each.refused(host, 'blkid', '/dev/vg0/web_00000')
  expect(signatures.code).toBe(2)
})

test('somebody else’s mapping and header of our name stay as they are', async () => {
  const { each, host } = one()
  host.plantVolume('vg0', 'foreign', 204_800)
  const run = (argv: string[]) => host.host.run(argv, { stdin: 'theirs' })
  await run(['cryptsetup', '-q', 'luksFormat', '--key-file', '-', '/dev/vg0/foreign'])
  await run([
    'cryptsetup',
    'open',
    '--key-file',
    '-',
    '/dev/vg0/foreign',
    'Linstor-Crypt-web_00000',
  ])
  await each.tool(host, 'mkfs.ext4', mapped)
  expect(await converge(host.host, encrypted(), unseal)).toMatchObject({ kind: 'refused' })
  expect(await converge(host.host, absent(encrypted()), unseal)).toMatchObject({ kind: 'true' })
  expect(await each.tool(host, 'blkid', mapped)).toContain('TYPE=ext4')
})
