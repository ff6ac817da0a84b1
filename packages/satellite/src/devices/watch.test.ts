import { subjectsOf } from '@varve/events'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { recordedHost } from '../host/record.ts'
import { watchDevices } from './watch.ts'

/** Plays so many checks of two seconds; `at` is told of each before it is made. */
async function play(checks: number, at: (check: number, files: Map<string, string>) => void) {
  const stop = new AbortController()
  const host = recordedHost({ answer: () => ({ stdout: '{"blockdevices": []}' }) })
  const offered: object[] = []
  let check = 0
  at(check, host.files)
  await watchDevices({
    host,
    node: 'n1',
    subjects: subjectsOf('test'),
    publisher: { offer: (_, message) => offered.push(message), republish: () => undefined },
    source: () => ({ v: 1, node: 'n1', boot: 'b', at: check }),
    clock: {
      now: () => check * 2_000,
      sleep: async () => {
        check += 1
        if (check === checks) stop.abort()
        at(check, host.files)
      },
    },
    log: pino({ level: 'silent' }),
    signal: stop.signal,
  })
  return { looks: host.commands.filter((line) => line.startsWith('lsblk')).length, offered }
}

const events = '/sys/kernel/uevent_seqnum'

test('while nothing happens on the machine its disks are looked at once', async () => {
  const { looks, offered } = await play(1_000, (_, files) => files.set(events, '7\n'))
  expect(looks).toBe(1)
  expect(offered).toHaveLength(1)
})

test('a device that comes, or a mount, is a reason for another look', async () => {
  const { looks } = await play(100, (check, files) => {
    files.set(events, check < 30 ? '7\n' : '8\n')
    files.set('/proc/self/mounts', check < 60 ? '' : '/dev/sdb /srv ext4 rw 0 0\n')
  })
  expect(looks).toBe(3)
})

test('on a machine where something always happens it is looked at every 20 seconds, not more', async () => {
  const { looks } = await play(100, (check, files) => files.set(events, `${check}\n`))
  expect(looks).toBe(10)
})
