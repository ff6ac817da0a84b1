import type { DesiredSnapshot, PresentResource } from '@varve/events'
import { describe, expect, test } from 'vitest'
import type { BackingObject, Inventory } from '../core/inventory.ts'
import { planResource } from '../core/reconcile.ts'
import { reportResource } from '../core/report.ts'
import { stepArgv } from '../core/step.ts'
import {
  absent,
  commands,
  drbdVolume,
  inventory,
  lv,
  owner,
  present,
  replicated,
  storage,
} from '../given.ts'
import { renderConfig } from '../layers/drbd/config.ts'
import { backupPath, resPath } from '../layers/drbd/paths.ts'
import type { Suspension } from './marker.ts'

const mark = '01K9ZW4Q0G7C1N5T8Y2D6SNAP1'

function snapshot(
  step: DesiredSnapshot['step'],
  more: Partial<DesiredSnapshot> = {},
): DesiredSnapshot {
  const { provider, backing, name: source } = storage()
  const volumes = [{ number: 0, provider, backing, source, sourceOwner: owner }]
  return { snapshot: 's1', owner: mark, step, volumes, ...more }
}

const web = (...snapshots: DesiredSnapshot[]): PresentResource => replicated({ snapshots })

const taken = lv({ key: 'vg0/web_00000_s1', owner: mark })
const pool = lv({ key: 'vg0/thin', name: 'thin', isPool: true, owner: undefined as never })

type Now = {
  suspended?: string
  marker?: Partial<Suspension>
  objects?: readonly BackingObject[]
}

/** The resource is up and as its document says; only snapshots are left to be seen to. */
function up({ suspended = 'no', marker, objects = [] }: Now = {}): Inventory {
  const text = renderConfig({
    document: replicated() as never,
    devices: new Map([[0, '/dev/vg0/web_00000']]),
    is84: false,
  })
  const held: Suspension = {
    resource: 'web',
    snapshot: 's1',
    owner: mark,
    state: 'held',
    sinceMs: 5_000,
    minors: [1000],
    ...marker,
  }
  return inventory({
    drbd: '9.2.18',
    objects: [pool, lv(), ...objects],
    files: { [resPath('web')]: text, [backupPath('web')]: text },
    events: `
      exists resource name:web role:Primary suspended:${suspended}
      exists connection name:web peer-node-id:1 conn-name:n2 connection:Connected role:Secondary
      exists device name:web volume:0 minor:1000 disk:UpToDate size:200000
      exists -`,
    rest: {
      uptimeMs: 7_000,
      suspensions: new Map(marker ? [[`web@${held.snapshot}`, held]] : []),
    },
  })
}

const held = { state: 'held' } as const

function told(document: PresentResource, seen: Inventory, status: 'applied' | 'applying') {
  const source = { v: 1 as const, node: 'n1', boot: 'b', at: 0 }
  const progress = { status, applied: { term: 0, from: 0 } }
  return reportResource(source, document, seen, undefined, progress).snapshots
}

const resumes = 'drbdsetup resume-io 1000'
const lvcreate =
  'lvcreate --yes --snapshot --setactivationskip y --permission r --addtag varve:01K9ZW4Q0G7C1N5T8Y2D6SNAP1 --name web_00000_s1 vg0/web_00000'

