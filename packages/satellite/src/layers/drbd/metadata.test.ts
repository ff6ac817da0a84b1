import { expect, test } from 'vitest'
import { drbdVolume } from '../../given.ts'
import { dump84, generations9, usableSectors84 } from './metadata.ts'

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

test('every node-id gets its text, the own one last', () => {
  const texts = generations9(drbd({ kind: 'skip-sync' }), 3)
  expect(texts).toHaveLength(32)
  expect(new Set(texts.map((t) => t.nodeId)).size).toBe(32)
  expect(texts.at(-1)).toEqual({ nodeId: 3, text: 'AAAABBBBCCCCDDD0::::1:1' })
})

test('8.4 metadata of the source names its own generation and day 0', async () => {
  const text = dump84(drbd({ kind: 'source', generation: '123' }), 204_800)
  await expect(text).toMatchFileSnapshot('testdata/golden-source-8.4.md')
  expect(dump84(drbd({ kind: 'full-sync' }), 204_800)).toBeUndefined()
})
