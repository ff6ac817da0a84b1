import { expect, test } from 'vitest'
import { again, none, plainLine, sum, unexcused } from './counts.ts'

test('parts add up to the last line', () => {
  const total = [
    { passed: 3, failed: 0, skipped: 1 },
    { passed: 2, failed: 1, skipped: 0 },
  ].reduce(sum, none)
  expect(plainLine(total)).toBe('5 passed, 1 failed, 1 skipped')
})

test('a file that is run again counts as it ended', () => {
  const failed = { path: 'a.test.ts', passed: 3, failed: 2, skipped: 1 }
  const first = { passed: 40, failed: 2, skipped: 2, skippedNames: ['x'], failedFiles: [failed] }
  const all = { passed: 5, failed: 0, skipped: 1, skippedNames: ['x'], failedFiles: [] }
  expect(again(first, all)).toMatchObject({ passed: 42, failed: 0, skipped: 2, failedFiles: [] })
  const still = { ...failed, passed: 4, failed: 1, skippedNames: ['x'], failedFiles: [failed] }
  expect(again(first, still)).toMatchObject({ passed: 41, failed: 1, skipped: 2 })
})

test('only a skip that names what the machine lacks is excused', () => {
  const names = [
    'quorum [needs drbd9-module] > two nodes of three',
    'golang client [needs go-packages]',
    'spawns two replicas',
    'needs drbd9-module without brackets',
    'cooks [needs time]',
  ]
  expect(unexcused(names)).toEqual(names.slice(2))
})

test('what the machine was tried for and cannot have excuses; what it has does not', () => {
  const names = ['zfs [needs zfs-modules] > a pair', 'zfs > a pair']
  expect(unexcused(names, ['zfs-modules'])).toEqual(['zfs > a pair'])
  expect(unexcused(names)).toEqual(names)
})
