import { describe, expect, test } from 'vitest'
import {
  absent,
  commands,
  drbdHost,
  drbdVolume,
  inventory,
  lv,
  owner,
  present,
  replicated,
  storage,
  volume,
  withProvider,
} from '../given.ts'
import { renderConfig } from '../layers/drbd/config.ts'
import type { DrbdDocument } from '../layers/drbd/steps.ts'
import { planResource } from './reconcile.ts'

const drbd = '9.2.18'
const res = '/var/lib/varve.d/web.res'
const backup = '/var/lib/varve.d/.backup/web.res'

/** The kernel and the files as they are when `replicated()` is true. */
function settled(document = replicated(), is84 = false) {
  const devices = new Map([[0, '/dev/vg0/web_00000']])
  const text = renderConfig({ document: document as DrbdDocument, devices, is84 })
  return { [res]: text, [backup]: text }
}
const up = [
  'exists resource name:web role:Secondary suspended:no',
  'exists connection name:web peer-node-id:1 conn-name:n2 connection:Connected role:Secondary',
  'exists device name:web volume:0 minor:1000 backing_dev:/dev/vg0/web_00000 disk:UpToDate client:no quorum:yes size:200000',
  'exists peer-device name:web peer-node-id:1 conn-name:n2 volume:0 replication:Established peer-disk:UpToDate',
].join('\n')

describe('connections that DRBD has given up', () => {
  const alone = up.replace('connection:Connected role:Secondary', 'connection:StandAlone')
  const see = (disk: string) =>
    inventory({
      drbd,
      objects: [lv()],
      files: settled(),
      events: alone.replace('disk:UpToDate client', `disk:${disk} client`),
    })

  test('are connected again where there is no data that could differ', () => {
    expect(commands(replicated(), see('Inconsistent'))).toEqual(['drbdadm adjust web'])
  })

  test('are left to a person where there is', () => {
    for (const disk of ['UpToDate', 'Outdated', 'Consistent']) {
      expect(commands(replicated(), see(disk)), disk).toEqual([])
    }
  })
})

describe('storage alone', () => {
  test('a thin volume is created with its marks, then loses the mark "new"', () => {
    expect(commands(present(), inventory())).toEqual([
      `lvcreate --yes --addtag varve:${owner} --addtag varve.new --virtualsize 204800k --thinpool thin --name web_00000 vg0`,
      'lvchange --deltag varve.new vg0/web_00000',
    ])
  })

  test('a thick volume is wiped before anybody may use it', () => {
    const document = present({ volumes: [volume({ storage: withProvider('LVM') })] })
    expect(commands(document, inventory())).toEqual([
      `lvcreate --yes --wipesignatures y --zero y --addtag varve:${owner} --addtag varve.new --size 204800k --name web_00000 vg0`,
      'wipefs --all --quiet /dev/vg0/web_00000',
      'lvchange --deltag varve.new vg0/web_00000',
    ])
  })

  test('a crash after lvcreate is made up for: what is still new is wiped and settled', () => {
    const document = present({ volumes: [volume({ storage: withProvider('LVM') })] })
    const seen = inventory({ objects: [lv({ isNew: true })] })
    expect(commands(document, seen)).toEqual([
      'wipefs --all --quiet /dev/vg0/web_00000',
      'lvchange --deltag varve.new vg0/web_00000',
    ])
  })

  test('an image gets its owner before it exists, and a device at the end', () => {
    const document = present({ volumes: [volume({ storage: withProvider('FILE_THIN') })] })
    expect(commands(document, inventory())).toEqual([
      'write /srv/pool/web_00000.img.varve',
      'truncate --size=204800K /srv/pool/web_00000.img',
      'losetup --find --show --nooverlap /srv/pool/web_00000.img',
    ])
  })

  test('nothing is done when all is as desired', () => {
    expect(commands(present(), inventory({ objects: [lv()] }))).toEqual([])
  })

  test('it grows, and never shrinks', () => {
    const grown = present({ volumes: [volume({ storage: storage({ sizeKib: 409_600 }) })] })
    expect(commands(grown, inventory({ objects: [lv()] }))).toEqual([
      'lvextend --size 409600k vg0/web_00000',
    ])
    expect(commands(present(), inventory({ objects: [lv({ sizeKib: 409_600 })] }))).toEqual([])
  })

  test('after a reboot it is activated', () => {
    const { device: _, ...inactive } = lv()
    expect(commands(present(), inventory({ objects: [inactive] }))).toEqual([
      'lvchange --activate y --ignoreactivationskip vg0/web_00000',
    ])
  })

  test('out of use it is closed and stays, also where it would be made anew', () => {
    const closed = present({ inactive: 7, volumes: [volume({ storage: storage() })] })
    expect(commands(closed, inventory({ objects: [lv()] }))).toEqual([
      'lvchange --activate n vg0/web_00000',
    ])
    const { device: _, ...inactive } = lv()
    expect(commands(closed, inventory({ objects: [inactive] }))).toEqual([])
    expect(commands(closed, inventory())).toEqual([])
  })

  test('removal names the owner once more to LVM itself', () => {
    expect(commands(absent(present()), inventory({ objects: [lv()] }))).toEqual([
      `lvremove --yes --select lv_tags={"varve:${owner}"} vg0/web_00000`,
    ])
    expect(commands(absent(present()), inventory())).toEqual([])
  })

  test('an image is detached first and removed when it really is', () => {
    const document = absent(present({ volumes: [volume({ storage: withProvider('FILE') })] }))
    const image = lv({ key: '/srv/pool/web_00000.img', place: '/srv/pool', device: '/dev/loop3' })
    expect(commands(document, inventory({ objects: [image] }))).toEqual([
      'losetup --detach /dev/loop3',
    ])
    const { device: _, ...detached } = image
    expect(commands(document, inventory({ objects: [detached] }))).toEqual([
      'remove /srv/pool/web_00000.img',
      'remove /srv/pool/web_00000.img.varve',
    ])
  })
})

