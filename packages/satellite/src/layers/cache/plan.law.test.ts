/** Whatever a machine looks like: no cache is made anew over a volume in use, and none is others'. */
import type { DesiredCache, DesiredVolume, PresentResource } from '@varve/events'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { BackingObject, CachedMapping, Inventory, Place } from '../../core/inventory.ts'
import { cachedPlace } from '../../core/inventory.ts'
import { planResource } from '../../core/reconcile.ts'
import { stepArgv } from '../../core/step.ts'
import { absent, inventory, lv, owner, present, replicated, storage, volume } from '../../given.ts'
import { bcacheLabel, setUuid } from '../bcache/names.ts'
import { cachedKey, cachedName, cachedUuid } from './names.ts'

const beside = (name: string) =>
  storage({ name, provider: 'LVM', backing: 'vg1', pool: 'ssd', sizeKib: 16_384 })
const caches: readonly DesiredCache[] = [
  { kind: 'writecache', cache: beside('web.cache_00000'), startSector: 0, options: [] },
  {
    kind: 'cache',
    cache: beside('web.dmcache_cache_00000'),
    metadata: beside('web.dmcache_meta_00000'),
    blockSectors: 4096,
    mode: 'writeback',
    policy: 'smq',
    flushTimeoutMs: 2000,
  },
  { kind: 'bcache', cache: beside('web.bcache_00000'), mode: 'writeback', options: [] },
]

type Wish = 'present' | 'removed' | 'absent'
const wanted = fc
  .record({
    cache: fc.constantFrom(undefined, ...caches),
    hasMetadata: fc.boolean(),
    wish: fc.constantFrom<Wish>('present', 'removed', 'absent'),
    isReplicated: fc.boolean(),
  })
  .map(({ cache, hasMetadata, wish, isReplicated }) => {
    const whole: PresentResource = isReplicated
      ? replicated({ layers: ['DRBD', 'WRITECACHE', 'STORAGE'] })
      : present({ layers: ['WRITECACHE', 'STORAGE'] })
    const [first = volume()] = whole.volumes
    const metadata = isReplicated && hasMetadata ? beside('web.meta_00000') : undefined
    const made: DesiredVolume = {
      ...first,
      ...(cache ? { cache } : {}),
      ...(metadata ? { metadata } : {}),
    }
    const kept = { ...whole, volumes: [made] }
    if (wish === 'absent') return absent(kept)
    return wish === 'present' ? kept : { ...kept, volumes: [], removed: [made] }
  })

const names = [
  'vg1/web.cache_00000',
  'vg1/web.dmcache_cache_00000',
  'vg1/web.dmcache_meta_00000',
  'vg1/web.bcache_00000',
  'vg1/web.meta_00000',
]

const object = (key: string): fc.Arbitrary<BackingObject[]> =>
  fc
    .record({
      whose: fc.constantFrom('ours', 'ours', 'another', 'nobody', 'missing'),
      isNew: fc.boolean(),
      isActive: fc.boolean(),
      sizeKib: fc.constantFrom(16_384, 204_800, 409_600),
    })
    .map(({ whose, isNew, isActive, sizeKib }) => {
      if (whose === 'missing') return []
      const { owner: _, device, ...bare } = lv({ key, isNew, sizeKib })
      return [
        {
          ...bare,
          ...(isActive && device !== undefined ? { device } : {}),
          ...(whose === 'nobody' ? {} : { owner: whose === 'ours' ? owner : 'another' }),
        },
      ]
    })

const ours = cachedUuid({ owner, name: 'web_00000' })
const dmMapping: fc.Arbitrary<CachedMapping> = fc.record({
  name: fc.constantFrom(cachedName('writecache', 'web_00000'), cachedName('cache', 'web_00000')),
  kind: fc.constantFrom('writecache', 'cache'),
  uuid: fc.constantFrom(ours, 'VARVE-another', ''),
  sizeKib: fc.constantFrom(204_800, 102_400),
  isSuspended: fc.boolean(),
})

const data = { owner, name: 'web_00000' }
const control = '/sys/block/dm-0/bcache'
const theirs = '01234567-89ab-8def-a123-456789abcdef'
const bcache: fc.Arbitrary<CachedMapping> = fc
  .record({
    name: fc.constantFrom(setUuid(data), bcacheLabel(data), theirs),
    label: fc.constantFrom(bcacheLabel(data), 'varve-another', ''),
    isThere: fc.boolean(),
    state: fc.constantFrom('no cache', 'clean', 'dirty', 'inconsistent'),
    isRunning: fc.boolean(),
    sizeKib: fc.constantFrom(204_792, 102_392),
  })
  .map(({ isThere, name, ...rest }) => {
    const uuid = name === bcacheLabel(data) ? '' : name
    const found = { kind: 'bcache', name, uuid, isSuspended: false, ...rest } as const
    if (!isThere && uuid !== '') return { ...found, state: 'none', label: '', isRunning: false }
    return { ...found, control: name === theirs ? '/sys/block/dm-9/bcache' : control }
  })
const mapping = fc.oneof(dmMapping, bcache)

