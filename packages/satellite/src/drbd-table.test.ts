import { expect, test } from 'vitest'
import { createDrbdTable } from './drbd-table.ts'

const peer = 'name:web peer-node-id:1 conn-name:n2 volume:0'

/** 8.4 has no event for a new size: after a peer has grown the device only this is told. */
test('the end of a resync is a reason to look at the machine, its progress is not', () => {
  const table = createDrbdTable()
  for (const line of [
    'exists resource name:web role:Primary suspended:no',
    'exists connection name:web peer-node-id:1 conn-name:n2 connection:Connected role:Secondary',
    'exists device name:web volume:0 minor:1000 disk:UpToDate',
    `exists peer-device ${peer} replication:Established peer-disk:UpToDate`,
    'exists -',
  ]) {
    table.feed(line)
  }
  const change = (state: string) =>
    table.feed(`change peer-device ${peer} replication:${state} peer-disk:Inconsistent`)
  expect(change('SyncSource')).toEqual({ names: ['web'], matters: false })
  expect(change('SyncSource done:50.00')).toEqual({ names: ['web'], matters: false })
  expect(change('Established')).toEqual({ names: ['web'], matters: true })
})