describe('what is not ours is left alone', () => {
  const { owner: _, ...foreign } = lv({ sizeKib: 4096 })

  test('a volume without our mark is neither grown nor removed', () => {
    const seen = inventory({ objects: [foreign] })
    const reason = 'refused: vg0/web_00000 exists but carries no mark of Varve, so it is left alone'
    expect(commands(present(), seen)).toEqual([reason])
    // A removal that waited for somebody else's volume to go would wait for ever.
    expect(commands(absent(present()), seen)).toEqual([])
  })

  test("nor is another resource's", () => {
    const seen = inventory({ objects: [lv({ owner: 'other' })] })
    expect(commands(present(), seen)).toEqual([
      "refused: vg0/web_00000 exists but is other's, so it is left alone",
    ])
  })

  test('nothing is concluded from a volume group that could not be looked at', () => {
    const places = new Map([['vg0', { state: 'unknown' as const, reason: 'lvs ended with 3' }]])
    for (const document of [present(), absent(present())]) {
      expect(commands(document, inventory({ rest: { places } }))).toEqual([
        'refused: vg0 cannot be looked at: lvs ended with 3',
      ])
    }
  })

  test('what has been in use, and is the only copy, is not replaced by an empty one', () => {
    const document = present({ volumes: [volume({ mustBeThere: true })] })
    expect(commands(document, inventory())).toEqual([
      'refused: vg0/web_00000 has been in use and is gone: nothing empty takes its place. Bring it back, or delete the resource and create it anew',
    ])
    expect(commands(document, inventory({ objects: [lv()] }))).toEqual([])
    expect(commands(absent(document), inventory())).toEqual([])
  })

  test("somebody else's configuration, minor or running resource stops us", () => {
    const foreignConfig = [{ file: '/etc/drbd.d/old.res', resources: ['old'], minors: [1000] }]
    expect(commands(replicated(), inventory({ drbd, rest: { foreign: foreignConfig } }))).toEqual([
      "refused: /etc/drbd.d/old.res already uses DRBD minor 1000, which is not Varve's",
    ])
    const events = up.replaceAll('name:web', 'name:db')
    expect(commands(replicated(), inventory({ drbd, events }))).toEqual([
      'refused: DRBD minor 1000 is in use by the resource db',
    ])
    const other = inventory({ drbd, events: up.replace('minor:1000', 'minor:2000') })
    expect(commands(replicated(), other)).toEqual([
      'refused: a DRBD resource web that Varve did not configure is up on this node',
    ])
    expect(commands(absent(replicated()), other)).toEqual([])
  })
})

