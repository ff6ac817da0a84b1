import fc from 'fast-check'
import { expect, test } from 'vitest'
import { firstFailing } from './first-failing.ts'

test('a fault that stays is found exactly, wherever it was planted', async () => {
  const logs = fc.integer({ min: 2, max: 100_000 })
  await fc.assert(
    fc.asyncProperty(logs, fc.nat(), async (length, place) => {
      const fault = 2 + (place % (length - 1))
      let looks = 0
      const look = async (sequence: number) => {
        looks += 1
        return { sequence, holds: sequence < fault }
      }
      const found = await firstFailing(look, await look(1), await look(length))
      expect(found.sequence).toBe(fault)
      expect(looks).toBeLessThan(100)
    }),
  )
})

test('of what comes and goes, what is found has just begun', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 300 }), async (middle) => {
      const holds = [true, true, ...middle, false]
      const look = async (sequence: number) => ({ sequence, holds: holds[sequence] === true })
      const found = await firstFailing(look, await look(1), await look(holds.length - 1))
      expect([holds[found.sequence - 1], holds[found.sequence]]).toEqual([true, false])
    }),
  )
})
