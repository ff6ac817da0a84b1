import { isRefusal, nodeOf, poolOf, refusalText, type VarveEvent } from '@varve/events'
import { expect, test } from 'vitest'
import { refuseIncapable, type Wanted } from './capability.ts'
import { countMissing } from './count.ts'
import { able, cluster, definition, GiB, node, pool, propertyEvents, replica } from './given.ts'
import { refuseMixing } from './mixing.ts'

const stack = ['DRBD', 'STORAGE'] as const

function judge(wanted: Partial<Wanted>, events: readonly VarveEvent[] = []): string | undefined {
  const state = cluster(
    [
      node('n1', 10, {
        capabilities: {
          ...able,
          providers: { ZFS: { able: false, reason: 'zfs is not installed' } },
        },
      }),
      node('n2', 10, { drbdKernel: '8.4.11' }),
      node('n3', 10),
    ],
    [...definition('web', GiB), ...events],
  )
  const target = nodeOf(state, 'n1')
  const refusal = target && refuseIncapable(state, target, { layers: stack, ...wanted })
  return refusal && refusalText(refusal)
}

test('a node is refused for a layer or a provider that its satellite cannot do', () => {
  expect(judge({})).toBeUndefined()
  expect(judge({ provider: 'LVM' })).toBeUndefined()
  expect(judge({ provider: 'ZFS' })).toContain('cannot do provider ZFS')
  expect(judge({ layers: ['DRBD', 'LUKS', 'STORAGE'] })).toContain('cannot do layer LUKS')
})

test('a diskless resource needs DRBD and nothing below it', () => {
  expect(judge({ layers: ['DRBD', 'LUKS', 'STORAGE'], kind: 'diskless' })).toBeUndefined()
})

test('beside a node with DRBD 8.4 one more replica is fine, a third or a diskless one is not', () => {
  const of = { definition: 'web' }
  const old = replica('web', 'n2')
  expect(judge(of, old)).toBeUndefined()
  expect(judge({ ...of, kind: 'tie-breaker' }, old)).toContain('neither diskless peers nor')
  expect(judge(of, [...old, ...replica('web', 'n3')])).toContain('at most two replicas; 3 are')
  expect(judge(of, [...old, ...replica('web', 'n3', { kind: 'diskless' })])).toContain(
    'cannot join the diskless peers',
  )
})

test('a pool of another kind than those of the replicas is refused by name', () => {
  const state = cluster(
    [
      node('n1', 10),
      { name: 'n2', pools: [pool(10, { provider: 'FILE' }), pool(10, { name: 'vg' })] },
    ],
    [...definition('web', GiB), ...replica('web', 'n1')],
  )
  const [file, lvm] = [poolOf(state, 'n2', 'data'), poolOf(state, 'n2', 'vg')]
  expect(file && refuseMixing(state, 'web', file)).toMatchObject({
    refused: 'mixed-pools',
    fields: { measured: 'FILE', required: 'LVM' },
  })
  expect(lvm && refuseMixing(state, 'web', lvm)).toBeUndefined()
})

test('what does not hold its place is not counted', () => {
  const nodes = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6'].map((name) =>
    node(name, 10, { pools: [pool(10, name < 'n3' ? { sharedSpace: 'san' } : {})] }),
  )
  const state = cluster(nodes, [
    ...definition('web', GiB),
    ...nodes.flatMap(({ name }) => replica('web', name)),
    ...replica('web', 'n6', { kind: 'tie-breaker' }),
    ...propertyEvents('resource/web/n3', { 'DrbdOptions/SkipDisk': 'True' }),
    { type: 'resource.deletion-started', definition: 'web', node: 'n4', operation: 'o' },
    { type: 'node.deletion-started', node: 'n5', operation: 'o' },
  ])
  const request = { definition: 'web', filter: { placeCount: 9 }, sizeKib: GiB, layers: stack }
  const resources = state.resources.by('definition', 'web')
  const diskful = countMissing(state, request, resources)
  // n1 and n2 share a space and are one replica; n6 is a tie-breaker.
  expect(diskful).toEqual({ existing: 1, needed: 8 })
  const diskless = countMissing(state, { ...request, diskless: true }, resources)
  expect(isRefusal(diskless) ? diskless : diskless.existing).toBe(0)
  expect(countMissing(state, { ...request, ignoreNodes: ['N1', 'n2'] }, resources)).toMatchObject({
    existing: 0,
  })
})
