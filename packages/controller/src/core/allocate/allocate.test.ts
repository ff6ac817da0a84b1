import { evolve, type VarveEvent } from '@varve/events'
import { expect, test } from 'vitest'
import { definition, stateOf } from './given.ts'
import { allocateMinor } from './minor.ts'
import { allocateNodeId } from './node-id.ts'
import { checkPeerSlots, peerSlotsFor } from './peer-slots.ts'
import { allocatePorts } from './port.ts'
import { allocateVolumeNumber } from './volume-number.ts'

const node = (name: string): VarveEvent => ({ type: 'node.created', node: name, kind: 'Satellite' })
const set = (of: 'controller' | `node/${string}`, key: string, value: string): VarveEvent => ({
  type: 'property.set',
  of,
  key,
  value,
})
const resource = (on: string, more: object = {}): VarveEvent => ({
  type: 'resource.created',
  definition: 'web',
  node: on,
  kind: 'diskful',
  ...more,
})
const volume = (number: number, minor?: number): VarveEvent => ({
  type: 'volume-definition.created',
  definition: 'web',
  number,
  sizeKib: 1024,
  ...(minor === undefined ? {} : { minor }),
})
const someone = { entry: 'e', at: 1, sequence: 1 }

test('the first volume has minor 1000, the next 1001; a removed one leaves its minor free', () => {
  const state = stateOf([definition('web')])
  expect(allocateMinor(state)).toBe(1000)
  evolve(state, volume(0, 1000), someone)
  evolve(state, volume(1, 1001), someone)
  expect(allocateMinor(state)).toBe(1002)
  evolve(
    state,
    { type: 'volume-definition.deleted', definition: 'web', number: 0 },
    { entry: 'e', at: 2, sequence: 2 },
  )
  expect(allocateMinor(state)).toBe(1000)
})

test('a minor asked for is given also outside the range, and refused with its holder when used', () => {
  const state = stateOf([definition('web'), volume(3, 77)])
  expect(allocateMinor(state, 76)).toBe(76)
  expect(allocateMinor(state, 77)).toMatchObject({
    refused: 'minor-used',
    fields: { measured: 77, holder: 'volume 3 of web' },
  })
})

test('minors come from all parts of the range; when it is used up the refusal names it', () => {
  const state = stateOf([set('controller', 'MinorNrAutoRange', '20, 5 - 6'), definition('web')])
  for (const [number, minor] of [5, 6, 20].entries()) {
    expect(allocateMinor(state)).toBe(minor)
    evolve(state, volume(number, minor), someone)
  }
  expect(allocateMinor(state)).toMatchObject({
    refused: 'minors-exhausted',
    fields: { required: '5-6, 20' },
  })
})

test('a range of which nothing is usable gives way to the default range', () => {
  expect(allocateMinor(stateOf([set('controller', 'MinorNrAutoRange', '9-1')]))).toBe(1000)
})

test('a newcomer gets the port of its peers though a lower one is free on its node', () => {
  const state = stateOf([
    node('n1'),
    node('n2'),
    definition('other'),
    definition('web'),
    { type: 'resource.created', definition: 'other', node: 'n1', kind: 'diskful', ports: [7000] },
    resource('n1', { ports: [7001] }),
  ])
  expect(allocatePorts(state, { definition: 'web', node: 'N2' })).toEqual([7001])
})

test('the preferred port comes before that of peers, unless it is taken or blocked', () => {
  const state = stateOf([node('n1'), node('n2'), definition('web', 7500)])
  expect(allocatePorts(state, { definition: 'web', node: 'n1' })).toEqual([7500])
  evolve(state, set('node/n1', 'TcpPortsBlocked', '7000-7001, 7500'), someone)
  expect(allocatePorts(state, { definition: 'web', node: 'n1' })).toEqual([7002])
  expect(allocatePorts(state, { definition: 'web', node: 'n2' })).toEqual([7500])
})

test('the range of a node comes before that of the controller', () => {
  const state = stateOf([
    node('n1'),
    node('n2'),
    definition('web'),
    set('controller', 'TcpPortAutoRange', '8000-8001'),
    set('node/n1', 'TcpPortAutoRange', '9000'),
  ])
  expect(allocatePorts(state, { definition: 'web', node: 'n1' })).toEqual([9000])
  expect(allocatePorts(state, { definition: 'web', node: 'n2', count: 2 })).toEqual([8000, 8001])
  expect(allocatePorts(state, { definition: 'web', node: 'n1', count: 2 })).toMatchObject({
    refused: 'ports-exhausted',
    fields: { subject: 'n1', required: '9000' },
  })
})

