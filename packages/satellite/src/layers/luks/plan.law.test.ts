/** Whatever a machine looks like: what is not ours is left alone, and nothing used is formatted. */
import type { DesiredLuks, DesiredVolume, PresentResource } from '@varve/events'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { BackingObject, CryptMapping, Inventory } from '../../core/inventory.ts'
import { planResource } from '../../core/reconcile.ts'
import { stepArgv } from '../../core/step.ts'
import { absent, inventory, lv, owner, present, replicated, volume } from '../../given.ts'
import { mappingUuid } from './names.ts'

const key = fc.constantFrom<DesiredLuks['key']>(
  { state: 'sealed', sealed: 'BOX' },
  { state: 'unavailable', reason: 'the cluster is locked' },
)
const luks: fc.Arbitrary<DesiredLuks> = fc.record(
  {
    key,
    previous: fc.record({ key, change: fc.constantFrom('op1', 'op2') }),
    hasRandomKey: fc.boolean(),
    formatOptions: fc.constantFrom([], ['--key-file=/etc/passwd'], ['--uuid', 'x', '--batch-mode']),
    openOptions: fc.constantFrom([], ['--tries', '9'], ['-d', '/etc/passwd', '--readonly']),
    allowDiscards: fc.boolean(),
  },
  { requiredKeys: ['key', 'hasRandomKey', 'formatOptions', 'openOptions', 'allowDiscards'] },
)

const object: fc.Arbitrary<BackingObject> = fc
  .record({
    whose: fc.constantFrom('ours', 'another', 'nobody'),
    isNew: fc.boolean(),
    isActive: fc.boolean(),
    sizeKib: fc.constantFrom(4096, 204_800, 409_600),
  })
  .map(({ whose, isNew, isActive, sizeKib }) => {
    const { owner: _, device, ...bare } = lv({ isNew, sizeKib })
    return {
      ...bare,
      ...(isActive && device !== undefined ? { device } : {}),
      ...(whose === 'nobody' ? {} : { owner: whose === 'ours' ? owner : 'another' }),
    }
  })

const ourUuid = mappingUuid(owner, 'web_00000')
const mapping: fc.Arbitrary<CryptMapping> = fc.record({
  name: fc.constantFrom('Linstor-Crypt-web_00000', 'Linstor-Crypt-web_00001', 'backup'),
  uuid: fc.constantFrom(ourUuid, 'CRYPT-LUKS2-0011-Linstor-Crypt-web_00000', ''),
  sizeKib: fc.constantFrom(1024, 188_416, 393_216),
  offsetKib: fc.constantFrom(16_384, 2048),
  allowsDiscards: fc.boolean(),
})

const machine: fc.Arbitrary<Inventory> = fc
  .record({
    objects: fc.array(object, { maxLength: 1 }),
    mappings: fc.array(mapping, { maxLength: 2 }),
    note: fc.constantFrom(undefined, 'op1\n', 'op2\n'),
    isUp: fc.boolean(),
  })
  .map(({ objects, mappings, note, isUp }) =>
    inventory({
      objects,
      ...(isUp ? { drbd: '9.2.18' } : {}),
      files: note === undefined ? {} : { '/var/lib/varve.d/web_00000.rekeyed': note },
      rest: { crypt: new Map(mappings.map((each) => [each.name, each])) },
    }),
  )

type Wish = 'present' | 'removed' | 'absent'
const document = fc
  .record({
    luks,
    wish: fc.constantFrom<Wish>('present', 'removed', 'absent'),
    isReplicated: fc.boolean(),
  })
  .map(({ luks: own, wish, isReplicated }) => {
    const whole: PresentResource = isReplicated
      ? replicated({ layers: ['DRBD', 'LUKS', 'STORAGE'] })
      : present({ layers: ['LUKS', 'STORAGE'] })
    const [first = volume()] = whole.volumes
    const encrypted: DesiredVolume = { ...first, luks: own }
    const kept = { ...whole, volumes: [encrypted] }
    if (wish === 'absent') return absent(kept)
    return wish === 'present' ? kept : { ...kept, volumes: [], removed: [encrypted] }
  })

/** Words that change or destroy what is on a device, or take a mapping away. */
const harmful = /^(cryptsetup .*(luksFormat|luksChangeKey|erase|close)|wipefs|lvremove|drbdmeta)/

test('any machine, any document: only what is ours, and only what nobody has used, is made anew', () => {
  fc.assert(
    fc.property(document, machine, (wanted, seen) => {
      const plan = planResource(wanted, seen)
      if (plan.kind !== 'steps') return
      const lines = plan.steps.map((step) => stepArgv(step).join(' '))
      const found = seen.objects.get('vg0/web_00000')
      const open = seen.crypt.get('Linstor-Crypt-web_00000')
      const is = (word: string) => lines.some((line) => line.includes(word))
      if (found && found.owner !== owner) {
        for (const line of lines) expect(line).not.toMatch(harmful)
      }
      if (is('luksFormat')) {
        expect(open).toBeUndefined()
        expect(found === undefined || found.isNew).toBe(true)
      }
      // A header under an open mapping would be wiped away.
      if (open && wanted.state === 'present') expect(is('wipefs')).toBe(false)
      if (is('close')) expect(open?.uuid).toBe(ourUuid)
      if (is(' erase ')) expect(wanted.state === 'present' && wanted.volumes.length > 0).toBe(false)
      for (const line of lines) {
        expect(line).not.toContain('BOX')
        // No option of a user points the tool at another key than ours.
        expect(line).not.toContain('/etc/passwd')
      }
    }),
    { numRuns: 3000 },
  )
})
