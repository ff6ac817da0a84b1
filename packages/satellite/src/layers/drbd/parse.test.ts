import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createDrbdTable } from '../../drbd-table.ts'
import { parseEventLine, parseEvents } from './parse.ts'

const read = (name: string) => readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8')

test('DRBD 9: a primary that lost its quorum', () => {
  const { resources, complete } = parseEvents(read('drbd-9.2.18-quorum-lost.events2.txt'))
  const r0 = resources.get('r0')
  expect(complete).toBe(true)
  expect(r0).toMatchObject({ role: 'Primary', suspended: 'quorum' })
  expect(r0?.volumes.get(0)).toEqual({
    number: 0,
    minor: 1000,
    disk: 'UpToDate',
    sizeKib: 208_896,
    backing: '/dev/vg0/r0_00000',
    client: false,
    quorum: false,
  })
  expect([...(r0?.connections.values() ?? [])].map((c) => [c.name, c.state])).toEqual([
    ['n3', 'Connecting'],
    ['n2', 'Connecting'],
  ])
})

test('DRBD 9: four nodes, two of them diskless', () => {
  const { resources } = parseEvents(read('drbd-9.2.18-client.events2.txt'))
  const connections = [...(resources.get('r0')?.connections.values() ?? [])]
  expect(connections.map((c) => [c.nodeId, c.name, c.volumes.get(0)?.peerDisk])).toEqual([
    [3, 'n4', 'Diskless'],
    [2, 'n3', 'Diskless'],
    [1, 'n2', 'UpToDate'],
  ])
})

test('DRBD 8.4: a resync and its blocks still to go', () => {
  const { resources } = parseEvents(read('drbd-8.4.11-syncing.events2.txt'))
  const peer = resources.get('r0')?.connections.get(0)
  expect(peer).toMatchObject({ name: 'peer', state: 'Connected', role: 'Secondary' })
  expect(peer?.volumes.get(0)).toEqual({
    number: 0,
    replication: 'SyncSource',
    peerDisk: 'Inconsistent',
    outOfSyncKib: 188_372,
  })
  expect(resources.get('r0')?.volumes.get(1)).toEqual({
    number: 1,
    minor: 1001,
    disk: 'UpToDate',
    sizeKib: 102_360,
  })
})

test('DRBD 8.4: after a split brain the connection has lost its name', () => {
  const { resources } = parseEvents(read('drbd-8.4.11-split-brain.events2.txt'))
  const connection = resources.get('r0')?.connections.get(0)
  expect(connection?.state).toBe('StandAlone')
  expect(connection?.name).toBeUndefined()
})

test.each(['drbd-9.2.18-follow.events2.txt', 'drbd-8.4.11-follow.events2.txt'])(
  '%s: following a whole life ends with nothing left',
  (name) => {
    const table = createDrbdTable()
    const disks = new Set<string>()
    for (const line of read(name).split('\n')) {
      table.feed(line)
      const disk = table.get('r0')?.volumes.get(0)?.disk
      if (disk) disks.add(disk)
    }
    expect(disks).toContain('Diskless')
    expect(disks).toContain('Inconsistent')
    expect(disks).toContain('UpToDate')
    expect(table.isLive()).toBe(true)
    expect(table.get('r0')).toBeUndefined()
    expect([...table.lostDisks]).toEqual([])
  },
)

test('the percentage goes with the resync it belongs to', () => {
  const lines = [
    'exists resource name:web role:Secondary',
    'change peer-device name:web peer-node-id:1 conn-name:n2 volume:0 replication:SyncTarget done:12.50',
    'change peer-device name:web peer-node-id:1 conn-name:n2 volume:0 done:98.04',
  ]
  const done = (text: string) =>
    parseEvents(text).resources.get('web')?.connections.get(1)?.volumes.get(0)?.done
  expect(done(lines.join('\n'))).toBe(98.04)
  const ended = 'change peer-device name:web peer-node-id:1 volume:0 replication:Established'
  expect(done([...lines, ended].join('\n'))).toBeUndefined()
})

test('a failed disk is remembered as lost until one is attached again', () => {
  const table = createDrbdTable()
  const feed = (text: string) => table.feed(text)
  feed('exists resource name:web role:Primary')
  feed('exists device name:web volume:0 minor:1000 disk:UpToDate')
  expect(feed('exists -')).toEqual({ names: ['web'], matters: true })
  feed('change device name:web volume:0 minor:1000 disk:Failed')
  expect(feed('change device name:web volume:0 minor:1000 disk:Diskless').matters).toBe(true)
  expect([...table.lostDisks]).toEqual(['web/0'])
  feed('change device name:web volume:0 minor:1000 disk:Attaching')
  expect([...table.lostDisks]).toEqual([])
})

test.each([
  'call helper name:r0 peer-node-id:0 conn-name:peer volume:0 minor:1000 helper:before-resync-target',
  'exists path name:r0 peer-node-id:1 local:ipv4:10.9.0.1:7000 peer:ipv4:10.9.0.2:7000 established:no',
  'rename resource name:r0 new_name:r1',
  'change teapot name:r0 volume:0',
  'nonsense',
  '',
])('what we do not know is skipped: %j', (line) => {
  expect(parseEventLine(line)).toBeUndefined()
})

test('a dump that was cut off is not complete', () => {
  const text = read('drbd-9.2.18-client.events2.txt').split('\n').slice(0, 4).join('\n')
  expect(parseEvents(text).complete).toBe(false)
})
