import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { machineTime } from '../edge/time.ts'
import { everyPunctual } from './punctual.ts'

test('after a pause of the process the late tick judges nobody, the next ones do again', async () => {
  let ticks = 0
  using _ticking = everyPunctual(machineTime, 20, () => {
    ticks += 1
  })
  const end = performance.now() + 100
  while (performance.now() < end) {
    // The process is busy: no timer runs.
  }
  const before = ticks
  await sleep(1)
  expect(ticks).toBe(before)
  while (ticks === before) await sleep(5)
  expect(ticks).toBeGreaterThan(before)
})
