import { expect, test } from 'vitest'
import { drbdVolume } from '../../given.ts'
import { dump9, dump84, externalSectors84, usableSectors84 } from './metadata.ts'

const drbd = (start: NonNullable<ReturnType<typeof drbdVolume>['drbd']>['start']) => {
  const volume = drbdVolume({ start, day0: '0xaaaabbbbccccddd0' }).drbd
  if (!volume) throw new Error('the fixture has a DRBD part')
  return volume
}

// Seen with drbdmeta 9.22 and the kernel's 8.4.11 on devices of these sizes.
test.each([
  [204_800, 409_512],
  [303_104, 606_112],
])('8.4 uses of a device of %i KiB %i sectors', (deviceKib, sectors) => {
  expect(usableSectors84(deviceKib)).toBe(sectors)
})

test('with external metadata 8.4 uses all of a device, as far as the bitmap reaches', () => {
  // As the kernel said of 64 MiB beside 4 MiB.
  expect(externalSectors84(65_536, 4096)).toBe(131_072)
  expect(externalSectors84(2 ** 30, 4096)).toBe(4060 * 1024 * 8 * 4 * 2)
})

test('9 metadata has a slot for every node-id; the source bases each of them on day 0', async () => {
  const text = dump9(drbd({ kind: 'source', generation: '123' }), 7) ?? ''
  await expect(text).toMatchFileSnapshot('testdata/golden-source-9.md')
  expect(text.match(/bitmap-uuid 0xAAAABBBBCCCCDDD0;/g)).toHaveLength(32)
  expect(dump9(drbd({ kind: 'full-sync' }), 7)).toBeUndefined()
})

test('8.4 metadata of the source names its own generation and day 0', async () => {
  const text = dump84(drbd({ kind: 'source', generation: '123' }), usableSectors84(204_800))
  await expect(text).toMatchFileSnapshot('testdata/golden-source-8.4.md')
  expect(dump84(drbd({ kind: 'full-sync' }), 409_512)).toBeUndefined()
})