describe('DRBD 9', () => {
  test('from nothing to replicated: storage, metadata, configuration, adjust', () => {
    const list = commands(replicated(), inventory({ drbd }))
    const dump = '/var/lib/varve.d/web_00000.md'
    expect(list).toEqual([
      `lvcreate --yes --addtag varve:${owner} --addtag varve.new --virtualsize 204800k --thinpool thin --name web_00000 vg0`,
      'drbdmeta --force 1000 v09 /dev/vg0/web_00000 internal create-md 7',
      `write ${dump}`,
      `drbdmeta --force 1000 v09 /dev/vg0/web_00000 internal restore-md ${dump}`,
      `remove ${dump}`,
      'lvchange --deltag varve.new vg0/web_00000',
      `write ${res}.new`,
      `drbdadm --config-file ${res}.new sh-nop`,
      `write ${res}`,
      `remove ${res}.new`,
      'drbdadm adjust web',
      `write ${backup}`,
    ])
  })

  test('the source starts a generation of its own, based on day 0', () => {
    const start = { kind: 'source' as const, generation: '1234567890abcde0' }
    const document = replicated({ volumes: [drbdVolume({ start })] })
    const next = planResource(document, inventory({ drbd }))
    const steps = next.kind === 'steps' ? next.steps : []
    const dump = steps.find((step) => step.kind === 'write' && step.path.endsWith('.md'))
    const text = dump?.kind === 'write' ? dump.text : ''
    expect(text).toContain('current-uuid 0x1234567890ABCDE0;')
    expect(text.match(/bitmap-uuid 0xAAAABBBBCCCCDDD0;/g)).toHaveLength(32)
  })

  test('a full sync needs nothing but created metadata', () => {
    const document = replicated({ volumes: [drbdVolume({ start: { kind: 'full-sync' } })] })
    const list = commands(document, inventory({ drbd }))
    expect(list.some((line) => line.includes('restore-md'))).toBe(false)
    expect(list.some((line) => line.includes('create-md'))).toBe(true)
  })

  test('metadata is never created on what is not new any more', () => {
    const list = commands(replicated(), inventory({ drbd, objects: [lv()] }))
    expect(list.some((line) => /create-md|set-gi|restore-md|wipefs/.test(line))).toBe(false)
    expect(list).toContain('drbdadm adjust web')
  })

  test('nothing is done when the kernel has what the document says', () => {
    const seen = inventory({ drbd, objects: [lv()], events: up, files: settled() })
    expect(commands(replicated(), seen)).toEqual([])
  })

  test('after a reboot: moves metadata if it must be, then adjusts with the same file', () => {
    const seen = inventory({ drbd, objects: [lv()], files: settled() })
    expect(commands(replicated(), seen)).toEqual([
      'drbdmeta --force 1000 v09 /dev/vg0/web_00000 internal check-resize',
      'drbdadm adjust web',
    ])
  })

  test('our directory was lost: what runs as we would have it is taken over', () => {
    const seen = inventory({ drbd, objects: [lv()], events: up })
    expect(commands(replicated(), seen)).toEqual([
      `write ${res}.new`,
      `drbdadm --config-file ${res}.new sh-nop`,
      `write ${res}`,
      `remove ${res}.new`,
      'drbdadm adjust web',
      `write ${backup}`,
    ])
  })

  test('an adjust that fails puts the last good file back, or none where there was none', () => {
    const undone = (files: Readonly<Record<string, string>>) => {
      const next = planResource(replicated(), inventory({ drbd, objects: [lv()], files }))
      const steps = next.kind === 'steps' ? next.steps : []
      const adjust = steps.find((step) => step.name === 'adjust')
      return adjust?.kind === 'run' ? adjust.undo : undefined
    }
    const path = { path: res }
    expect(undone({})).toMatchObject([{ kind: 'remove', ...path }])
    expect(undone({ [backup]: 'old' })).toMatchObject([{ kind: 'write', text: 'old', ...path }])
    expect(undone(settled())).toEqual([])
  })

  test('what an adjust left that failed half-way is ours to finish', () => {
    const events = 'exists resource name:web role:Secondary suspended:no'
    const list = commands(replicated(), inventory({ drbd, objects: [lv()], events }))
    expect(list).toContain('drbdadm adjust web')
  })

  test('a new peer is an adjust; a split brain is not', () => {
    const document = replicated()
    const third = { ...drbdHost(3, { kind: 'tie-breaker' }), net: {}, disk: {} }
    const grown: typeof document = {
      ...document,
      ...(document.drbd
        ? { drbd: { ...document.drbd, peers: [...document.drbd.peers, third] } }
        : {}),
    }
    const seen = inventory({ drbd, objects: [lv()], events: up, files: settled() })
    expect(commands(grown, seen)).toContain('drbdadm adjust web')
    const split = up.replace('connection:Connected', 'connection:StandAlone')
    expect(commands(document, { ...seen, drbd: inventory({ drbd, events: split }).drbd })).toEqual(
      [],
    )
  })

  test('a disk that failed while we watched is not attached again by us', () => {
    const gone = up.replace('disk:UpToDate client', 'disk:Diskless client')
    const seen = inventory({ drbd, objects: [lv()], events: gone, files: settled() })
    expect(commands(replicated(), seen)).toContain('drbdadm adjust web')
    const lost = { ...seen, drbd: { ...seen.drbd, lostDisks: new Set(['web/0']) } }
    expect(commands(replicated(), lost)).toEqual([])
  })

  test('growing: the backing device while DRBD has it, then DRBD when it is told to', () => {
    const storageGrown = storage({ sizeKib: 409_600 })
    const grown = (resize: boolean) => {
      const base = drbdVolume({ resize })
      return replicated({ volumes: [{ ...base, sizeKib: 400_000, storage: storageGrown }] })
    }
    const events = up
    const small = inventory({ drbd, objects: [lv()], events, files: settled() })
    expect(commands(grown(false), small)).toEqual(['lvextend --size 409600k vg0/web_00000'])
    const large = inventory({ drbd, objects: [lv({ sizeKib: 409_600 })], events, files: settled() })
    expect(commands(grown(false), large)).toEqual([])
    expect(commands(grown(true), large)).toEqual(['drbdadm resize web/0'])
    const done = inventory({
      drbd,
      objects: [lv({ sizeKib: 409_600 })],
      events: events.replace('size:200000', 'size:400128'),
      files: settled(),
    })
    expect(commands(grown(true), done)).toEqual([])
  })

  test('the backing device does not grow while DRBD is down: its metadata would be lost', () => {
    const document = replicated({
      volumes: [{ ...drbdVolume(), storage: storage({ sizeKib: 409_600 }) }],
    })
    const seen = inventory({ drbd, objects: [lv()], files: settled() })
    expect(commands(document, seen).some((line) => line.startsWith('lvextend'))).toBe(false)
  })

  test('removal: down first, storage when a new look shows that nothing holds it', () => {
    const seen = inventory({ drbd, objects: [lv()], events: up, files: settled() })
    expect(commands(absent(replicated()), seen)).toEqual([
      'drbdsetup down web',
      `remove ${res}`,
      `remove ${backup}`,
    ])
    expect(commands(absent(replicated()), inventory({ drbd, objects: [lv()] }))).toEqual([
      `lvremove --yes --select lv_tags={"varve:${owner}"} vg0/web_00000`,
    ])
  })

  test('a removed volume leaves DRBD before its storage goes', () => {
    const second = drbdVolume({ minor: 1001 })
    const gone = { ...second, number: 1, storage: storage({ name: 'web_00001' }) }
    const document = replicated({ removed: [gone] })
    const events = `${up}\nexists device name:web volume:1 minor:1001 disk:UpToDate size:200000`
    const objects = [lv(), lv({ key: 'vg0/web_00001' })]
    const before = inventory({ drbd, objects, events, files: settled() })
    expect(commands(document, before)).toEqual(['drbdadm adjust web'])
    const after = inventory({ drbd, objects, events: up, files: settled() })
    expect(commands(document, after)).toEqual([
      `lvremove --yes --select lv_tags={"varve:${owner}"} vg0/web_00001`,
    ])
  })

  test('slots of nodes that are gone are freed, once', () => {
    const document = replicated()
    if (document.drbd) document.drbd.forget = [5]
    const events = `${up}\nexists connection name:web peer-node-id:5 conn-name:n6 connection:Connecting`
    const seen = inventory({ drbd, objects: [lv()], events, files: settled() })
    expect(commands(document, seen).slice(-2)).toEqual([
      'drbdsetup del-peer web 5',
      'drbdsetup forget-peer web 5',
    ])
    const rest = inventory({ drbd, objects: [lv()], events: up, files: settled() })
    const done = { ...rest, drbd: { ...rest.drbd, forgotten: new Set(['web/5']) } }
    expect(commands(document, done)).toEqual([])
  })

  test('a diskless one has a configuration and nothing else', () => {
    const document = replicated({ kind: 'tie-breaker', volumes: [{ ...drbdVolume() }] })
    if (document.drbd) document.drbd.self = drbdHost(1, { kind: 'tie-breaker' })
    delete document.volumes[0]?.storage
    expect(commands(document, inventory({ drbd })).at(-2)).toBe('drbdadm adjust web')
    expect(commands(document, inventory({ drbd }))).not.toContain(expect.stringContaining('lv'))
  })
})

