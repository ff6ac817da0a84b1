import type { DesiredRollback, DesiredSnapshot, PresentResource, Provider } from '@varve/events'
import { describe, expect, test } from 'vitest'
import type { BackingObject, Inventory } from '../core/inventory.ts'
import { reportResource } from '../core/report.ts'
import { commands, inventory, lv, owner, present, replicated, storage, volume } from '../given.ts'
import { backupPath, resPath } from '../layers/drbd/paths.ts'

const mark = '01K9ZW4Q0G7C1N5T8Y2D6SNAP1'
const operation = '01K9ZW4Q0G7C1N5T8Y2D6ROLL1'

function back(step: DesiredRollback['step'], document = replicated()): PresentResource {
  const snapshots = document.volumes.flatMap(({ number, storage: at }): DesiredSnapshot[] => {
    if (!at) return []
    const { provider, backing, name: source } = at
    const part = { number, provider, backing, source, sourceOwner: owner }
    return [{ snapshot: 's1', owner: mark, step: 'keep', volumes: [part] }]
  })
  return { ...document, snapshots, rollback: { operation, step, snapshot: 's1' } }
}

const taken = lv({ key: 'vg0/web_00000_s1', owner: mark })
const spare = lv({ key: 'vg0/web_00000.rollback', rolledBack: operation })

const events = (role: string) => `
  exists resource name:web role:${role} suspended:no
  exists device name:web volume:0 minor:1000 disk:UpToDate size:200000
  exists -`
const files = { [resPath('web')]: 'web', [backupPath('web')]: 'web' }

function seen(objects: readonly BackingObject[], role?: string): Inventory {
  const up = role === undefined ? {} : { events: events(role), files }
  return inventory({ drbd: '9.2.18', objects, ...up })
}

describe('thin volumes under DRBD', () => {
  test('down, with its files, so that nobody brings it up by hand; and no more than that', () => {
    expect(commands(back('stop'), seen([lv(), taken], 'Secondary'))).toEqual([
      'drbdsetup down web',
      'remove /var/lib/varve.d/web.res',
      'remove /var/lib/varve.d/.backup/web.res',
    ])
    expect(commands(back('stop'), seen([lv(), taken]))).toEqual([])
  })

  test('the new volume is there before the old one goes', () => {
    expect(commands(back('roll-back'), seen([lv(), taken]))).toEqual([
      `lvcreate --yes --snapshot --activate n --setactivationskip n --permission rw --addtag varve:${owner} --addtag varve.rollback:${operation} --name web_00000.rollback vg0/web_00000_s1`,
    ])
    expect(commands(back('roll-back'), seen([lv(), taken, spare]))).toEqual([
      `lvremove --yes --select lv_tags={"varve:${owner}"} vg0/web_00000`,
      'lvrename vg0 web_00000.rollback web_00000',
    ])
  })

  test('killed between the two: the new one is there, and takes the place', () => {
    expect(commands(back('roll-back'), seen([taken, spare]))).toEqual([
      'lvrename vg0 web_00000.rollback web_00000',
    ])
  })

  test('done once, whatever becomes of the snapshot', () => {
    const done = lv({ rolledBack: operation })
    expect(commands(back('roll-back'), seen([done, taken]))).toEqual([])
    expect(commands(back('roll-back'), seen([done]))).toEqual([])
    const earlier = lv({ rolledBack: 'another' })
    expect(commands(back('roll-back'), seen([earlier, taken]))[0]).toMatch(/^lvcreate/)
  })

  test('what another rollback left is ours to remove, what somebody else has there is not', () => {
    const [older, theirs] = [
      { ...spare, rolledBack: 'another' },
      { ...spare, owner: 'somebody' },
    ]
    expect(commands(back('roll-back'), seen([lv(), taken, older]))).toEqual([
      `lvremove --yes --select lv_tags={"varve:${owner}"} vg0/web_00000.rollback`,
    ])
    expect(commands(back('roll-back'), seen([lv(), taken, theirs]))).toEqual([
      "refused: vg0/web_00000.rollback is somebody's",
    ])
  })

  test('up again by somebody’s hand, it goes down before anything is rolled back', () => {
    expect(commands(back('roll-back'), seen([lv(), taken], 'Secondary'))[0]).toBe(
      'drbdsetup down web',
    )
  })

  test('a diskless node goes down and has nothing to roll back', () => {
    const diskless = replicated({ kind: 'diskless', volumes: [{ number: 0, sizeKib: 200_000 }] })
    expect(commands(back('roll-back', diskless), seen([]))).toEqual([])
  })
})