describe('held, taken, kept, removed', () => {
  test('the marker is there before anything is held', () => {
    expect(commands(web(snapshot('suspend')), up())).toEqual([
      'write /run/varve.d/web@s1',
      'drbdadm suspend-io web',
    ])
  })

  test('held: nothing is left to do, and that is told', () => {
    const seen = up({ suspended: 'user', marker: held })
    expect(commands(web(snapshot('suspend')), seen)).toEqual([])
    expect(told(web(snapshot('suspend')), seen, 'applied')).toEqual([
      { snapshot: 's1', owner: mark, state: 'suspended' },
    ])
  })

  test('what one look saw while we worked is not told', () => {
    const seen = up({ suspended: 'user', marker: held })
    expect(told(web(snapshot('suspend')), seen, 'applying')).toEqual([])
  })

  test('taken only while it is held', () => {
    const document = web(snapshot('take'))
    expect(commands(document, up({ suspended: 'user', marker: held }))).toEqual([lvcreate])
    const seen = up({ suspended: 'user', marker: held, objects: [taken] })
    expect(commands(document, seen)).toEqual([])
    expect(told(document, seen, 'applied')).toMatchObject([{ state: 'taken' }])
  })

  test('input and output go on first, then the marker goes, then it is kept', () => {
    const document = web(snapshot('keep'))
    const seen = up({ suspended: 'user', marker: held, objects: [taken] })
    expect(commands(document, seen)).toEqual([resumes, 'remove /run/varve.d/web@s1'])
    expect(told(document, seen, 'applied')).toEqual([])
    expect(told(document, up({ objects: [taken] }), 'applied')).toMatchObject([{ state: 'kept' }])
  })

  test('a removal in the middle lets input and output go on before anything is removed', () => {
    const document = web(snapshot('remove'))
    const seen = up({ suspended: 'user', marker: held, objects: [taken] })
    expect(commands(document, seen)).toEqual([resumes, 'remove /run/varve.d/web@s1'])
    expect(commands(document, up({ objects: [taken] }))).toEqual([
      'lvremove --yes --select lv_tags={"varve:01K9ZW4Q0G7C1N5T8Y2D6SNAP1"} vg0/web_00000_s1',
    ])
    expect(told(document, up(), 'applied')).toMatchObject([{ state: 'removed' }])
  })

  test('without DRBD nothing is held', () => {
    const document = (step: DesiredSnapshot['step']) => present({ snapshots: [snapshot(step)] })
    const seen = inventory({ objects: [lv()] })
    expect(commands(document('suspend'), seen)).toEqual([])
    expect(told(document('suspend'), seen, 'applied')).toMatchObject([{ state: 'suspended' }])
    expect(commands(document('take'), seen)).toEqual([lvcreate])
  })

  test('a diskless node holds and has nothing to take', () => {
    const document = web(snapshot('take', { volumes: [] }))
    const seen = up({ suspended: 'user', marker: held })
    expect(told(document, seen, 'applied')).toMatchObject([{ state: 'taken' }])
  })
})

describe('input and output are never left held', () => {
  test.each([
    ['the resource is to go', absent(web())],
    ['its document does not list the snapshot', web()],
    ['another snapshot of the same name is meant', web(snapshot('suspend', { owner: 'other' }))],
    ['the storage cannot even be looked at', { ...web(), layers: ['DRBD', 'NVME', 'STORAGE'] }],
  ] as const)('%s', (_, document) => {
    const seen = up({ suspended: 'user', marker: held })
    // readonly tuples of the table.
    expect(commands(document as PresentResource, seen)).toEqual([
      resumes,
      'remove /run/varve.d/web@s1',
    ])
  })

  test('a snapshot that cannot be taken lets them go on and is remembered as failed', () => {
    const next = planResource(web(snapshot('take')), up({ suspended: 'user', marker: held }))
    if (next.kind !== 'steps') throw new Error(next.kind)
    const [take] = next.steps
    const undo = (take?.kind === 'run' && take.undo) || []
    expect(undo.map((step) => stepArgv(step).join(' '))).toEqual([
      'write /run/varve.d/web@s1',
      resumes,
    ])
    expect(undo[0]).toMatchObject({ addsFailure: true, text: expect.stringMatching('lifting') })
  })

  test('what shall be lifted is lifted, and only then told as failed', () => {
    const document = web(snapshot('take'))
    const seen = up({ suspended: 'user', marker: { state: 'lifting', problem: 'no space' } })
    expect(commands(document, seen)).toEqual([resumes, 'write /run/varve.d/web@s1'])
    expect(told(document, seen, 'applied')).toEqual([])
    const failed = up({ marker: { state: 'failed', problem: 'no space' } })
    expect(commands(document, failed)).toEqual([])
    expect(told(document, failed, 'applying')).toMatchObject([
      { state: 'failed', problem: 'no space' },
    ])
  })

  test('it is never held for again, and one that was lifted too early is never kept', () => {
    const failed = up({ marker: { state: 'failed', problem: 'too long' }, objects: [taken] })
    for (const step of ['suspend', 'take', 'keep'] as const) {
      expect(commands(web(snapshot(step)), failed)).toEqual([])
      expect(told(web(snapshot(step)), failed, 'applied')).toMatchObject([{ state: 'failed' }])
    }
    expect(commands(web(snapshot('remove')), failed)).toHaveLength(1)
    const empty = up({ marker: { state: 'failed' } })
    expect(commands(web(snapshot('remove')), empty)).toEqual(['remove /run/varve.d/web@s1'])
  })

  test('somebody else has let them go on: it is not taken any more', () => {
    const seen = up({ suspended: 'no', marker: held })
    const [first = ''] = commands(web(snapshot('take')), seen)
    expect(first).toBe('write /run/varve.d/web@s1')
  })

  test("an operator's own suspension stays, and no snapshot is taken under it", () => {
    const seen = up({ suspended: 'user' })
    for (const step of ['suspend', 'take', 'remove'] as const) {
      expect(commands(web(snapshot(step)), seen)).toEqual([])
    }
    expect(told(web(snapshot('suspend')), seen, 'applied')).toMatchObject([
      { state: 'failed', problem: expect.stringMatching(/suspended already \(user\)/) },
    ])
  })

  test('another snapshot under way keeps them held', () => {
    const document = web(snapshot('keep'), snapshot('suspend', { snapshot: 's2' }))
    const seen = up({ suspended: 'user', marker: held, objects: [taken] })
    const one = [...seen.suspensions.values()][0]
    if (!one) throw new Error('there is a marker')
    const both = new Map([...seen.suspensions, ['web@s2', { ...one, snapshot: 's2' }]])
    expect(commands(document, { ...seen, suspensions: both })).toEqual([
      'remove /run/varve.d/web@s1',
    ])
  })

  test('DRBD is not touched while they are held', () => {
    const seen = up({ suspended: 'user', marker: held })
    const changed = { ...seen, files: new Map() }
    expect(commands(web(snapshot('suspend')), changed)).toEqual([
      'refused: input and output are held for a snapshot',
    ])
  })
})

