/** Whatever documents, marks and machines look like: nothing is left held, nothing foreign touched. */
import type { DesiredSnapshot } from '@varve/events'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { absent, commands, inventory, lv, owner, replicated, storage } from '../given.ts'
import type { Suspension } from './marker.ts'

const mark = 'ours'
const owners = fc.constantFrom(mark, owner, 'somebody', undefined)

const markers: fc.Arbitrary<Suspension> = fc.record({
  resource: fc.constant('web'),
  snapshot: fc.constant('s1'),
  owner: fc.constantFrom(mark, 'older'),
  state: fc.constantFrom('held', 'lifting', 'failed'),
  sinceMs: fc.nat({ max: 20_000 }),
  minors: fc.constant([1000]),
})

const wanted: fc.Arbitrary<DesiredSnapshot> = fc.record({
  snapshot: fc.constant('s1'),
  owner: fc.constant(mark),
  step: fc.constantFrom('suspend', 'take', 'keep', 'remove'),
  volumes: fc.constantFrom([], [part()]),
})

function part(): DesiredSnapshot['volumes'][number] {
  const { provider, backing, name: source } = storage()
  return { number: 0, provider, backing, source, sourceOwner: owner }
}

const worlds = fc.record({
  wanted: fc.option(wanted, { nil: undefined }),
  marker: fc.option(markers, { nil: undefined }),
  isGoing: fc.boolean(),
  suspended: fc.constantFrom('no', 'user', 'quorum', 'user,quorum'),
  isUp: fc.boolean(),
  source: fc.option(owners, { nil: 'none' }),
  taken: fc.option(owners, { nil: 'none' }),
  isPlaceThere: fc.boolean(),
})

type World = typeof worlds extends fc.Arbitrary<infer T> ? T : never

function planOf(world: World): string[] {
  const object = (key: string, whose: string | undefined) => {
    const { owner: _, ...bare } = lv({ key })
    return whose === 'none' ? [] : [whose === undefined ? bare : { ...bare, owner: whose }]
  }
  const document = replicated(world.wanted ? { snapshots: [world.wanted] } : {})
  const up = `
    exists resource name:web role:Primary suspended:${world.suspended}
    exists device name:web volume:0 minor:1000 disk:UpToDate size:200000
    exists -`
  const seen = inventory({
    drbd: '9.2.18',
    objects: [...object('vg0/web_00000', world.source), ...object('vg0/web_00000_s1', world.taken)],
    events: world.isUp ? up : 'exists -',
    rest: {
      uptimeMs: 20_000,
      suspensions: new Map(world.marker ? [['web@s1', world.marker]] : []),
      ...(world.isPlaceThere ? {} : { places: new Map() }),
    },
  })
  return commands(world.isGoing ? absent(document) : document, seen)
}

test('what carries no mark of this snapshot is never removed, and nothing is made over it', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const plan = planOf(world).join('\n')
      if (/lvremove .*web_00000_s1/.test(plan)) expect(world.taken).toBe(mark)
      if (/lvcreate .*web_00000_s1/.test(plan)) {
        expect(world).toMatchObject({ taken: 'none', source: owner })
      }
    }),
    { numRuns: 5000 },
  )
})

test('what nobody asks to be held goes on before anything else is done', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const { marker, wanted: asked, isGoing } = world
      if (marker?.state !== 'held' && marker?.state !== 'lifting') return
      const step = asked?.owner === marker.owner && !isGoing ? asked.step : undefined
      const isAsked = marker.state === 'held' && (step === 'suspend' || step === 'take')
      const plan = planOf(world)
      if (isAsked) expect(plan.join('\n')).not.toMatch(/adjust|drbdsetup down|resize|lvremove/)
      else expect(plan[0]).toBe('drbdsetup resume-io 1000')
    }),
    { numRuns: 500 },
  )
})

test('nothing is held without a marker, nor again after it has failed, nor for what is going', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const plan = planOf(world)
      const at = plan.indexOf('drbdadm suspend-io web')
      if (at < 0) return
      const isMarked = plan.slice(0, at).includes('write /run/varve.d/web@s1')
      expect(isMarked || world.marker?.state === 'held').toBe(true)
      expect(world.marker?.state === 'failed' && world.marker.owner === mark).toBe(false)
      expect(world.isGoing).toBe(false)
      expect(world.wanted?.step).toBe('suspend')
    }),
    { numRuns: 500 },
  )
})

test('without a marker nothing is let go on: what an operator holds stays held', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      if (world.marker) return
      expect(planOf(world).join('\n')).not.toMatch(/resume-io/)
    }),
    { numRuns: 500 },
  )
})