describe('DRBD 8.4', () => {
  const version = '8.4.11'

  test('looks at the real size first, then restores metadata that has seen it', () => {
    expect(commands(replicated(), inventory({ drbd: version }))).toEqual([
      `lvcreate --yes --addtag varve:${owner} --addtag varve.new --virtualsize 204800k --thinpool thin --name web_00000 vg0`,
    ])
    const seen = inventory({ drbd: version, objects: [lv({ isNew: true })] })
    expect(commands(replicated(), seen).slice(0, 5)).toEqual([
      'drbdmeta --force 1000 v08 /dev/vg0/web_00000 internal create-md',
      'write /var/lib/varve.d/web_00000.md',
      'drbdmeta --force 1000 v08 /dev/vg0/web_00000 internal restore-md /var/lib/varve.d/web_00000.md',
      'remove /var/lib/varve.d/web_00000.md',
      'lvchange --deltag varve.new vg0/web_00000',
    ])
  })

  test('resizes as Primary, and is Secondary again whatever happens', () => {
    const base = drbdVolume({ resize: true })
    const grown = { ...base, sizeKib: 400_000, storage: storage({ sizeKib: 409_600 }) }
    const document = replicated({ volumes: [grown] })
    const objects = [lv({ sizeKib: 409_600 })]
    const files = settled(document, true)
    const seen = inventory({ drbd: version, objects, events: up, files })
    expect(commands(document, seen)).toEqual([
      'drbdadm primary web',
      'drbdadm resize web/0',
      'drbdadm secondary web',
    ])
    const busy = up.replace(
      'connection:Connected role:Secondary',
      'connection:Connected role:Primary',
    )
    expect(commands(document, inventory({ drbd: version, objects, events: busy, files }))).toEqual([
      'drbdadm resize web/0',
    ])
  })

  test('says what it cannot do', () => {
    const document = replicated()
    if (document.drbd) document.drbd.peers = []
    expect(commands(document, inventory({ drbd: version }))).toEqual([
      'refused: DRBD 8.4.11 needs exactly two diskful replicas; DRBD 9 has no such limit',
    ])
    expect(commands(replicated(), inventory())).toEqual([
      'refused: no DRBD kernel module is loaded on this node',
    ])
  })
})