test('ports asked for are all given, filled up to the count, or refused', () => {
  const state = stateOf([node('n1'), definition('web'), resource('n1', { ports: [7000] })])
  const request = { definition: 'next', node: 'n1' }
  expect(allocatePorts(state, { ...request, ports: [7005, 7002] })).toEqual([7002, 7005])
  expect(allocatePorts(state, { ...request, ports: [7001], count: 3 })).toEqual([7001, 7002, 7003])
  expect(allocatePorts(state, { ...request, ports: [7000] })).toMatchObject({
    refused: 'port-used',
    fields: { measured: 7000, subject: 'n1' },
  })
  evolve(state, set('node/n1', 'TcpPortsBlocked', '7009'), someone)
  expect(allocatePorts(state, { ...request, ports: [7009] })).toMatchObject({
    refused: 'port-used',
  })
})

test('the node-id of a removed replica is not given again before its peers forgot it', () => {
  const state = stateOf([
    definition('web'),
    resource('n1', { nodeId: 0 }),
    resource('n2', { nodeId: 1 }),
  ])
  evolve(state, { type: 'resource.deleted', definition: 'web', node: 'n2' }, someone)
  expect(allocateNodeId(state, 'web')).toBe(2)
  expect(allocateNodeId(state, 'web', 1)).toMatchObject({ refused: 'node-id-used' })
  evolve(state, { type: 'peer.forgotten', definition: 'web', node: 'n1', nodeId: 1 }, someone)
  expect(allocateNodeId(state, 'web')).toBe(1)
})

test('all 32 node-ids taken is a refusal', () => {
  const resources = Array.from({ length: 32 }, (_, nodeId) => resource(`n${nodeId}`, { nodeId }))
  const state = stateOf([definition('web'), ...resources])
  expect(allocateNodeId(state, 'web')).toMatchObject({ refused: 'node-ids-exhausted' })
})

test('volume numbers fill gaps; a number asked for twice is refused', () => {
  const state = stateOf([definition('web'), volume(0), volume(2)])
  expect(allocateVolumeNumber(state, 'web')).toBe(1)
  expect(allocateVolumeNumber(state, 'web', 9)).toBe(9)
  expect(allocateVolumeNumber(state, 'web', 2)).toMatchObject({ refused: 'exists' })
  expect(allocateVolumeNumber(stateOf([]), 'web')).toBe(0)
})

test('peer slots: asked for, then the property, then 7; what is no number from 1 to 31 is not used', () => {
  const state = stateOf([set('controller', 'PeerSlotsNewResource', '5')])
  expect(peerSlotsFor(state, { group: 'g', wanted: 3 })).toBe(3)
  expect(peerSlotsFor(state, { group: 'g' })).toBe(5)
  expect(peerSlotsFor(state, { group: 'g', props: { PeerSlotsNewResource: '9' } })).toBe(9)
  expect(peerSlotsFor(state, { group: 'g', props: { PeerSlotsNewResource: '32' } })).toBe(7)
  expect(peerSlotsFor(stateOf([]), { group: 'g' })).toBe(7)
})

test('a replica more is refused when the newcomer or an existing one has no slot for it', () => {
  const slots = (peerSlots: number): VarveEvent => ({
    type: 'resource-definition.peer-slots-changed',
    definition: 'web',
    peerSlots,
  })
  const state = stateOf([
    definition('web'),
    resource('n1', { peerSlots: 1 }),
    { type: 'resource.created', definition: 'web', node: 'n9', kind: 'tie-breaker' },
  ])
  expect(checkPeerSlots(state, 'web')).toBeUndefined()
  evolve(state, resource('n2', { peerSlots: 7 }), someone)
  expect(checkPeerSlots(state, 'web')).toMatchObject({
    refused: 'peer-slots-exhausted',
    fields: { subject: 'The replica on node n1', measured: 1, required: 2 },
  })
  expect(checkPeerSlots(state, 'web', { except: 'N1' })).toBeUndefined()
  evolve(state, slots(1), someone)
  expect(checkPeerSlots(state, 'web')).toMatchObject({ fields: { subject: 'web', measured: 1 } })
})
