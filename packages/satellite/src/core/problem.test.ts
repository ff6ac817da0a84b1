import { expect, test } from 'vitest'
import { problemIn } from './problem.ts'

test('the words of the tools for a device that somebody has open', () => {
  const said = [
    '  Logical volume vg0/web_00000 is used by another device.',
    '  Logical volume vg0/web_00000 contains a filesystem in use.',
    "cannot destroy 'tank/web_00000': dataset is busy",
    'Device Linstor-Crypt-web_00000 is still in use.',
    'web: State change failed: (-12) Device is held open by someone',
    'losetup: /dev/loop0: detach failed: Device or resource busy',
  ]
  expect(said.map((text) => problemIn(text))).toEqual(said.map(() => 'device-busy'))
})

test('a pool without room, a disk with errors, a tool that hangs, and what nobody knows', () => {
  const full =
    '  Cannot create new thin volume, free space in thin pool vg0/thin reached threshold.'
  expect(problemIn(full)).toBe('pool-full')
  expect(problemIn('  Volume group "vg0" has insufficient free space')).toBeUndefined()
  expect(problemIn('  Insufficient free space: 3 extents needed, but only 0 available')).toBe(
    'pool-full',
  )
  expect(problemIn('open(/dev/vg0/a) failed: Input/output error')).toBe('disk-error')
  expect(problemIn('', { timedOut: true })).toBe('tool-hangs')
  expect(problemIn('  Unknown option')).toBeUndefined()
})
