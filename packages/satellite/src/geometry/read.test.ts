import { expect, test } from 'vitest'
import { recordedHost } from '../host/record.ts'
import { readDevice } from './read.ts'

const queue = '/sys/class/block/dm-4/queue'

/** As kernel 6.1 and systemd 252 have them for a thin volume. */
const thin = {
  '/dev/dm-4': '',
  '/sys/class/block/dm-4/dev': '254:4\n',
  [`${queue}/logical_block_size`]: '512\n',
  [`${queue}/physical_block_size`]: '512\n',
  [`${queue}/minimum_io_size`]: '65536\n',
  [`${queue}/optimal_io_size`]: '65536\n',
  [`${queue}/discard_granularity`]: '65536\n',
  [`${queue}/discard_max_bytes`]: '17179869184\n',
  '/run/udev/data/b254:4': `S:mapper/vg-a
S:disk/by-id/dm-name-vg-a
I:119042
E:DM_UDEV_PRIMARY_SOURCE_FLAG=1
S:vg/a
G:systemd
`,
}

const host = (files: Record<string, string>) =>
  recordedHost({
    files,
    answer: () => {
      throw new Error('no process is needed for this')
    },
  })

test('limits of a device and the names that udev has given it', async () => {
  expect(await readDevice(host(thin), '/dev/dm-4')).toEqual({
    identity: 'dm-4 254:4',
    geometry: {
      logicalBlockBytes: 512,
      physicalBlockBytes: 512,
      minimumIoBytes: 65_536,
      optimalIoBytes: 65_536,
      discardGranularityBytes: 65_536,
    },
    symlinks: ['/dev/disk/by-id/dm-name-vg-a', '/dev/mapper/vg-a', '/dev/vg/a'],
  })
})

test('a granularity without any discard is none', async () => {
  const seen = await readDevice(
    host({ ...thin, [`${queue}/discard_max_bytes`]: '0\n' }),
    '/dev/dm-4',
  )
  expect(seen?.geometry.discardGranularityBytes).toBe(0)
})

test('without udev there are no names; without the device there is nothing', async () => {
  const { '/run/udev/data/b254:4': _record, ...bare } = thin
  expect((await readDevice(host(bare), '/dev/dm-4'))?.symlinks).toEqual([])
  expect(await readDevice(host(thin), '/dev/dm-5')).toBeUndefined()
})

test('the same device with the same names is the very same answer', async () => {
  const known = await readDevice(host(thin), '/dev/dm-4')
  expect(await readDevice(host(thin), '/dev/dm-4', known)).toBe(known)
  const other = {
    ...thin,
    '/sys/class/block/dm-4/dev': '254:5\n',
    [`${queue}/minimum_io_size`]: '512',
  }
  expect((await readDevice(host(other), '/dev/dm-4', known))?.geometry.minimumIoBytes).toBe(512)
})
