import { expect, test } from 'vitest'
import { z } from 'zod'
import { flag, int, oneOf, props } from './lenient.ts'
import { readBody } from './read.ts'

const send = (body: string | Uint8Array<ArrayBuffer>) =>
  readBody(new Request('http://localhost/', { method: 'POST', body }))

test('no body at all is no value, and null is a field that is not there', async () => {
  expect(await send('')).toEqual({ ok: true, value: undefined })
  expect(await send(' \n')).toEqual({ ok: true, value: undefined })
  expect(await send('{"a":null,"b":[{"c":null,"d":1}]}')).toEqual({
    ok: true,
    value: { b: [{ d: 1 }] },
  })
})

test('brackets within texts do not count as levels', async () => {
  const text = JSON.stringify({ a: '[{"'.repeat(100) })
  expect(await send(text)).toMatchObject({ ok: true })
})

test.each([
  ['half an object', '{"a":', 400, /JSON/],
  ['no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 400, /UTF-8/],
  ['many levels', `${'['.repeat(40)}${']'.repeat(40)}`, 400, /levels/],
  ['too much', ' '.repeat(5_000_000), 413, /larger/],
])('%s is refused with the reason', async (_, body, status, problem) => {
  const read = await send(body)
  expect(read).toMatchObject({ ok: false, status })
  expect(read.ok ? '' : read.problem).toMatch(problem)
})

test('scalars count in the spellings of all clients', () => {
  expect(int.parse('2')).toBe(2)
  expect(int.parse(2)).toBe(2)
  expect(int.safeParse('2.5').success).toBe(false)
  expect(int.safeParse(2 ** 60).success).toBe(false)
  expect(['True', 'false', true].map((value) => flag.parse(value))).toEqual([true, false, true])
  expect(props.parse({ a: 101, b: true, c: 'x' })).toEqual({ a: '101', b: 'true', c: 'x' })
  const kind = oneOf(['Satellite', 'Combined'])
  expect(kind.parse('SATELLITE')).toBe('Satellite')
  expect(z.prettifyError(kind.safeParse('toaster').error ?? new z.ZodError([]))).toMatch(
    'toaster is none of Satellite, Combined',
  )
})