describe('what is not ours', () => {
  test('a snapshot of that name that somebody else made is never touched', () => {
    const { owner: _, ...bare } = taken
    for (const object of [bare, { ...taken, owner: 'somebody' }]) {
      const seen = up({ objects: [object] })
      for (const step of ['suspend', 'remove'] as const) {
        expect(commands(web(snapshot(step)), seen)).toEqual([])
      }
      expect(told(web(snapshot('suspend')), seen, 'applied')).toMatchObject([
        { state: 'failed', problem: expect.stringMatching(/so it is left alone/) },
      ])
      expect(told(web(snapshot('remove')), seen, 'applied')).toMatchObject([{ state: 'removed' }])
    }
  })

  test('no snapshot is taken of a volume that is not the one that is meant', () => {
    const other = snapshot('suspend', {
      volumes: snapshot('suspend').volumes.map((each) => ({ ...each, sourceOwner: 'other' })),
    })
    expect(commands(web(other), up())).toEqual([])
    expect(told(web(other), up(), 'applied')).toMatchObject([{ state: 'failed' }])
  })
})

describe('restored', () => {
  const from = { snapshot: 's1', source: 'web_00000', owner: mark }
  const copy = (start: 'restored' | 'full-sync') => {
    const base = drbdVolume({ start: { kind: start }, minor: 1001 })
    return replicated({
      resource: 'copy',
      volumes: [{ ...base, storage: storage({ name: 'copy_00000', owner: 'copy', from }) }],
    })
  }
  const made = lv({ key: 'vg0/copy_00000', owner: 'copy', isNew: true })

  test('made of the snapshot, looked at, never formatted', () => {
    const seen = inventory({ drbd: '9.2.18', objects: [taken] })
    expect(commands(copy('restored'), seen)).toEqual([
      'lvcreate --yes --snapshot --setactivationskip n --permission rw --addtag varve:copy --addtag varve.new --name copy_00000 vg0/web_00000_s1',
    ])
    const next = commands(copy('restored'), inventory({ drbd: '9.2.18', objects: [taken, made] }))
    expect(next.slice(0, 2)).toEqual([
      'drbdmeta --node-id=0 1001 v09 /dev/vg0/copy_00000 internal get-gi',
      'lvchange --deltag varve.new vg0/copy_00000',
    ])
    expect(next.join('\n')).not.toMatch(/create-md|restore-md|set-gi|wipefs|check-resize/)
  })

  test('with DRBD it has the size of the snapshot until it is attached', () => {
    const small = { ...made, sizeKib: 102_400 }
    const seen = inventory({ drbd: '9.2.18', objects: [taken, small] })
    expect(commands(copy('restored'), seen).join('\n')).not.toMatch(/lvextend/)
  })

  test.each([
    ['the snapshot is gone', [], 'restored', /the snapshot .* is not there/],
    ['is not the one', [{ ...taken, owner: 'other' }], 'restored', /nothing is made of it/],
    ['new metadata would be written over it', [taken], 'full-sync', /over its content/],
  ] as const)('refused: %s', (_, objects, start, why) => {
    const seen = inventory({ drbd: '9.2.18', objects })
    expect(commands(copy(start), seen)[0]).toMatch(why)
  })
})
