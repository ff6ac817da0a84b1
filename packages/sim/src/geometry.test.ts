/** What satellites say of devices, on simulated machines. */
import { createGeometryTable } from '@varve/satellite/testing'
import { afterEach, expect, test } from 'vitest'
import type { ManualClock } from './clock.ts'
import { cluster, deploy } from './given.ts'

const stop = new AbortController()
afterEach(() => stop.abort())

test('whoever asks hears of it once it has been read, and again when links have changed', async () => {
  const each = cluster(2)
  const [n1] = each.hosts
  if (!n1) throw new Error('one host')
  await deploy(each)
  const heard: string[] = []
  let wake = () => {}
  const table = createGeometryTable({
    host: n1.host,
    clock: { now: each.clock.now, sleep: (ms, signal) => sleep(each.clock, ms, signal) },
    log: { debug: fails, info: fails, warn: fails, error: fails },
    signal: stop.signal,
    onChange: (resource) => {
      heard.push(resource)
      wake()
    },
  })
  const next = () =>
    new Promise<void>((resolve) => {
      wake = resolve
    })
  const running = table.run()
  expect(table.of('/dev/vg0/web_00000', 'web')).toBeUndefined()
  await next()
  expect(table.of('/dev/vg0/web_00000', 'web')).toMatchObject({
    geometry: { logicalBlockBytes: 512, minimumIoBytes: 65_536, discardGranularityBytes: 65_536 },
    symlinks: ['/dev/mapper/vg0-web_00000', '/dev/vg0/web_00000'],
  })
  table.of('/dev/drbd1000', 'web')
  await next()
  expect(table.peek('/dev/drbd1000')?.symlinks).toEqual(['/dev/drbd/by-res/web/0'])
  await each.tool(n1, 'drbdadm', 'down', 'web')
  await each.tool(n1, 'wipefs', '--all', '/dev/vg0/web_00000')
  n1.machine.disks.get('sdb')?.signatures.push({ type: 'x', offset: 0, magic: '', uuid: '' })
  const gone = next()
  each.clock.advance(20_000)
  await gone
  expect(table.peek('/dev/drbd1000')).toBeUndefined()
  expect(heard).toEqual(['web', 'web', 'web'])
  stop.abort()
  await running
})

function sleep(clock: ManualClock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve)
    const end = () => {
      cancel()
      resolve()
    }
    signal?.addEventListener('abort', end, { once: true })
  })
}

function fails(...words: unknown[]): never {
  throw new Error(JSON.stringify(words))
}
