import { expect, test } from 'vitest'
import { externalMetadataKib, grossKib, netKib } from './drbd.ts'

const MiB = 1024
const GiB = 1024 ** 2
const TiB = 1024 ** 3

test.each([
  { size: '1 GiB', net: GiB, peers: [1, 7, 31], added: [72, 264, 1032] },
  { size: '10 GiB', net: 10 * GiB, peers: [1, 7, 31], added: [360, 2280, 9968] },
  { size: '100 GiB', net: 100 * GiB, peers: [1, 7, 31], added: [3240, 22444, 99332] },
  { size: '1 TiB', net: TiB, peers: [1, 7, 31], added: [32808, 229464, 1016808] },
  { size: '20 MiB', net: 20 * MiB, peers: [7], added: [44] },
])('internal metadata of $size for $peers peers is $added KiB', ({ net, peers, added }) => {
  expect(peers.map((count) => grossKib(net, count) - net)).toEqual(added)
})

test.each([
  { size: '1 GiB', data: GiB, metadata: 1024 },
  { size: '10 GiB', data: 10 * GiB, metadata: 2276 },
  { size: '1 TiB', data: TiB, metadata: 229412 },
])('external metadata of $size for 7 peers is $metadata KiB', ({ data, metadata }) => {
  expect(externalMetadataKib(data, 7)).toBe(metadata)
})

test('the smallest volume, 4 KiB, needs the smallest device, 68 KiB', () => {
  expect(grossKib(4, 1)).toBe(68)
  expect(netKib(68, 1)).toBeGreaterThanOrEqual(4)
  expect(netKib(32, 1)).toBe(0)
})

test('a pebibyte with 31 peers is still exact: a multiple of 4 KiB that nets what was asked', () => {
  const net = 2 ** 40
  const gross = grossKib(net, 31)
  expect(Number.isSafeInteger(gross)).toBe(true)
  expect(gross % 4).toBe(0)
  expect(netKib(gross, 31)).toBe(net)
})

test('larger bitmap blocks shrink the metadata', () => {
  const fine = grossKib(TiB, 7) - TiB
  const coarse = grossKib(TiB, 7, { bitmapBlockKib: 64 }) - TiB
  expect(coarse).toBeLessThan(fine / 15)
})
