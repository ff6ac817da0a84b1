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

test('it shrinks from the inside out, when nobody uses it and nothing reaches that far', async () => {
  const { each, host } = one()
  const sized = (kib: number, shrink: boolean) =>
    encrypted({ storage: storage({ sizeKib: kib, ...(shrink ? { shrink: true } : {}) }) })
  await converge(host.host, sized(409_600, false), unseal)
  await each.tool(host, 'mkfs.ext4', mapped)
  const small = sized(204_800, true)
  const full = await converge(host.host, small, unseal)
  expect(full.failure?.stderr).toContain('resize2fs')
  await each.tool(host, 'resize2fs', mapped, '102400K')
  const cut = { kind: 'fail', code: 5, stderr: 'cut off' } as const
  host.fault({ argv: ['lvreduce'], times: 1, effect: cut })
  expect(await converge(host.host, small, unseal)).toMatchObject({ kind: 'failed' })
  expect(await converge(host.host, small, unseal)).toMatchObject({ kind: 'true' })
  const bytes = (path: string) => each.tool(host, 'blockdev', '--getsize64', path)
  expect(await bytes('/dev/vg0/web_00000')).toBe(`${204_800 * 1024}\n`)
  expect(await bytes(mapped)).toBe(`${(204_800 - 16_384) * 1024}\n`)
  expect(await each.tool(host, 'blkid', mapped)).toContain('TYPE=ext4')
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

test('another passphrase: the old one opens nothing any more, wherever it was cut off', async () => {
  for (const argv of [
    ['cryptsetup', 'luksChangeKey'],
    ['cryptsetup', '--test-passphrase'],
  ]) {
    const { each, host } = one()
    await converge(host.host, encrypted(), unseal)
    await each.tool(host, 'mkfs.ext4', mapped)
    const [before] = encrypted().volumes
    if (!before?.luks) throw new Error('it is encrypted')
    const previous = { key: before.luks.key, change: 'op1' }
    const key = { state: 'sealed' as const, sealed: 'NEW' }
    const changing = encrypted({ luks: { ...before.luks, key, previous } })
    const both = (sealed: string, context: string) =>
      sealed === 'NEW' ? 'another key' : unseal(sealed, context)
    host.fault({ argv, times: 1, effect: { kind: 'lie', code: 1, stderr: 'cut off' } })
    await converge(host.host, changing, both)
    expect(await converge(host.host, changing, both)).toMatchObject({ kind: 'true' })
    host.crash()
    host.boot()
    expect(await converge(host.host, changing, both)).toMatchObject({ kind: 'true' })
    expect(await each.tool(host, 'blkid', mapped)).toContain('TYPE=ext4')
    const words = ['cryptsetup', 'open', '--test-passphrase', '--key-file', '-']
    const tried = (stdin: string) => host.host.run([...words, '/dev/vg0/web_00000'], { stdin })
    expect(await tried('another key')).toMatchObject({ exitCode: 0 })
    expect(await tried(key.sealed)).toMatchObject({ exitCode: 2 })
    const over = encrypted({ luks: { ...before.luks, key } })
    expect(await converge(host.host, over, both)).toMatchObject({ kind: 'true' })
    expect(await host.host.readFile('/var/lib/varve.d/web_00000.rekeyed')).toBeUndefined()
    expect(each.world.unknown).toEqual([])
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
