/** Given a document and what is seen, these steps: who gets a file system, and who does not yet. */
import type { DesiredVolume, FileSystem, PresentResource } from '@varve/events'
import { describe, expect, test } from 'vitest'
import type { Inventory } from '../core/inventory.ts'
import { planResource } from '../core/reconcile.ts'
import { reportResource } from '../core/report.ts'
import {
  commands,
  drbdVolume,
  inventory,
  lv,
  owner,
  present,
  replicated,
  storage,
  volume,
} from '../given.ts'
import { renderConfig } from '../layers/drbd/config.ts'
import { backupPath, resPath } from '../layers/drbd/paths.ts'
import type { DrbdDocument } from '../layers/drbd/steps.ts'

const ext4: FileSystem = { type: 'ext4', params: ['-m', '0'] }
const key = `${owner} web_00000`

function plain(format: FileSystem, more: Partial<DesiredVolume> = {}): PresentResource {
  return present({ volumes: [volume({ format, ...more })] })
}

const there = (rest: Partial<Inventory> = {}) => inventory({ objects: [lv()], rest })

type Kernel = {
  role?: string
  disk?: string
  peerRole?: string
  suspended?: string
  minor?: number
}

/** `web`, up and as its file says. */
function pair(format: FileSystem, kernel: Kernel = {}, rest: Partial<Inventory> = {}) {
  const { role = 'Secondary', disk = 'UpToDate', peerRole = 'Secondary' } = kernel
  const document = replicated({ volumes: [{ ...drbdVolume(), format }] })
  const devices = new Map([[0, '/dev/vg0/web_00000']])
  // The type follows from `replicated`: it has a DRBD part.
  const text = renderConfig({ document: document as DrbdDocument, devices, is84: false })
  const seen = inventory({
    objects: [lv()],
    drbd: '9.2.18',
    files: { [resPath('web')]: text, [backupPath('web')]: text },
    events: `
exists resource name:web role:${role} suspended:${kernel.suspended ?? 'no'}
exists connection name:web peer-node-id:1 conn-name:n2 connection:Connected role:${peerRole}
exists device name:web volume:0 minor:${kernel.minor ?? 1000} backing_dev:/dev/vg0/web_00000 disk:${disk} client:no quorum:yes size:200000
exists peer-device name:web peer-node-id:1 conn-name:n2 volume:0 replication:Established peer-disk:UpToDate
`,
    rest,
  })
  return { document, seen }
}

const planned = ({ document, seen }: ReturnType<typeof pair>) => commands(document, seen)

