import { expect, test } from 'vitest'
import { readTokens } from './auth.ts'

const tokens = readTokens('# operators\nalice  s3cret\n\ncsi other-token\n')

test('a token has the name of its line, whatever the case of its scheme', () => {
  expect(tokens('Bearer s3cret')).toBe('alice')
  expect(tokens('bearer other-token ')).toBe('csi')
})

test.each([
  undefined,
  '',
  'Bearer',
  'Bearer s3cre',
  'Basic s3cret',
  'Bearer alice',
  'Bearer # operators',
])('%j lets nobody in', (authorization) => {
  expect(tokens(authorization)).toBeUndefined()
})

test('a file that lets nobody in, or that is no token file, is not taken', () => {
  expect(() => readTokens('# nobody\n')).toThrow('has no tokens')
  expect(() => readTokens('alice\n')).toThrow('line 1')
})
