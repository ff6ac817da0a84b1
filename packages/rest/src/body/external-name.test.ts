import { expect, test } from 'vitest'
import { nameFromExternal } from './external-name.ts'

const random = () => '01234567-89ab-cdef-0123-456789abcdef'
const free = { isTaken: () => false, random }

test.each([
  ['web', 'web'],
  ['vol one', 'vol_one'],
  ['6f1ee0b6-4a5d-4e4b-9c5e-0a8f6c1c7c11', 'LS_6F1EE0B6-4A5D-4E4B-9C5E-0A8F6C1C7C11'],
  ['', 'LS_01234567-89AB-CDEF-0123-456789ABCDEF'],
  ['1234', 'LS_01234567-89AB-CDEF-0123-456789ABCDEF'],
  ['x'.repeat(60), 'x'.repeat(48)],
])('%j becomes %s', (external, name) => {
  expect(nameFromExternal(external, free)).toBe(name)
})

test('a name that is taken is not taken again', () => {
  const isTaken = (name: string) => name === 'web'
  expect(nameFromExternal('web', { isTaken, random })).toMatch(/^LS_/)
})
