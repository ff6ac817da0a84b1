/** The reconciler while a file system is still to be made: applying, not failed, and no busy loop. */
import { afterEach, expect, test, vi } from 'vitest'
import { createDrbdTable } from '../drbd-table.ts'
import type { Entry } from '../entry.ts'
import { drbdVolume, owner, replicated } from '../given.ts'
import { lvmMachine, manualClock, silent } from '../given-machine.ts'
import { renderConfig } from '../layers/drbd/config.ts'
import { backupPath, resPath } from '../layers/drbd/paths.ts'
import type { DrbdDocument } from '../layers/drbd/steps.ts'
import { Reconciler } from '../reconciler.ts'

let stop = new AbortController()
afterEach(() => stop.abort())

const format = { type: 'ext4' as const, params: [] }
const document = replicated({ volumes: [{ ...drbdVolume(), format }] })

/** `web` is up; its disk is as `disk` says. */
function given(disk: string) {
  const machine = lvmMachine()
  machine.lvs.set('vg0/web_00000', { tags: [`varve:${owner}`], kib: 204_800 })
  const devices = new Map([[0, '/dev/vg0/web_00000']])
  // The type follows from `replicated`: it has a DRBD part.
  const text = renderConfig({ document: document as DrbdDocument, devices, is84: false })
  for (const path of [resPath('web'), backupPath('web')]) machine.files.set(path, text)
  machine.files.set('/sys/module/drbd/version', '9.2.18\n')
  const seen = { disk, role: 'Secondary', hasFileSystem: false }
  machine.intercept = ([tool = '', verb = '']) => {
    const type = seen.hasFileSystem ? [{ type: 'ext4' }] : []
    switch (tool) {
      case 'drbdsetup':
        return { stdout: eventsOf(seen) }
      case 'drbdadm':
        seen.role = verb === 'primary' ? 'Primary' : 'Secondary'
        return {}
      case 'wipefs':
        return { stdout: JSON.stringify({ signatures: type }) }
      case 'blkid':
        return seen.hasFileSystem ? { stdout: 'TYPE=ext4\n' } : { exitCode: 2 }
      case 'dd':
        return {}
      case 'mkfs.ext4':
        seen.hasFileSystem = true
        return {}
      default:
        return undefined
    }
  }
  const clock = manualClock()
  stop = new AbortController()
  const entries: Entry['progress'][] = []
  const reconciler = new Reconciler({
    ...{ host: machine, clock, log: silent, signal: stop.signal, table: createDrbdTable() },
    parallel: 1,
    beforeRound: () => Promise.resolve(),
    onEntry: ({ progress }) => entries.push(progress),
    onInventory: () => {},
  })
  void reconciler.run()
  const looks = () => machine.commands.filter((line) => line.startsWith('lvs')).length
  const status = () => reconciler.entries.get('web')?.progress.status
  const until = (check: () => void) => vi.waitFor(check, { interval: 2 })
  return { machine, clock, reconciler, seen, entries, looks, status, until }
}

const eventsOf = ({ disk, role }: { disk: string; role: string }) => `
exists resource name:web role:${role} suspended:no
exists connection name:web peer-node-id:1 conn-name:n2 connection:Connected role:Secondary
exists device name:web volume:0 minor:1000 backing_dev:/dev/vg0/web_00000 disk:${disk} client:no quorum:yes size:200000
exists peer-device name:web peer-node-id:1 conn-name:n2 volume:0 replication:Established peer-disk:UpToDate
exists -
`

test('while its disk is not UpToDate it is applying, looked at once a second; then it is made', async () => {
  const { clock, reconciler, seen, entries, looks, status, until } = given('Inconsistent')
  reconciler.setDocument(document)
  await until(() => expect(entries).not.toEqual([]))
  for (const count of [2, 3]) {
    clock.advance(999)
    await new Promise((resolve) => setImmediate(resolve))
    expect(looks()).toBe(count - 1)
    clock.advance(1)
    await until(() => expect(looks()).toBe(count))
    await until(() => expect(entries).toHaveLength(count))
  }
  expect(entries.map((each) => each.status)).toEqual(Array(3).fill('applying'))
  expect(entries.every(({ failure }) => failure === undefined)).toBe(true)
  seen.disk = 'UpToDate'
  clock.advance(1_000)
  await until(() => expect(status()).toBe('applied'))
  expect(seen).toMatchObject({ hasFileSystem: true, role: 'Secondary' })
})

test('what was made is not looked at again, whatever else happens', async () => {
  const { machine, reconciler, seen, status, until } = given('UpToDate')
  reconciler.setDocument(document)
  await until(() => expect(status()).toBe('applied'))
  const looked = () => machine.commands.filter((line) => line.startsWith('wipefs')).length
  const before = looked()
  seen.role = 'Primary'
  reconciler.setDocument({ ...document, from: 11 })
  await until(() => expect(reconciler.entries.get('web')?.progress.applied.from).toBe(11))
  expect(looked()).toBe(before)
})
