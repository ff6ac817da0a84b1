/** A plan needs no second thought as long as nothing that it was made of has changed. */
import type { DesiredResource } from '@varve/events'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { absent, inventory, lv, owner, present, replicated, type Seen, volume } from '../given.ts'
import { backupPath, resPath } from '../layers/drbd/paths.ts'
import type { Inventory } from './inventory.ts'
import { isUnchanged, noting, type Reads } from './reads.ts'
import { planResource, type ResourcePlan } from './reconcile.ts'
import { reportResource } from './report.ts'
import { share } from './share.ts'

const format = { type: 'ext4' as const, params: [], user: 'alice' }
const documents = [
  present(),
  present({ volumes: [volume({ format })] }),
  replicated(),
  absent(replicated()),
  replicated({ volumes: [] }),
]

const events = (name: string, minor: number, disk: string, peer: number) => `
exists resource name:${name} role:Secondary suspended:no
exists connection name:${name} peer-node-id:${peer} conn-name:n2 connection:Connected role:Secondary
exists device name:${name} volume:0 minor:${minor} backing_dev:/dev/vg0/web_00000 disk:${disk} client:no quorum:yes size:200000
exists peer-device name:${name} peer-node-id:${peer} conn-name:n2 volume:0 replication:Established peer-disk:UpToDate
`

const object = fc
  .record({
    key: fc.constantFrom('vg0/web_00000', 'vg0/db_00000', 'vg0/thin'),
    sizeKib: fc.constantFrom(204_800, 100_000),
    isNew: fc.boolean(),
    owner: fc.constantFrom(owner, '01K9ZW4Q0G7C1N5T8Y2D6M3RSW'),
    hasDevice: fc.boolean(),
  })
  .map(({ key, hasDevice, ...more }) => {
    const { device, ...rest } = lv({ key, ...more })
    return hasDevice && device !== undefined ? { ...rest, device } : rest
  })

const kernel = fc
  .tuple(
    fc.constantFrom('web', 'db'),
    fc.constantFrom(1000, 1001),
    fc.constantFrom('UpToDate', 'Diskless', 'Inconsistent'),
    fc.constantFrom(1, 2),
  )
  .map((args) => events(...args))

const file = fc.constantFrom(
  [resPath('web'), 'one'],
  [backupPath('web'), 'one'],
  [resPath('web'), 'two'],
  [resPath('db'), 'one'],
)

const machine: fc.Arbitrary<Inventory> = fc
  .record({
    objects: fc.array(object, { maxLength: 3 }),
    kernels: fc.array(kernel, { maxLength: 2 }),
    files: fc.array(file, { maxLength: 3 }),
    drbd: fc.constantFrom('9.2.18', '8.4.11', undefined),
    place: fc.constantFrom('present', 'missing', undefined),
    foreign: fc.constantFrom([], [{ file: '/etc/drbd.d/old.res', resources: ['web'], minors: [] }]),
    unknown: fc.constantFrom(undefined, undefined, undefined, 'drbdsetup did not answer in time'),
    lost: fc.boolean(),
    forgotten: fc.boolean(),
    formatted: fc.boolean(),
    bereft: fc.boolean(),
    borrowed: fc.boolean(),
    account: fc.constantFrom(1000, undefined, { problem: 'there is none of this name' }),
  })
  .map(({ objects, kernels, files, drbd, place, foreign, unknown, lost, forgotten, ...rest }) => {
    const seen: Seen = {
      objects,
      events: kernels.join(''),
      files: Object.fromEntries(files),
      ...(drbd === undefined ? {} : { drbd }),
    }
    const plain = inventory(seen)
    return {
      ...plain,
      foreign,
      formatted: new Set(rest.formatted ? [`${owner} web_00000`] : []),
      bereft: new Set(rest.bereft ? ['web_00000'] : []),
      borrowed: new Set(rest.borrowed ? ['web'] : []),
      accounts: new Map(
        rest.account === undefined ? [] : [['passwd alice', rest.account] as const],
      ),
      places: new Map(place === undefined ? [] : [['vg0', { state: place }] as const]),
      drbd: {
        ...plain.drbd,
        ...(unknown === undefined ? {} : { unknown }),
        lostDisks: new Set(lost ? ['web/0'] : []),
        forgotten: new Set(forgotten ? ['web/2'] : []),
      },
    }
  })

function planNoted(document: DesiredResource, seen: Inventory) {
  const reads: Reads[number][] = []
  const plan: ResourcePlan = planResource(document, noting(seen, reads))
  return { plan, reads }
}

/** Few differences at a time, so that most of what is read stays as it was. */
const pair = fc
  .tuple(
    machine,
    machine,
    fc.array(
      fc.constantFrom(
        ...(['objects', 'files', 'foreign', 'drbd', 'places'] as const),
        ...(['formatted', 'bereft', 'borrowed', 'accounts'] as const),
      ),
    ),
  )
  .map(([before, other, changed]) => {
    const parts = Object.fromEntries(changed.map((key) => [key, other[key]]))
    return { before, now: { ...before, ...parts } }
  })

test('the plan is the same when nothing that it was made of has changed', () => {
  let unchanged = 0
  let changed = 0
  fc.assert(
    fc.property(fc.constantFrom(...documents), pair, (document, { before, now }) => {
      const { plan, reads } = planNoted(document, before)
      expect(plan).toEqual(planResource(document, before))
      const seen = share(before, structuredClone(now))
      expect(seen).toEqual(now)
      const again = planResource(document, now)
      if (isUnchanged(reads, seen)) {
        unchanged += 1
        expect(again).toEqual(plan)
      } else changed += 1
    }),
    { numRuns: 2_000 },
  )
  // Both happen often, or this law would say nothing.
  expect(Math.min(changed, unchanged)).toBeGreaterThan(100)
})

test('the report is the same when nothing that it was made of has changed', () => {
  const source = { v: 1, node: 'n1', boot: 'b', at: 0 } as const
  const progress = { status: 'applied', applied: { term: 1, from: 10 } } as const
  fc.assert(
    fc.property(fc.constantFrom(...documents), pair, (document, { before, now }) => {
      const reads: Reads[number][] = []
      const report = (seen: Inventory) =>
        reportResource(source, document, seen, undefined, progress)
      const told = report(noting(before, reads))
      if (isUnchanged(reads, share(before, structuredClone(now)))) expect(report(now)).toEqual(told)
    }),
  )
})

test('other resources that come, change and go are no reason to think again', () => {
  const files = { [resPath('web')]: 'one', [backupPath('web')]: 'one' }
  const web = events('web', 1000, 'UpToDate', 1)
  const mine = { objects: [lv()], events: web, drbd: '9.2.18', files }
  const before = inventory(mine)
  const { reads } = planNoted(replicated(), before)
  const others = inventory({
    ...mine,
    objects: [lv(), lv({ key: 'vg0/db_00000' })],
    events: events('db', 1001, 'Inconsistent', 1) + web,
    files: { [resPath('db')]: 'one', ...files },
  })
  expect(isUnchanged(reads, share(before, others))).toBe(true)
})