describe('refused before anything is touched', () => {
  test.each([
    ['in use', [lv(), taken], 'Primary', /Primary on this node/],
    ['no snapshot', [lv()], 'Secondary', /web_00000_s1 is not there/],
    ['another one', [lv(), { ...taken, owner: 'other' }], 'Secondary', /is other's/],
    ['not our volume', [lv({ owner: 'other' }), taken], 'Secondary', /web_00000 is other's/],
  ] as const)('%s', (_, objects, role, why) => {
    const document = back('stop')
    const now = seen(objects, role)
    const [refusal = ''] = commands(document, now)
    expect(refusal).toMatch(why)
    const failure = { step: 'check', argv: [], stderr: refusal, at: 0 }
    const progress = { status: 'failed' as const, applied: { term: 0, from: 0 }, failure }
    const source = { v: 1 as const, node: 'n1', boot: 'b', at: 0 }
    const told = (step: DesiredRollback['step']) =>
      reportResource(source, back(step), now, undefined, progress).rollback
    expect(told('stop')).toEqual({ operation, problem: refusal })
    expect(told('roll-back')).toBeUndefined()
  })

  test('without DRBD a volume that somebody has open', () => {
    const open = lv({ isOpen: true })
    expect(commands(back('stop', present()), inventory({ objects: [open, taken] }))).toEqual([
      'refused: somebody has vg0/web_00000 open',
    ])
  })

  test('ZFS never goes back past a later snapshot, whoever made that', () => {
    const at = storage({ provider: 'ZFS', backing: 'tank' })
    const document = back('stop', present({ volumes: [volume({ storage: at })] }))
    const place = { place: 'zfs:tank', name: 'web_00000' }
    const objects = [
      lv({ key: 'zfs:tank/web_00000', ...place }),
      lv({ ...place, key: 'zfs:tank/web_00000@s1', owner: mark, laterSnapshot: 'tank/x@daily' }),
    ]
    const places = new Map([['zfs:tank', { state: 'present' as const }]])
    expect(commands(document, inventory({ objects, rest: { places } }))).toEqual([
      'refused: tank/x@daily is later than zfs:tank/web_00000@s1, and ZFS rolls back to the last snapshot only',
    ])
  })
})

describe('the other providers', () => {
  const of = (provider: Provider, backing: string, prefix: string) => {
    const at = storage({ provider, backing })
    const place = provider === 'ZFS' ? `zfs:${backing}` : backing
    const more = { place, name: 'web_00000' }
    const [key, kept] =
      provider === 'ZFS'
        ? [`${prefix}web_00000`, `${prefix}web_00000@s1`]
        : [`${prefix}web_00000.img`, `${prefix}web_00000_s1.img`]
    const document = back('roll-back', present({ volumes: [volume({ storage: at })] }))
    const plan = (object: Partial<BackingObject>) => {
      const { device: _, ...bare } = lv({ key, ...more })
      const objects = [{ ...bare, ...object }, lv({ ...more, key: kept, owner: mark })]
      const places = new Map([[place, { state: 'present' as const }]])
      return commands(document, inventory({ objects, rest: { places } }))
    }
    return plan
  }

  test('ZFS: rolled back without -r, then marked', () => {
    const plan = of('ZFS', 'tank', 'zfs:tank/')
    expect(plan({ device: '/dev/zvol/tank/web_00000' })).toEqual([
      'zfs rollback tank/web_00000@s1',
      `zfs set io.varve:state=rolled-back:${operation} tank/web_00000`,
    ])
    expect(plan({ rolledBack: operation })).toEqual([])
  })

  test('image files: the loop device goes in a look of its own, then a copy takes the place', () => {
    const plan = of('FILE_THIN', '/srv/pool', '/srv/pool/')
    expect(plan({ device: '/dev/loop3' })).toEqual(['losetup --detach /dev/loop3'])
    expect(plan({})).toEqual([
      'cp --reflink=always --remove-destination /srv/pool/web_00000_s1.img /srv/pool/web_00000.img.part',
      'mv --force --no-target-directory /srv/pool/web_00000.img.part /srv/pool/web_00000.img',
      'write /srv/pool/web_00000.img.varve',
    ])
    expect(plan({ rolledBack: operation })).toEqual([])
  })
})
