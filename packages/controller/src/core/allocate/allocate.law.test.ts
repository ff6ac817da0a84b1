import { evolve, isRefusal, type State } from '@varve/events'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { definition, stateOf } from './given.ts'
import { allocateMinor } from './minor.ts'
import { allocateNodeId } from './node-id.ts'
import { allocatePorts } from './port.ts'

type Step = { readonly create: boolean; readonly definition: number; readonly node: number }
const steps = fc.array(
  fc.record({
    create: fc.boolean(),
    definition: fc.integer({ min: 0, max: 3 }),
    node: fc.integer({ min: 0, max: 3 }),
  }),
  { maxLength: 60 },
)
const origin = { entry: 'e', at: 1, sequence: 1 }
const numbers = (n: number) => Array.from({ length: n }, (_, i) => i)

/** Creates and deletes resources with the numbers that the allocators give. */
function run(state: State, { create, definition: d, node: n }: Step): void {
  const name = { definition: `rsc${d}`, node: `n${n}` }
  if (!create) {
    evolve(state, { type: 'resource.deleted', ...name }, origin)
    return
  }
  if (state.resources.has(`rsc${d}/n${n}`)) return
  const ports = allocatePorts(state, name)
  const nodeId = allocateNodeId(state, name.definition)
  if (isRefusal(ports) || isRefusal(nodeId)) return
  const retired = state.definitions.get(name.definition)?.retired ?? []
  expect(retired.map((row) => row.nodeId)).not.toContain(nodeId)
  evolve(
    state,
    { type: 'resource.created', ...name, kind: 'diskful', ports: [...ports], nodeId },
    origin,
  )
}

function cluster(range: string, blocked: string): State {
  const state = stateOf(numbers(4).map((d) => definition(`rsc${d}`)))
  for (const n of numbers(4)) {
    evolve(state, { type: 'node.created', node: `n${n}`, kind: 'Satellite' }, origin)
  }
  const own = { type: 'property.set', of: 'node/n0', key: 'TcpPortsBlocked' } as const
  evolve(state, { ...own, value: blocked }, origin)
  const all = { type: 'property.set', of: 'controller', key: 'TcpPortAutoRange' } as const
  evolve(state, { ...all, value: range }, origin)
  return state
}

test('no port has two holders on a node, none is blocked, no node-id has two holders', () => {
  fc.assert(
    fc.property(steps, (story) => {
      const state = cluster('7000-7001, 7004-7006', '7000, 7005')
      for (const step of story) run(state, step)
      for (const n of numbers(4)) {
        const ports = state.resources.by('node', `n${n}`).flatMap((row) => row.ports)
        expect(new Set(ports).size).toBe(ports.length)
        if (n === 0) expect(ports.filter((port) => port === 7000 || port === 7005)).toEqual([])
      }
      for (const d of numbers(4)) {
        const ids = state.resources.by('definition', `rsc${d}`).map((row) => row.nodeId)
        expect(new Set(ids).size).toBe(ids.length)
      }
    }),
  )
})

test('without peers and preferences a port is the lowest free one of the range', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 7000, max: 7012 })), (used) => {
      const state = cluster('7002-7005, 7008-7010', '7003, 7009')
      const event = { type: 'resource.created', definition: 'rsc0', node: 'n0' } as const
      evolve(state, { ...event, kind: 'diskful', ports: used }, origin)
      const free = [7002, 7004, 7005, 7008, 7010].find((port) => !used.includes(port))
      const given = allocatePorts(state, { definition: 'rsc1', node: 'n0' })
      if (free === undefined) expect(given).toMatchObject({ refused: 'ports-exhausted' })
      else expect(given).toEqual([free])
    }),
  )
})

test('a minor is the lowest free one of the range, and is never given twice', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 12 })), fc.nat(12), (used, wanted) => {
      const state = stateOf([
        { type: 'property.set', of: 'controller', key: 'MinorNrAutoRange', value: '2-4, 7-9' },
      ])
      for (const [number, minor] of used.entries()) {
        evolve(
          state,
          { type: 'volume-definition.created', definition: 'web', number, sizeKib: 4, minor },
          origin,
        )
      }
      const free = [2, 3, 4, 7, 8, 9].find((minor) => !used.includes(minor))
      expect(allocateMinor(state)).toEqual(
        free ?? expect.objectContaining({ refused: 'minors-exhausted' }),
      )
      expect(isRefusal(allocateMinor(state, wanted))).toBe(used.includes(wanted))
    }),
  )
})
