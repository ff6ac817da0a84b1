import { expect, test } from 'vitest'
import { Query } from './query.ts'

const query = (text: string) => new Query(new URLSearchParams(text))

test('filters are repeated, and match in any spelling', () => {
  expect(query('nodes=N1&nodes=n2').names('nodes')).toEqual(new Set(['n1', 'n2']))
  expect(query('nodes=').names('nodes')).toBeUndefined()
})

test('a limit of 0 is none, and nonsense is not given', () => {
  const rows = ['a', 'b', 'c', 'd']
  expect(query('offset=0&limit=0').page(rows)).toEqual(rows)
  expect(query('offset=1&limit=2').page(rows)).toEqual(['b', 'c'])
  expect(query('offset=-1&limit=many').page(rows)).toEqual(rows)
  expect(query('offset=9').page(rows)).toEqual([])
})

test('flags are true in any spelling', () => {
  expect(query('keep_tiebreaker=True').flag('keep_tiebreaker')).toBe(true)
  expect(query('withContent=False').flag('withContent', true)).toBe(false)
  expect(query('').flag('withContent', true)).toBe(true)
})

test('properties match by key or by value, all of them', () => {
  const props = { 'Aux/a': '1', 'Aux/b': 'x=y' }
  expect(query('props=Aux/a&props=Aux/b=x=y').matchesProps(props)).toBe(true)
  expect(query('props=Aux/a=2').matchesProps(props)).toBe(false)
  expect(query('props=toString').matchesProps(props)).toBe(false)
})
