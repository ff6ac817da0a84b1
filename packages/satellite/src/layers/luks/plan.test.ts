import type { DesiredLuks, DesiredVolume } from '@varve/events'
import { describe, expect, test } from 'vitest'
import { findDrift } from '../../core/drift.ts'
import { type CryptMapping, cryptPlace, type Inventory } from '../../core/inventory.ts'
import { planResource } from '../../core/reconcile.ts'
import { reportResource } from '../../core/report.ts'
import { absent, commands, inventory, lv, owner, present, replicated, volume } from '../../given.ts'
import { headerUuid, mappingUuid } from './names.ts'

const header = 16 * 1024
const uuid = headerUuid(owner, 'web_00000')
const luks = (more: Partial<DesiredLuks> = {}): DesiredLuks => ({
  key: { state: 'sealed', sealed: 'BOX' },
  hasRandomKey: true,
  formatOptions: [],
  openOptions: [],
  allowDiscards: false,
  ...more,
})
const keyless = luks({ key: { state: 'unavailable', reason: 'the cluster is locked' } })

function encrypted(own = luks(), more: Partial<DesiredVolume> = {}) {
  return present({ layers: ['LUKS', 'STORAGE'], volumes: [volume({ luks: own, ...more })] })
}

const mapping = (more: Partial<CryptMapping> = {}): CryptMapping => ({
  name: 'Linstor-Crypt-web_00000',
  uuid: mappingUuid(owner, 'web_00000'),
  sizeKib: 204_800 - header,
  offsetKib: header,
  allowsDiscards: false,
  ...more,
})

const seen = (
  objects: Parameters<typeof lv>[0][],
  mappings: readonly CryptMapping[] = [],
): Inventory =>
  inventory({
    objects: objects.map((more) => lv(more)),
    rest: { crypt: new Map(mappings.map((each) => [each.name, each])) },
  })

const format = `cryptsetup --batch-mode luksFormat --type luks2 --uuid ${uuid} --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file - /dev/vg0/web_00000`
const open = 'cryptsetup open --type luks --key-file - /dev/vg0/web_00000 Linstor-Crypt-web_00000'
const settle = 'lvchange --deltag varve.new vg0/web_00000'
const close = 'cryptsetup close Linstor-Crypt-web_00000'

describe('life of an encrypted volume', () => {
  test('made, formatted and opened; only what is open loses the mark "new"', () => {
    expect(commands(encrypted(), seen([])).slice(1)).toEqual([format, open])
    expect(commands(encrypted(), seen([{ isNew: true }], [mapping()]))).toEqual([settle])
    expect(commands(encrypted(), seen([{}], [mapping()]))).toEqual([])
  })

  test('a crash before it was opened is made up for: what is still new is formatted again', () => {
    expect(commands(encrypted(), seen([{ isNew: true }]))).toEqual([format, open])
  })

  test('what has been used is opened and never formatted', () => {
    expect(commands(encrypted(), seen([{}]))).toEqual([open])
  })

  test('it grows from below: storage first, then what encrypts it', () => {
    const size = 409_600
    const storage = { ...volume().storage, sizeKib: size } as NonNullable<DesiredVolume['storage']>
    const grown = encrypted(luks(), { storage })
    expect(commands(grown, seen([{}], [mapping()]))).toEqual([
      'lvextend --size 409600k vg0/web_00000',
    ])
    expect(commands(grown, seen([{ sizeKib: size }], [mapping()]))).toEqual([
      'cryptsetup resize --key-file - Linstor-Crypt-web_00000',
    ])
    const whole = mapping({ sizeKib: size - header })
    expect(commands(grown, seen([{ sizeKib: size }], [whole]))).toEqual([])
  })

  test('whether discards reach the storage is changed while it is open', () => {
    const on = luks({ allowDiscards: true })
    expect(commands(encrypted(on), seen([{}], [mapping()]))).toEqual([
      'cryptsetup refresh --allow-discards --key-file - Linstor-Crypt-web_00000',
    ])
    const open = mapping({ allowsDiscards: true })
    expect(commands(encrypted(on), seen([{}], [open]))).toEqual([])
    expect(commands(encrypted(), seen([{}], [open]))).toEqual([
      'cryptsetup refresh --key-file - Linstor-Crypt-web_00000',
    ])
    expect(commands(encrypted(keyless), seen([{}], [open]))).toEqual([])
    const lasting = luks({ openOptions: ['--persistent'] })
    expect(commands(encrypted(lasting), seen([{}], [open]))).toEqual([])
  })

  test('a removal closes it, and then destroys its key slots before the space is freed', () => {
    const gone = absent(encrypted())
    expect(commands(gone, seen([{}], [mapping()]))).toEqual([close])
    expect(commands(gone, seen([{}]))).toEqual([
      'cryptsetup --batch-mode erase /dev/vg0/web_00000',
      `lvremove --yes --select lv_tags={"varve:${owner}"} vg0/web_00000`,
    ])
  })

  test('words that a user chose are derived slowly; options of the user come along', () => {
    const own = luks({
      hasRandomKey: false,
      formatOptions: ['--cipher', 'aes-xts-plain64', '--pbkdf-memory', '9', '--key-file=x'],
      openOptions: ['--tries', '3', '--readonly', '--perf-no_read_workqueue'],
      allowDiscards: true,
    })
    const [, made, opened] = commands(encrypted(own), seen([]))
    expect(made).toContain('--pbkdf-memory 262144 --cipher aes-xts-plain64 --key-file - /dev/vg0')
    expect(opened).toContain('--type luks --perf-no_read_workqueue --allow-discards --key-file -')
  })
})

