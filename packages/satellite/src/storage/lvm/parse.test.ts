import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ownerTag, readTags } from './mark.ts'
import { parseGroups, parseLvs } from './parse.ts'

const report = readFileSync(new URL('testdata/lvm-2.03.16-lvs.json', import.meta.url), 'utf8')

test('a report of thin, thick and pool volumes', () => {
  expect(parseLvs(report)).toEqual([
    {
      key: 'vg0/t_00000',
      place: 'vg0',
      name: 't_00000',
      sizeKib: 204_800,
      allocatedKib: 0,
      device: '/dev/vg0/t_00000',
      owner: 'c/n1',
      isNew: true,
      isPool: false,
    },
    {
      key: 'vg0/thick_00000',
      place: 'vg0',
      name: 'thick_00000',
      sizeKib: 20_480,
      allocatedKib: 20_480,
      owner: 'abc',
      isNew: false,
      isPool: false,
    },
    {
      key: 'vg0/thin',
      place: 'vg0',
      name: 'thin',
      sizeKib: 614_400,
      allocatedKib: 614_400,
      isNew: false,
      isPool: true,
      zeroes: true,
      dataPercent: 0.02,
      metadataPercent: 11.04,
    },
    {
      key: 'vg0/web_00000',
      place: 'vg0',
      name: 'web_00000',
      sizeKib: 303_104,
      allocatedKib: 121,
      device: '/dev/vg0/web_00000',
      owner: 'abc',
      isNew: false,
      isPool: false,
    },
  ])
})

test('a thin pool that is full, or damaged, has a word for it', () => {
  const problemOf = (attr: string, data: string, metadata: string) => {
    const lv = { lv_name: 'thin', vg_name: 'vg0', lv_size: '4096.00', lv_attr: attr, lv_tags: '' }
    const row = { ...lv, data_percent: data, metadata_percent: metadata }
    return parseLvs(JSON.stringify({ report: [{ lv: [row] }] }))?.[0]?.poolProblem
  }
  expect(problemOf('twi-aotz--', '99.99', '40.00')).toBeUndefined()
  expect(problemOf('twi-aotzD-', '100.00', '40.00')).toBe('data-full')
  expect(problemOf('twi-aotz--', '100.00', '40.00')).toBe('data-full')
  expect(problemOf('twi-aotzM-', '60.00', '98.10')).toBe('metadata-full')
  expect(problemOf('twi-cotzM-', '60.00', '98.10')).toBe('damaged')
  expect(problemOf('twi-aotzF-', '', '')).toBe('damaged')
  expect(problemOf('Vwi-aotz--', '100.00', '')).toBeUndefined()
})

test('what is no report is not taken for an empty one', () => {
  expect(parseLvs('')).toBeUndefined()
  expect(parseLvs('  /dev/sdb: read failed\n')).toBeUndefined()
  expect(parseGroups('{}')).toBeUndefined()
})

test('sizes of a volume group', () => {
  const row =
    '{"vg_name":"vg0", "vg_size":"1044480.00", "vg_free":"401408.00", "vg_extent_size":"4096.00"}'
  const text = `{"report":[{"vg":[${row}]}]}`
  const size = { totalKib: 1_044_480, freeKib: 401_408, granularityKib: 4096 }
  expect(parseGroups(text)).toEqual(new Map([['vg0', size]]))
})

test('any owner survives being a tag, and tags have only what LVM allows', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (owner) => {
      const tag = ownerTag(owner)
      expect(tag).toMatch(/^varve:[A-Za-z0-9_+.\-/=!:#&]*$/)
      expect(readTags(`other,${tag}`)).toEqual({ owner: owner.toWellFormed(), isNew: false })
    }),
  )
})
