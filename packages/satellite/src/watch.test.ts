import { expect, test, vi } from 'vitest'
import { createDrbdTable } from './drbd-table.ts'
import { manualClock, silent } from './given-machine.ts'
import { recordedHost } from './host/record.ts'
import { watchDrbd } from './watch.ts'

const dump = [
  'exists resource name:web role:Secondary suspended:no',
  'exists device name:web volume:0 minor:1000 disk:Diskless',
  'exists resource name:db role:Secondary suspended:no',
  'exists -',
]

/** A follower that prints the lines of each batch at once, then dies. */
async function watched(...batches: readonly (readonly string[])[]) {
  const stop = new AbortController()
  const table = createDrbdTable()
  const told: string[] = []
  async function* follow() {
    for (const [index, batch] of batches.entries()) {
      if (index > 0) await new Promise((resolve) => setImmediate(resolve))
      yield* batch
    }
  }
  const host = recordedHost({
    answer: () => undefined,
    files: { '/sys/module/drbd/version': '9.2.18\n' },
    follow,
  })
  const onChange = (names: readonly string[], matters: boolean) => {
    const disk = table.get('web')?.volumes.get(0)?.disk
    told.push(`${names.join(' ')}: ${disk}${matters ? ', look' : ''}`)
    if (told.length === batches.length) stop.abort()
  }
  const clock = manualClock()
  await watchDrbd({ host, clock, log: silent, signal: stop.signal, table, onChange })
  await vi.waitFor(() => expect(told).toHaveLength(batches.length))
  return told
}

test('what comes together is told once, in its last state', async () => {
  const change = (disk: string) => `change device name:web volume:0 minor:1000 disk:${disk}`
  const told = await watched(dump, [change('Attaching'), change('Negotiating'), change('UpToDate')])
  expect(told).toEqual(['web db: Diskless, look', 'web: UpToDate'])
})

test('the last words of a follower that died are told before they are forgotten', async () => {
  const lost = 'change device name:web volume:0 minor:1000 disk:Diskless'
  const told = await watched([...dump, 'change resource name:db role:Primary', lost])
  expect(told).toEqual(['web db: Diskless, look'])
})
