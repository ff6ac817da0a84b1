import { createState, evolve, type State, type VarveEvent } from '@varve/events'
import { expect, test } from 'vitest'
import { admit, needsToken } from './gate.ts'
import { tokenHashOf } from './token.ts'
import { readTokens } from './token-file.ts'

const origin = { entry: 'e1', at: 1, sequence: 1 }
const made = (token: number, text: string, more: object = {}): VarveEvent => ({
  type: 'auth-token.created',
  token,
  tokenHash: tokenHashOf(text),
  description: `token ${token}`,
  role: 'operator',
  isActive: true,
  ...more,
})
const enabled: VarveEvent = {
  type: 'property.set',
  of: 'controller',
  key: 'Auth/TokenAuthenticationEnabled',
  value: 'true',
}

function stateOf(...events: readonly VarveEvent[]): State {
  const state = createState('')
  for (const event of events) evolve(state, event, origin)
  return state
}

const from = (authorization: string | undefined, address = '192.0.2.1') => ({
  authorization,
  address,
})
const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`

test('a token is needed once that is switched on and there is one', () => {
  expect(needsToken(stateOf())).toBe(false)
  expect(needsToken(stateOf(enabled))).toBe(false)
  expect(needsToken(stateOf(made(1, 'a')))).toBe(false)
  expect(needsToken(stateOf(enabled, made(1, 'a')))).toBe(true)
})

test('tokens that expire or are switched off do not open the door to all; the last one that is revoked does', () => {
  expect(needsToken(stateOf(enabled, made(1, 'a', { isActive: false })))).toBe(true)
  expect(needsToken(stateOf(enabled, made(1, 'a', { expiresAt: 1 })))).toBe(true)
  const revoked = { type: 'auth-token.revoked', token: 1 } as const
  expect(needsToken(stateOf(enabled, made(1, 'a'), revoked))).toBe(false)
})

test('who has a token is who it is described as, by either scheme, whatever its case', () => {
  const world = { state: stateOf(enabled, made(1, 's3cret')), now: 5 }
  const identity = { name: 'token 1', role: 'operator' }
  for (const header of ['Bearer s3cret', 'bearer s3cret ', basic('Token 1:s3cret')]) {
    expect(admit(from(header), undefined, world)).toEqual({ is: 'known', identity })
  }
})

test.each([
  [undefined, 401],
  ['', 401],
  ['Bearer', 401],
  ['Bearer s3cre', 401],
  ['Negotiate s3cret', 401],
  [basic('token 2:s3cret'), 403],
  [basic('token 1:s3cre'), 403],
  [basic('s3cret'), 500],
  ['Basic ****', 500],
])('%j lets nobody in: %d', (header, status) => {
  const world = { state: stateOf(enabled, made(1, 's3cret')), now: 5 }
  expect(admit(from(header), undefined, world)).toMatchObject({ is: 'denied', status })
})

test('a token counts until it expires, while it is active, and from its address alone', () => {
  const state = stateOf(
    enabled,
    made(1, 'short', { expiresAt: 5 }),
    made(2, 'off', { isActive: false }),
    made(3, 'tied', { address: '192.0.2.7' }),
    made(4, 'gone'),
    made(5, 'last'),
    { type: 'auth-token.revoked', token: 4 },
  )
  const is = (token: string, now = 4, address = '192.0.2.1') =>
    admit(from(`Bearer ${token}`, address), undefined, { state, now }).is
  expect([is('short'), is('short', 5)]).toEqual(['known', 'denied'])
  expect([is('off'), is('gone'), is('')]).toEqual(['denied', 'denied', 'denied'])
  const tied = [is('tied'), is('tied', 4, '192.0.2.7'), is('tied', 4, '::ffff:192.0.2.7')]
  expect(tied).toEqual(['denied', 'known', 'known'])
})

test('tokens of a file are needed in any case, and taken besides those of the log', () => {
  const file = readTokens('alice hers viewer\n')
  const world = { state: stateOf(made(1, 's3cret')), now: 5 }
  expect(admit(from(undefined), file, world).is).toBe('denied')
  const identity = { name: 'alice', role: 'viewer' }
  expect(admit(from('Bearer hers'), file, world)).toEqual({ is: 'known', identity })
  expect(admit(from('Bearer s3cret'), file, world).is).toBe('known')
})

test('a number is never given twice', () => {
  const state = stateOf(made(1, 'a'), made(2, 'b'), { type: 'auth-token.revoked', token: 2 })
  expect(state.authTokens.get('2')).toMatchObject({ isRevoked: true, tokenHash: '' })
})
