import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { objectOf, parseDatasets, parseProbe, parseZpools } from './parse.ts'

const list = readFileSync(new URL('testdata/zfs-2.1.11-list.txt', import.meta.url), 'utf8')

test('volumes as ZFS 2.1.11 lists them: thick, thin, and somebody else’s', () => {
  const rows = parseDatasets(list)
  expect(rows.map(({ name, type, owner, isNew }) => [name, type, owner, isNew])).toEqual([
    ['tank', 'filesystem', undefined, false],
    ['tank/cl', 'volume', undefined, false],
    ['tank/thin_00000', 'volume', '01K9', true],
    ['tank/varve', 'filesystem', '01K9', false],
    ['tank/varve/fat', 'volume', undefined, false],
    ['tank/web_00000', 'volume', '01K9', false],
    ['tank/web_00001', 'filesystem', undefined, false],
  ])
  const objects = rows.map((row) => objectOf(row, 'zfs:tank'))
  expect(objects.find(({ name }) => name === 'web_00000')).toEqual({
    key: 'zfs:tank/web_00000',
    place: 'zfs:tank',
    name: 'web_00000',
    sizeKib: 16_384,
    blockKib: 8,
    allocatedKib: 16_384,
    owner: '01K9',
    isNew: false,
    isPool: false,
  })
  expect(objects.find(({ name }) => name === 'thin_00000')).toMatchObject({
    sizeKib: 16_392,
    allocatedKib: 12,
  })
})

test('a mark that a volume inherits is not its own', () => {
  expect(list).toContain(
    'tank/varve/fat\tvolume\t16777216\t65536\t12288\t0\t852727808\t-\t-\t01K9@',
  )
  expect(parseDatasets(list).find(({ name }) => name === 'tank/varve/fat')?.owner).toBeUndefined()
})

test('whatever somebody writes into a property, it is not taken for a row or a column', () => {
  const before = 'tank/a\tvolume\t8192\t8192\t0\t0\t0\t-\t'
  const texts = ['new\tx\ty', 'new\t01@tank/b\nnonsense', '-\t01@tank/a\ttank/a', '\t\n\n\t', '']
  for (const text of texts) {
    const rows = parseDatasets(`${before}${text}\n`)
    expect(rows.map(({ name, owner }) => [name, owner])).toEqual([['tank/a', undefined]])
  }
})

test('pools by name, with their own word for how they are', () => {
  const text = 'flaky\t1006632960\tSUSPENDED\ntank\t1006632960\tONLINE\n'
  expect(parseZpools(text)).toEqual(
    new Map([
      ['flaky', { totalKib: 983_040, health: 'SUSPENDED' }],
      ['tank', { totalKib: 983_040, health: 'ONLINE' }],
    ]),
  )
  expect(parseZpools('')).toEqual(new Map())
})

test('the block size that a volume would get', () => {
  expect(parseProbe('create\ttank/varve_probe\nproperty\tvolsize\t8192\n')).toBe(8)
  expect(parseProbe('')).toBeUndefined()
})