describe('another passphrase', () => {
  const note = '/var/lib/varve.d/web_00000.rekeyed'
  const previous = { key: { state: 'sealed' as const, sealed: 'OLD' }, change: 'op1' }
  const changing = encrypted(luks({ previous }))
  const noted = (inventory: Inventory, text: string) => ({
    ...inventory,
    files: new Map([[note, text]]),
  })

  test('the old key out, the new one in; that it opens is the proof, and is noted', () => {
    expect(commands(changing, seen([{}]))).toEqual([
      'cryptsetup --batch-mode luksChangeKey --pbkdf pbkdf2 --pbkdf-force-iterations 1000 /dev/vg0/web_00000',
      'cryptsetup open --test-passphrase --type luks --key-file - /dev/vg0/web_00000',
      `write ${note}`,
    ])
  })

  test('done once for each change, then opened; the note goes with the old key', () => {
    expect(commands(changing, noted(seen([{}]), 'op1\n'))).toEqual([open])
    expect(commands(changing, noted(seen([{}], [mapping()]), 'op1\n'))).toEqual([])
    expect(commands(changing, noted(seen([{}], [mapping()]), 'op0\n')).at(-1)).toBe(`write ${note}`)
    expect(commands(encrypted(), noted(seen([{}], [mapping()]), 'op1\n'))).toEqual([
      `remove ${note}`,
    ])
    expect(commands(absent(encrypted()), noted(seen([{}]), 'op1\n'))[0]).toBe(`remove ${note}`)
  })

  test('while the cluster is locked it waits, and says so', () => {
    const locked = luks({ key: keyless.key, previous: { ...previous, key: keyless.key } })
    expect(commands(encrypted(locked), seen([{}], [mapping()]))).toEqual([
      'refused: volume 0 cannot get its new passphrase: the cluster is locked',
    ])
  })
})

describe('above it', () => {
  const document = replicated({
    layers: ['DRBD', 'LUKS', 'STORAGE'],
    volumes: [{ ...replicated().volumes[0], luks: luks() } as DesiredVolume],
  })

  test('DRBD’s metadata and disk are on the mapping, never on the storage', () => {
    const fresh = seen([{ isNew: true }], [mapping()])
    const steps = commands(document, { ...fresh, drbd: { ...fresh.drbd, version: '9.2.18' } })
    const metadata = steps.filter((line) => line.startsWith('drbdmeta'))
    expect(metadata.length).toBeGreaterThan(0)
    for (const line of metadata) {
      expect(line).toContain('/dev/mapper/Linstor-Crypt-web_00000')
      expect(line).not.toContain('/dev/vg0')
    }
  })

  test('users get the mapping, and storage counts as grown only when the mapping has', () => {
    const source = { v: 1 as const, node: 'n1', boot: 'b', at: 0 }
    const progress = { status: 'applied' as const, applied: { term: 1, from: 1 } }
    const reported = (sizeKib: number) =>
      reportResource(source, encrypted(), seen([{ sizeKib }], [mapping()]), undefined, progress)
        .volumes[0]
    expect(reported(204_800)).toMatchObject({
      device: '/dev/mapper/Linstor-Crypt-web_00000',
      deviceKib: 204_800 - header,
      backing: '/dev/vg0/web_00000',
      backingKib: 204_800,
    })
    expect(reported(409_600)).toMatchObject({ backingKib: 204_800 })
  })
})

