import { expect, test } from 'vitest'
import { inventory, lv, present, replicated } from '../given.ts'
import { parseEvents } from '../layers/drbd/parse.ts'
import { findDrift } from './drift.ts'
import { measurePool } from './measure.ts'
import { reportResource, stateOf } from './report.ts'

const source = { v: 1 as const, node: 'n1', boot: 'b1', at: 5 }
const applied = { status: 'applied' as const, applied: { term: 1, from: 10 } }

const kernelOf = (text: string) => parseEvents(text).resources.get('web')

const syncing = [
  'exists resource name:web role:Secondary suspended:no',
  'exists connection name:web peer-node-id:1 conn-name:n2 connection:Connected role:Primary',
  'exists device name:web volume:0 minor:1000 disk:Inconsistent client:no quorum:yes size:200000',
  'exists peer-device name:web peer-node-id:1 conn-name:n2 volume:0 replication:SyncTarget peer-disk:UpToDate out-of-sync:50000',
].join('\n')

test('a replicated volume: device, backing, disk state and how far its resync is', () => {
  const seen = inventory({ objects: [lv({ allocatedKib: 100 })] })
  const report = reportResource(source, replicated(), seen, kernelOf(syncing), applied)
  expect(report).toEqual({
    ...source,
    ...applied,
    resource: 'web',
    role: 'Secondary',
    quorum: true,
    volumes: [
      {
        number: 0,
        device: '/dev/drbd1000',
        backing: '/dev/vg0/web_00000',
        backingKib: 204_800,
        allocatedKib: 100,
        deviceKib: 200_000,
        disk: 'Inconsistent',
        done: 75,
      },
    ],
    connections: [
      {
        peer: 'n2',
        state: 'Connected',
        peerRole: 'Primary',
        volumes: [
          {
            number: 0,
            replication: 'SyncTarget',
            peerDisk: 'UpToDate',
            done: 75,
            outOfSyncKib: 50_000,
          },
        ],
      },
    ],
  })
})

test('8.4 has no name for its peer, and drops it after a split brain', () => {
  const unnamed = syncing.replaceAll('peer-node-id:1 conn-name:n2', 'peer-node-id:0 conn-name:peer')
  const named = reportResource(source, replicated(), undefined, kernelOf(unnamed), applied)
  expect(named.connections.map((c) => [c.peer, c.state])).toEqual([['n2', 'Connected']])
  const alone = syncing
    .split('\n')
    .filter((line) => !line.includes('peer-node-id'))
    .join('\n')
  const dropped = reportResource(source, replicated(), undefined, kernelOf(alone), applied)
  expect(dropped.connections).toEqual([{ peer: 'n2', state: 'StandAlone', volumes: [] }])
})

test('without DRBD the backing device is the device', () => {
  const report = reportResource(
    source,
    present(),
    inventory({ objects: [lv()] }),
    undefined,
    applied,
  )
  expect(report.volumes).toEqual([
    {
      number: 0,
      device: '/dev/vg0/web_00000',
      backing: '/dev/vg0/web_00000',
      backingKib: 204_800,
      allocatedKib: 0,
      deviceKib: 204_800,
    },
  ])
})

test('progress is no change of state, a role is', () => {
  const report = (text: string) =>
    stateOf(reportResource(source, replicated(), undefined, kernelOf(text), applied))
  expect(report(syncing.replace('out-of-sync:50000', 'out-of-sync:10'))).toBe(report(syncing))
  expect(report(syncing.replace('role:Secondary', 'role:Primary'))).not.toBe(report(syncing))
})

test('drift: what nobody desires is told with its owner, pools are not drift', () => {
  const { owner: _, ...foreign } = lv({ key: 'vg0/backup' })
  const objects = [
    lv(),
    lv({ key: 'vg0/old_00000', owner: 'gone' }),
    foreign,
    lv({ key: 'vg0/thin', isPool: true }),
  ]
  const events = syncing.replaceAll('name:web', 'name:old')
  const files = { '/var/lib/varve.d/old.res': '', '/var/lib/varve.d/web.res': '' }
  const drift = findDrift([present()], inventory({ objects, events, files }))
  expect(drift.map(({ kind, name, detail }) => [kind, name, detail])).toEqual([
    ['configuration', 'old', 'a DRBD configuration that no document desires'],
    ['drbd-resource', 'old', 'up with the minors 1000'],
    ['volume', 'backup', 'not made by Varve, 204800 KiB'],
    ['volume', 'old_00000', 'owned by gone, which no document desires here, 204800 KiB'],
  ])
})

test('a thin pool is as free as its blocks, and says how full its metadata is', () => {
  const pool = { pool: 'fast', provider: 'LVM_THIN' as const, backing: 'vg0/thin', props: {} }
  const thin = lv({
    key: 'vg0/thin',
    isPool: true,
    sizeKib: 1000,
    dataPercent: 25,
    metadataPercent: 7,
  })
  const sizes = new Map([['vg0', { totalKib: 9, freeKib: 1, granularityKib: 4096 }]])
  expect(measurePool(pool, inventory({ objects: [thin], rest: { sizes } }))).toEqual({
    pool: 'fast',
    provider: 'LVM_THIN',
    totalKib: 1000,
    freeKib: 750,
    granularityKib: 4096,
    dataPercent: 25,
    metadataPercent: 7,
  })
  const problem = { kind: 'inactive', text: 'vg0/thin is no active thin pool' }
  expect(measurePool(pool, inventory())).toEqual({ pool: 'fast', provider: 'LVM_THIN', problem })
  const places = new Map()
  expect(measurePool(pool, inventory({ rest: { places } })).problem).toEqual({
    kind: 'missing',
    text: 'vg0 is not there',
  })
})