describe('without DRBD', () => {
  test('mkfs, with the words that users gave', () => {
    expect(commands(plain(ext4), there())).toEqual([
      'mkfs.ext4 -q -m 0 -F -E nodiscard /dev/vg0/web_00000',
    ])
  })

  test('of two -E mkfs.ext4 would keep the last', () => {
    const format = { ...ext4, params: ['-E', 'lazy_itable_init=0', '-Estride=16'], user: '7' }
    expect(commands(plain(format), there())).toEqual([
      'mkfs.ext4 -q -F -E nodiscard,lazy_itable_init=0,stride=16,root_owner=7:0 /dev/vg0/web_00000',
    ])
  })

  test('the owner of an XFS root comes from a file', () => {
    const accounts = new Map([
      ['passwd alice', 1000],
      ['group staff', 50],
    ])
    const format: FileSystem = { type: 'xfs', params: [], user: 'alice', group: 'staff' }
    const next = planResource(plain(format), there({ accounts }))
    expect(next).toMatchObject({ steps: [{ kind: 'write' }, { kind: 'make' }, { finally: true }] })
    expect(JSON.stringify(next)).toContain('d--755 1000 50')
    expect(commands(plain(format), there({ accounts }))).toEqual([
      'write /run/varve.d/web_00000.proto',
      'mkfs.xfs -q -m uuid=7debc89a-f4b8-874e-a140-a2297f06753d -f -K -p /run/varve.d/web_00000.proto /dev/vg0/web_00000',
      'remove /run/varve.d/web_00000.proto',
    ])
  })

  test('somebody whom this node does not know is named, and nothing is made', () => {
    const accounts = new Map([['passwd nobody2', { problem: 'there is none of this name' }]])
    expect(commands(plain({ ...ext4, user: 'nobody2' }), there({ accounts }))).toEqual([
      'refused: the user nobody2 that shall own the file system (FileSystem/User) is not to be had on n1: there is none of this name',
    ])
  })

  test('storage comes first', () => {
    expect(commands(plain(ext4), inventory()).join()).not.toContain('mkfs')
    const isNew = inventory({ objects: [lv({ isNew: true })] })
    expect(commands(plain(ext4), isNew).join()).not.toContain('mkfs')
  })

  test('what was found or made is told until the document asks no more', () => {
    const seen = there({ formatted: new Set([key]) })
    expect(commands(plain(ext4), seen)).toEqual([])
    const source = { v: 1, node: 'n1', boot: 'b', at: 0 } as const
    const progress = { status: 'applied', applied: { term: 1, from: 10 } } as const
    const told = (document: PresentResource, at = seen) =>
      reportResource(source, document, at, undefined, progress).volumes[0]?.formatted
    expect(told(plain(ext4))).toBe(true)
    expect(told(plain(ext4), there())).toBeUndefined()
    expect(told(present())).toBeUndefined()
  })

  test('it says nothing of another volume of the same name', () => {
    const other = plain(ext4, { storage: storage({ owner: 'another' }) })
    const seen = inventory({
      objects: [lv({ owner: 'another' })],
      rest: { formatted: new Set([key]) },
    })
    expect(commands(other, seen).join()).toContain('mkfs.ext4')
  })
})

describe('with DRBD', () => {
  test('Primary for that time alone, and never by force', () => {
    expect(planned(pair(ext4))).toEqual([
      'write /run/varve.d/web.mkfs',
      'drbdadm primary web',
      'mkfs.ext4 -q -m 0 -F -E nodiscard /dev/drbd1000',
      'drbdadm secondary web',
      'remove /run/varve.d/web.mkfs',
    ])
  })

  test('it waits for its disk, and for suspended input and output', () => {
    for (const disk of ['Inconsistent', 'Consistent', 'Outdated']) {
      expect(planned(pair(ext4, { disk }))).toEqual([
        `waits: volume 0 gets its file system when it is UpToDate here; it is ${disk}`,
      ])
    }
    expect(planned(pair(ext4, { suspended: 'quorum' }))[0]).toMatch(/^waits: .*\(quorum\)/)
  })

  test('a peer that is Primary uses it: nothing is made', () => {
    expect(planned(pair(ext4, { peerRole: 'Primary' }))).toEqual([
      'refused: web is Primary on its peer (n2), so somebody uses it: no file system is made',
    ])
  })

  test('Primary here already: it is only looked at, and stays Primary', () => {
    const { document, seen } = pair(ext4, { role: 'Primary' })
    expect(planResource(document, seen)).toMatchObject({
      steps: [{ kind: 'make', inUse: expect.stringContaining('somebody uses it') }],
    })
  })

  test('Primary because of us, whatever happened since: Secondary comes first', () => {
    const borrowed = new Set(['web'])
    const back = ['drbdadm secondary web', 'remove /run/varve.d/web.mkfs']
    expect(planned(pair(ext4, { role: 'Primary' }, { borrowed }))).toEqual(back)
    const { seen } = pair(ext4, { role: 'Primary' }, { borrowed })
    expect(commands(replicated({ volumes: [drbdVolume()] }), seen)).toEqual(back)
    expect(planned(pair(ext4, {}, { borrowed }))).toEqual(['remove /run/varve.d/web.mkfs'])
  })

  test('a kernel that cannot be asked is asked again first', () => {
    const { document, seen } = pair(ext4, {}, { borrowed: new Set(['web']) })
    const blind = { ...seen, drbd: { ...seen.drbd, unknown: 'no answer', resources: new Map() } }
    expect(commands(document, blind)).toEqual(['refused: DRBD cannot be asked: no answer'])
  })
})