describe('without a key', () => {
  const reasonOf = (document: ReturnType<typeof encrypted>, inventory: Inventory) => {
    const plan = planResource(document, inventory)
    return plan.kind === 'refused' ? plan.reason : plan.kind
  }

  test('no space is taken that could not be encrypted, and the sentence says why', () => {
    expect(reasonOf(encrypted(keyless), seen([]))).toBe(
      'volume 0 is encrypted and closed: the cluster is locked',
    )
  })

  test('what is open stays open and may be used', () => {
    expect(reasonOf(encrypted(keyless), seen([{}], [mapping()]))).toBe('true')
  })

  test('a resource’s other volumes are made and opened all the same', () => {
    const storage = { ...volume().storage, name: 'web_00001' } as NonNullable<
      DesiredVolume['storage']
    >
    const two = present({
      layers: ['LUKS', 'STORAGE'],
      volumes: [volume({ luks: keyless }), volume({ number: 1, luks: luks(), storage })],
    })
    expect(commands(two, seen([{}])).at(-1)).toContain('Linstor-Crypt-web_00001')
  })
})

describe('what is not ours is left alone', () => {
  test('a mapping of our name on somebody else’s header', () => {
    const foreign = mapping({ uuid: 'CRYPT-LUKS2-0011-Linstor-Crypt-web_00000' })
    expect(commands(encrypted(), seen([{}], [foreign]))).toEqual([
      "refused: /dev/mapper/Linstor-Crypt-web_00000 exists but is not this volume's, so it is left alone",
    ])
    expect(commands(absent(encrypted()), seen([{}], [foreign]))).not.toContain(close)
  })

  test('what was restored from a snapshot is never formatted: its header becomes our own', () => {
    const from = { snapshot: 'snap', source: 'db_00000', owner }
    const storage = { ...volume().storage, from } as NonNullable<DesiredVolume['storage']>
    expect(commands(encrypted(luks(), { storage }), seen([{ isNew: true }]))).toEqual([
      'cryptsetup open --test-passphrase --type luks --key-file - /dev/vg0/web_00000',
      `cryptsetup --batch-mode luksUUID --uuid ${uuid} /dev/vg0/web_00000`,
      'lvchange --deltag varve.new vg0/web_00000',
    ])
    const closed = encrypted(keyless, { storage })
    expect(commands(closed, seen([{ isNew: true }]))[0]).toMatch(
      /^refused: .* encrypted and closed/,
    )
  })

  test('nothing is concluded when dm-crypt does not answer', () => {
    const blind = seen([{}])
    const places = new Map([
      ...blind.places,
      [cryptPlace, { state: 'unknown' as const, reason: 'dmsetup did not answer in time' }],
    ])
    expect(commands(encrypted(), { ...blind, places })).toEqual([
      'refused: dm-crypt cannot be asked: dmsetup did not answer in time',
    ])
  })
})

test('an open mapping that looks like ours and that nobody desires is told', () => {
  const others = mapping({ name: 'Linstor-Crypt-old_00000' })
  const backup = mapping({ name: 'backup' })
  const drift = findDrift([encrypted()], seen([{}], [mapping(), others, backup]))
  expect(drift).toEqual([
    {
      kind: 'mapping',
      name: 'Linstor-Crypt-old_00000',
      where: 'device-mapper',
      detail: 'an open LUKS mapping that no document desires, 188416 KiB',
    },
  ])
})

test('headers of one spawn differ, and are the same each time they are asked for', () => {
  expect(headerUuid(owner, 'web_00000')).toBe(uuid)
  expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(headerUuid(owner, 'web_00001')).not.toBe(uuid)
})
