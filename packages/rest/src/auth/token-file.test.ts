import { expect, test } from 'vitest'
import { tokenHashOf } from './token.ts'
import { readTokens } from './token-file.ts'

const tokens = readTokens('# operators\nalice  s3cret\n\ncsi other-token viewer\n')

test('a token is known by its hash, with the name of its line, and may do all or what is said', () => {
  expect(tokens.get(tokenHashOf('s3cret'))).toEqual({ name: 'alice', role: 'admin' })
  expect(tokens.get(tokenHashOf('other-token'))).toEqual({ name: 'csi', role: 'viewer' })
  expect([...tokens.keys()].join()).not.toMatch('s3cret')
})

test('a file that lets nobody in, or that is no token file, is not taken', () => {
  expect(() => readTokens('# nobody\n')).toThrow('has no tokens')
  expect(() => readTokens('alice\n')).toThrow('line 1')
  expect(() => readTokens('# x\nalice s3cret king\n')).toThrow('line 2')
  expect(() => readTokens('n1 s3cret satellite\n')).toThrow('admin, operator, viewer, auditor')
})
