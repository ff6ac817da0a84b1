import fc from 'fast-check'
import { expect, test } from 'vitest'
import { leftMs, oneLine, readSuspension, type Suspension, suspensionText } from './marker.ts'

const suspensions: fc.Arbitrary<Suspension> = fc.record(
  {
    resource: fc.constant('web'),
    snapshot: fc.constant('s1'),
    owner: fc.stringMatching(/^[A-Z0-9]{26}$/),
    state: fc.constantFrom('held', 'lifting', 'failed'),
    sinceMs: fc.nat(),
    minors: fc.array(fc.nat({ max: 1_048_575 }), { maxLength: 8 }),
    problem: fc.string({ minLength: 1 }).map(oneLine).filter(Boolean),
  },
  { requiredKeys: ['resource', 'snapshot', 'owner', 'state', 'sinceMs', 'minors'] },
)

test('a marker is read as it was written, whatever tools have said', () => {
  fc.assert(
    fc.property(suspensions, (suspension) => {
      expect(readSuspension('web@s1', suspensionText(suspension))).toEqual(suspension)
    }),
  )
})

test('whatever else lies there is no marker, and is read without harm', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (name, text) => {
      expect(readSuspension(name, text)).toBeUndefined()
    }),
  )
})

test('nothing is held for longer than the limit, whatever the clock does', () => {
  const held = { sinceMs: 5_000 } as Suspension // Nothing else counts here.
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000 }), (nowMs) => {
      const left = leftMs(held, nowMs, 10_000)
      expect(left).toBeLessThanOrEqual(10_000)
      if (nowMs < 5_000 || nowMs >= 15_000) expect(left).toBe(0)
    }),
  )
})
