import type { Props, Provider, VarveEvent } from '@varve/events'
import { minThinFreeKib, poolOf, spaceOf } from '@varve/events'
import { expect, test } from 'vitest'
import {
  cluster,
  definition,
  GiB,
  type GivenPool,
  node,
  observing,
  pool,
  propertyEvents,
  replica,
} from './given.ts'

function room(
  given: GivenPool,
  { promisedGib = 0, made = true, controller = {}, definitionProps = {} as Props } = {},
) {
  const nodes = [node('n1', 0, { pools: [given] })]
  const state = cluster(nodes, [
    ...definition('web', promisedGib * GiB),
    ...replica('web', 'n1'),
    ...(made ? [deployed('n1')] : []),
    ...propertyEvents('controller', controller),
    { type: 'storage-pool-definition.created', pool: 'data' },
    ...propertyEvents('storage-pool-definition/data', definitionProps),
  ])
  const row = poolOf(state, 'n1', 'data')
  const kib = row && spaceOf(state, observing(nodes), row).roomKib
  return kib === undefined ? undefined : kib / GiB
}
const of = (freeGib: number, provider: Provider, props: Props = {}) =>
  pool(freeGib, { provider, props })

const deployed = (on: string): VarveEvent => ({
  type: 'volume.deployed',
  definition: 'web',
  node: on,
  number: 0,
  sizeKib: GiB,
})

test('a thick pool has its free space, but no more than what is not promised', () => {
  expect(room(of(40, 'LVM'))).toBe(40)
  expect(room(of(40, 'LVM'), { promisedGib: 70 })).toBe(30)
  expect(room(of(40, 'LVM'), { promisedGib: 200 })).toBe(0)
})

test('a volume that is placed but not yet made is taken off the free space of a thick pool', () => {
  expect(room(of(40, 'LVM'), { promisedGib: 30, made: false })).toBe(10)
  expect(room(of(40, 'LVM'), { promisedGib: 30, made: true })).toBe(40)
  expect(room(of(40, 'LVM_THIN'), { promisedGib: 30, made: false })).toBe(800)
})

test('a thin pool may promise twenty times what it has', () => {
  expect(room(of(40, 'ZFS_THIN'))).toBe(800)
  expect(room(of(100, 'ZFS_THIN'), { promisedGib: 1500 })).toBe(500)
})

test('the ratio of the pool comes before that of its definition, then the controller', () => {
  const ratio = (value: string): Props => ({ MaxOversubscriptionRatio: value })
  const thin = (props: Props = {}) => of(40, 'LVM_THIN', props)
  expect(room(thin(), { controller: ratio('2') })).toBe(80)
  expect(room(thin(), { controller: ratio('2'), definitionProps: ratio('3') })).toBe(120)
  const all = { controller: ratio('2'), definitionProps: ratio('3') }
  expect(room(thin(ratio('4')), all)).toBe(160)
  expect(room(of(40, 'LVM'), { controller: ratio('2') })).toBe(80)
})

test('free and total space have ratios of their own', () => {
  const props = {
    MaxFreeCapacityOversubscriptionRatio: '3',
    MaxTotalCapacityOversubscriptionRatio: '1.5',
  }
  expect(room(of(40, 'LVM_THIN', props))).toBe(120)
  expect(room(of(80, 'LVM_THIN', props), { promisedGib: 20 })).toBe(130)
})

test('room is unknown until both numbers are reported, and endless without a disk', () => {
  expect(room({ totalKib: GiB })).toBeUndefined()
  expect(room({ freeKib: GiB })).toBeUndefined()
  expect(room(of(0, 'DISKLESS'))).toBe(Number.POSITIVE_INFINITY)
})

test('pools that share a space share what is promised', () => {
  const shared = pool(50, { sharedSpace: 'san' })
  const nodes = [node('n1', 0, { pools: [shared] }), node('n2', 0, { pools: [shared] })]
  const state = cluster(nodes, [
    ...definition('web', 90 * GiB),
    ...replica('web', 'n1'),
    deployed('n1'),
  ])
  const other = poolOf(state, 'n2', 'data')
  expect(other && spaceOf(state, observing(nodes), other).roomKib).toBe(10 * GiB)
})

test('the reserve of thin pools: percent, size, KiB, or a tenth', () => {
  expect(minThinFreeKib('25%', 1000)).toBe(250)
  expect(minThinFreeKib('2M', 1000)).toBe(2048)
  expect(minThinFreeKib('77', 1000)).toBe(77)
  expect(minThinFreeKib('much', 1000)).toBe(100)
  expect(minThinFreeKib(undefined, 1000)).toBe(100)
})