const machine: fc.Arbitrary<Inventory> = fc
  .record({
    objects: fc.tuple(object('vg0/web_00000'), ...names.map(object)),
    mappings: fc.array(mapping, { maxLength: 2 }),
    fast: fc.constantFrom('present', 'present', 'missing', 'unknown'),
    isAsked: fc.boolean(),
    isUp: fc.boolean(),
  })
  .map(({ objects, mappings, fast, isAsked, isUp }) => {
    const all = objects.flat().filter(({ place }) => place !== 'vg1' || fast === 'present')
    const seen = inventory({ objects: all, ...(isUp ? { drbd: '9.2.18' } : {}) })
    const unknown = { state: 'unknown', reason: 'vgs did not answer in time' } as const
    const place = fast === 'unknown' ? unknown : ({ state: fast } as const)
    return {
      ...seen,
      cached: new Map(mappings.map((each) => [each.name, each])),
      places: new Map([
        ...seen.places,
        ['vg1', place.state === 'present' ? { state: 'present' as const } : place],
        [cachedPlace, isAsked ? { state: 'present' as const } : unknown],
      ]),
    }
  })

const makes =
  /^(lvcreate|wipefs|dd if=\/dev\/zero|make-bcache|set \S+\/label|drbdmeta .*(create-md|restore-md))/

const ourChange = new RegExp(
  [
    String.raw`^/sys/fs/bcache/register_quiet /dev/vg(0/web_00000|1/web\.bcache_00000)$`,
    `^${control}/(attach ${setUuid(data)}|(stop|detach) 1)$`,
    `^/sys/fs/bcache/${setUuid(data)}/unregister 1$`,
  ].join('|'),
)

test('any machine, any document: only what nobody has used is begun, only ours is touched', () => {
  fc.assert(
    fc.property(wanted, machine, (document, seen) => {
      const plan = planResource(document, seen)
      if (plan.kind !== 'steps') return
      const lines = plan.steps.map((step) => stepArgv(step).join(' '))
      const data = seen.objects.get('vg0/web_00000')
      const volumes = document.state === 'present' ? document.volumes : []
      const [made] = volumes
      if (data && !data.isNew) for (const line of lines) expect(line).not.toMatch(makes)
      // An open cache never loses its superblock.
      const isOpen = [...seen.cached.values()].some(({ uuid }) => uuid === ours)
      if (isOpen && data?.isNew && made?.cache) {
        const own = made.storage && seen.cached.get(cachedKey(made.cache.kind, made.storage))
        if (own?.uuid === ours) expect(lines.join('\n')).not.toContain('if=/dev/zero')
      }
      for (const [at, line] of lines.entries()) {
        for (const each of seen.objects.values()) {
          const isNamed = new RegExp(`(^| |=)(/dev/)?${each.key}( |$)`).test(line)
          // A foreign device is nobody's business, not even to be read.
          if (isNamed) expect(each.owner, line).toBe(owner)
        }
        const opens = /^(dmsetup create|trigger \S+\/register_quiet) /.test(line)
        if (opens && data && !data.isNew) {
          expect(lines.slice(0, at).join('\n')).toMatch(/^od /)
          for (const { name } of made?.cache ? [made.cache.cache] : []) {
            expect(seen.objects.get(`vg1/${name}`)).toMatchObject({ owner, isNew: false })
          }
        }
        const changed = /^trigger (\/sys\/\S+) (\S+)/.exec(line)
        if (changed) expect(changed.slice(1).join(' ')).toMatch(ourChange)
        const touched = /^dmsetup (load|resume|message|remove(?: --retry)?) (\S+)/.exec(line)
        if (touched) expect(seen.cached.get(touched[2] ?? '')?.uuid).toBe(ours)
      }
      const closes = lines.some((line) =>
        /^(dmsetup remove|trigger .*(stop|unregister) )/.test(line),
      )
      if (closes) expect(lines.some((line) => line.startsWith('lvremove'))).toBe(false)
    }),
    { numRuns: 5000 },
  )
})

test('what is attached stays attached, whatever could not be looked at', () => {
  const [cache] = caches
  const events = [
    'exists resource name:web role:Primary suspended:no',
    'exists device name:web volume:0 minor:1000 backing_dev:/dev/mapper/linstor_writecache_web_00000 disk:UpToDate client:no quorum:yes size:200000',
    'exists -',
    '',
  ].join('\n')
  const document = replicated({ layers: ['DRBD', 'WRITECACHE', 'STORAGE'] })
  const [first = volume()] = document.volumes
  const whole = { ...document, volumes: [{ ...first, ...(cache ? { cache } : {}) }] }
  const seen = inventory({ objects: [lv()], events, drbd: '9.2.18' })
  const unknown: Place = { state: 'unknown', reason: 'no answer' }
  for (const place of ['vg1', cachedPlace]) {
    const plan = planResource(whole, {
      ...seen,
      places: new Map<string, Place>([...seen.places, [place, unknown]]),
    })
    const text = JSON.stringify(plan)
    expect(text).not.toContain('"disk none')
    expect(text).not.toContain('adjust')
  }
})

test('8.4 has no volume without a disk: with one that is closed the resource waits, and says why', () => {
  const [cache] = caches
  const document = replicated({ layers: ['DRBD', 'WRITECACHE', 'STORAGE'] })
  const [first = volume()] = document.volumes
  const whole = { ...document, volumes: [{ ...first, ...(cache ? { cache } : {}) }] }
  for (const [drbd, isUp] of [
    ['8.4.11', false],
    ['9.2.18', true],
  ] as const) {
    const seen = inventory({ objects: [lv()], drbd })
    const present: Place = { state: 'present' }
    const places = new Map([...seen.places, ['vg1', present], [cachedPlace, present]] as const)
    const plan = planResource(whole, { ...seen, places })
    expect(JSON.stringify(plan).includes('drbdadm')).toBe(isUp)
    if (!isUp) expect(plan).toMatchObject({ kind: 'refused', problem: 'companion-gone' })
  }
})
