import { refusals } from '@varve/events'
import { expect, test } from 'vitest'
import { type Code, type Context, returnCode } from './codes.ts'
import { printEntry, statusOf } from './entry.ts'
import { isCode, refusedEntry } from './refused.ts'

/** Given in LINSTOR's contract, section 2.1. */
const known: [Code, Context, string][] = [
  ['CREATED', ['create', 'node'], '20709377'],
  ['CREATED', ['create', 'resource-definition'], '20447233'],
  ['CREATED', ['create', 'resource'], '20185089'],
  ['DELETED', ['delete', 'resource-definition'], '54001666'],
  ['MODIFIED', ['modify', 'resource-definition'], '37224451'],
  ['FAIL_EXISTS_RSC_DFN', ['create', 'resource-definition'], '-4611686018406940171'],
  ['FAIL_NOT_FOUND_RSC_DFN', ['none', 'none'], '-4611686018427387603'],
  ['FAIL_NOT_ENOUGH_NODES', ['create', 'resource'], '-4611686018407201820'],
  ['WARN_NOT_FOUND', ['delete', 'resource-definition'], '-9223372036800771144'],
  ['INFO_TIE_BREAKER_CREATED', ['none', 'none'], '4611686018427397907'],
  ['API_CALL_PARSE_ERROR', ['none', 'none'], '-3458764513820540931'],
]

test.each(known)('%s is printed to its last digit', (code, context, printed) => {
  expect(returnCode(code, context).toString()).toBe(printed)
  const entry = JSON.stringify(printEntry({ code, message: 'm' }, context, 0))
  expect(entry).toBe(
    `{"ret_code":${printed},"message":"m","created_at":"1970-01-01T00:00:00.000Z"}`,
  )
})

test('the first error decides the status, and warnings never do', () => {
  const status = (...codes: Code[]) =>
    statusOf(
      codes.map((code) => ({ code, message: '' })),
      201,
    )
  expect(status()).toBe(201)
  expect(status('CREATED', 'WARN_NOT_CONNECTED', 'INFO_NOOP')).toBe(201)
  expect(status('CREATED', 'FAIL_NOT_FOUND_NODE', 'FAIL_IN_USE')).toBe(404)
  expect(status('FAIL_ACC_DENIED_NODE')).toBe(403)
  expect(status('FAIL_SIGN_IN')).toBe(403)
  expect(status('FAIL_SIGN_IN_MISSING_CREDENTIALS')).toBe(401)
  expect(status('FAIL_EXISTS_NODE')).toBe(500)
  expect(status('UNKNOWN_API_CALL')).toBe(500)
})

test('every refusal has a code of LINSTOR', () => {
  const generic = ['FAIL_NOT_FOUND', 'FAIL_EXISTS']
  const unknown = Object.values(refusals)
    .map(({ linstor }) => linstor)
    .filter((name) => !generic.includes(name) && !isCode(name))
  expect(unknown).toEqual([])
})

test('what is missing or there already has the code of its kind', () => {
  const code = (refusal: { code: string; noun?: string }) =>
    refusedEntry({ message: '', ...refusal }).code
  expect(code({ code: 'not-found', noun: 'resource group' })).toBe('FAIL_NOT_FOUND_RSC_GRP')
  expect(code({ code: 'exists', noun: 'resource definition' })).toBe('FAIL_EXISTS_RSC_DFN')
  expect(code({ code: 'not-found', noun: 'comet' })).toBe('FAIL_INVLD_REQUEST')
  expect(code({ code: 'of-tomorrow' })).toBe('FAIL_UNKNOWN_ERROR')
})
