import { expect, test } from 'vitest'
import { bytesOf, FilePath, filesIn, parentOfFile } from './external-file.ts'

test.each(['/a', '/etc/drbd-reactor.d/a b.toml', '/etc/a+b', '/ä/…'])('%s is a file', (path) => {
  expect(FilePath.safeParse(path).success).toBe(true)
})

test.each([
  '',
  '/',
  'etc/passwd',
  '/etc/',
  '/etc//a',
  '/etc/./a',
  '/etc/reactor.d/../shadow',
  '/etc/reactor.d/..',
  '/etc/a\nb',
  '/etc/a\0',
  `/${'a'.repeat(1024)}`,
])('%j is none', (path) => {
  expect(FilePath.safeParse(path).success).toBe(false)
})

test('its directory is compared to the letter', () => {
  expect(['/etc/a', '/a', '/etc/x/a'].map(parentOfFile)).toEqual(['/etc', '/', '/etc/x'])
})

test('bytes of base64 are counted without decoding it', () => {
  for (const text of ['', 'a', 'ab', 'abc', 'abcd']) {
    expect(bytesOf(Buffer.from(text).toString('base64'))).toBe(text.length)
  }
})

test('properties name files without their first slash', () => {
  expect(filesIn({ 'files/etc/a': 'True', 'Aux/files/x': 'y' })).toEqual(['/etc/a'])
})
