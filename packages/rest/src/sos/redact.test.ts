import { expect, test } from 'vitest'
import { withoutSecrets } from './redact.ts'

const wrapped = Buffer.alloc(60, 0x5b).toString('base64')

test('ciphertext goes wherever it stands, hashes and names stay', () => {
  const hash = 'a'.repeat(64)
  const value = { a: [`x ${wrapped} y`], hash, name: 'web_00000', at: 7 }
  expect(withoutSecrets(value)).toEqual({ a: ['x *** y'], hash, name: 'web_00000', at: 7 })
})

test('members that hold secrets go whole', () => {
  const value = { secrets: { accessKey: 'x' }, luksKey: 'y', content: 'z', settings: { url: 'u' } }
  const shown = { secrets: '***', luksKey: '***', content: '***', settings: { url: 'u' } }
  expect(withoutSecrets(value)).toEqual(shown)
})

test('properties that speak of a secret keep their key alone', () => {
  const props = { 'Aux/Password': 'a', 'StorDriver/RemoteSpdk/UserPassword': 'b', 'Aux/rack': 'c' }
  expect(withoutSecrets({ props })).toEqual({
    props: { 'Aux/Password': '***', 'StorDriver/RemoteSpdk/UserPassword': '***', 'Aux/rack': 'c' },
  })
  const event = { type: 'property.set', of: 'node/n1', key: 'Aux/token', value: 'd' }
  expect(withoutSecrets(event)).toEqual({ ...event, value: '***' })
})

test('what clients keep in stores is theirs', () => {
  const event = { type: 'property.set', of: 'key-value-store/csi', key: 'a', value: 'private' }
  expect(withoutSecrets(event)).toEqual({ ...event, value: '***' })
  const args = { store: 'csi', setProps: { a: 'private' } }
  expect(withoutSecrets(args)).toEqual({ store: 'csi', setProps: { a: '***' } })
})

test('addresses lose who they are for', () => {
  expect(withoutSecrets('GET http://me:word@10.0.0.1:3370/x')).toBe(
    'GET http://***@10.0.0.1:3370/x',
  )
})
