import { type Args, attempt, type CommandType, evolve } from '@varve/events'
import { gib, TestCluster } from '@varve/testing'
import { expect, test } from 'vitest'
import { autoPlace } from './place.ts'
import type { PlacementRequest } from './request.ts'

const request: PlacementRequest = {
  filter: { placeCount: 2 },
  sizeKib: gib,
  layers: ['DRBD', 'STORAGE'],
}

type Change = { [T in CommandType]: readonly [T, Args<T>] }[CommandType]

test.each<Change>([
  ['node.modify', { node: 'n3', setProps: { AutoplaceTarget: 'false' } }],
  ['controller.modify', { setProps: { AutoplaceTarget: 'false' } }],
  [
    'storage-pool.modify',
    { node: 'n3', pool: 'thin', setProps: { MaxOversubscriptionRatio: '0' } },
  ],
  [
    'storage-pool-definition.modify',
    { pool: 'thin', setProps: { MaxOversubscriptionRatio: '0.001' } },
  ],
  ['storage-pool.delete', { node: 'n3', pool: 'thin' }],
  ['node.delete', { node: 'n3' }],
  ['fact.node-offline', { node: 'n3' }],
])('after %s a placement sees what a controller would see that has just started', (type, args) => {
  const cluster = new TestCluster()
  for (const [index, name] of ['n1', 'n2', 'n3'].entries()) {
    cluster.node(name, { freeKib: (index + 1) * 10 * gib })
  }
  const before = autoPlace(cluster.state, cluster.observed, request)
  // The row pairs them; TypeScript cannot follow that through the call.
  cluster.must(type as 'node.delete', args as Args<'node.delete'>)
  const after = autoPlace(cluster.state, cluster.observed, request)
  expect(after).not.toEqual(before)
  expect(after).toEqual(autoPlace(cluster.refold(), cluster.observed, request))
})

test('what was taken back is not seen any more', () => {
  const cluster = new TestCluster()
  for (const name of ['n1', 'n2', 'n3']) cluster.node(name)
  const before = autoPlace(cluster.state, cluster.observed, request)
  const lose = () => {
    const origin = { entry: 'tried', at: 0, sequence: 0 }
    evolve(cluster.state, { type: 'node.lost', node: 'n1' }, origin)
    return autoPlace(cluster.state, cluster.observed, request)
  }
  expect(attempt(cluster.state, lose, () => false)).not.toEqual(before)
  expect(autoPlace(cluster.state, cluster.observed, request)).toEqual(before)
})
