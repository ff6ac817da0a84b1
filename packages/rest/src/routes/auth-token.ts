/** Tokens of the API: each is told once, to whoever makes it; only its hash is kept. */

import { UserRole } from '@varve/events'
import { type AuthTokenRow, authTokenRows } from '@varve/projections'
import { z } from 'zod'
import { deleted, modified, nothingToDelete } from '../answer/say.ts'
import { needsToken, tokenAuthenticationKey } from '../auth/gate.ts'
import { newToken } from '../auth/token.ts'
import { flag, text } from '../body/lenient.ts'
import type { Call } from '../call.ts'
import { change, json, noBody, type Route, read } from '../route.ts'

const path = '/v1/controller/auth/token'
const noun = 'token'
const code = { 'not-found': 'FAIL_NOT_FOUND_CRYPT_KEY' } as const

const Expiry = text.transform((value, context) => {
  const at = Date.parse(value)
  if (!Number.isNaN(at)) return at
  context.addIssue({ code: 'custom', message: 'a time like 2026-12-31T12:00:00Z is expected' })
  return z.NEVER
})

const Token = z.strictObject({
  description: text,
  expires_at: Expiry.optional(),
  ip_filter: text.optional(),
  /** Ours: LINSTOR's tokens do all. */
  role: UserRole.optional(),
})

const Initialisation = z.strictObject({
  only_satellites: flag.optional(),
  description: text.optional(),
  no_https: flag.optional(),
})

function view({ number, createdAt, expiresAt, address, ...row }: AuthTokenRow): object {
  return {
    id: number,
    created_at: new Date(createdAt).toISOString(),
    is_active: row.isActive,
    expires_at: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString(),
    description: row.description,
    ip_filter: address,
    is_user_token: true,
    role: row.role,
  }
}

/** Made first and needed then: the other way round nobody would be let in, should this end halfway. */
async function give(call: Call, { expires_at, ip_filter, ...given }: z.infer<typeof Token>) {
  const { token, tokenHash } = newToken()
  const done = await call.command('auth-token.create', {
    tokenHash,
    ...given,
    ...(expires_at === undefined ? {} : { expiresAt: expires_at }),
    ...(ip_filter ? { address: ip_filter } : {}),
  })
  if (!done) return
  const id = String(done.result?.token ?? '')
  call.say({
    code: 'CREATED',
    message: `New token '${given.description}' created. It is told this once.`,
    details: `Number: ${id}`,
    refs: { token, TokenId: id },
  })
  if (needsToken(call.world.state)) return
  await call.command('controller.modify', { setProps: { [tokenAuthenticationKey]: 'true' } })
}

/** Undefined: there is none, which is said. */
function numberOf(call: Call<{ readonly authtokenid: string }>): number | undefined {
  const number = Number(call.params.authtokenid)
  const isThere = authTokenRows(call.world.state).some((row) => row.number === number)
  return isThere ? number : undefined
}

export const authTokenRoutes: readonly Route[] = [
  change(
    {
      method: 'POST',
      path: '/v1/controller/auth/initialize-token-auth',
      on: ['create', 'controller'],
      success: 201,
      summary: 'Make a first token, and need one from then on',
      body: Initialisation,
    },
    async (call) => {
      const { only_satellites, no_https, description = 'init-client' } = call.body
      if (only_satellites) {
        const message = 'Satellites have keys of their own and need no tokens: varve cluster token'
        call.say({ code: 'WARN_NO_EFFECT', message })
      } else if (!call.asked.isPrivate && !no_https) {
        call.say({
          code: 'FAIL_INVLD_REQUEST',
          message: 'Tokens would go over the network in the clear.',
          correction: 'Serve TLS (--rest-cert, --rest-key), or say no_https.',
        })
      } else await give(call, { description })
    },
  ),
  read(path, 'Tokens that there are, without themselves', ({ world }) => {
    const list = authTokenRows(world.state).map(view)
    return json({ count: list.length, list })
  }),
  change(
    {
      method: 'POST',
      path,
      on: ['create', 'controller'],
      success: 201,
      summary: 'Make a token, and need one from then on',
      body: Token,
    },
    (call) => give(call, call.body),
  ),
  change(
    {
      method: 'PUT',
      path: `${path}/{authtokenid}`,
      on: ['modify', 'controller'],
      summary: 'Describe a token otherwise, or take it no more for a while',
      body: z.strictObject({
        description: text.optional(),
        ip_filter: text.optional(),
        is_active: flag.optional(),
      }),
    },
    async (call) => {
      const { description, ip_filter: address, is_active: isActive } = call.body
      const token = numberOf(call)
      if (token === undefined) {
        call.fail(code['not-found'], `There is no token ${call.params.authtokenid}.`)
        return
      }
      const given = { description, address, isActive }
      if (!(await call.command('auth-token.modify', { token, ...given }, code))) return
      call.say(modified(noun, String(token), { TokenId: String(token) }))
    },
  ),
  change(
    {
      method: 'DELETE',
      path: `${path}/{authtokenid}`,
      on: ['delete', 'controller'],
      summary: 'Take a token no more, for good',
      body: noBody,
    },
    async (call) => {
      const refs = { TokenId: call.params.authtokenid }
      const token = numberOf(call)
      const wasNeeded = needsToken(call.world.state)
      if (token === undefined) call.say(nothingToDelete(noun, call.params.authtokenid, refs))
      else if (await call.command('auth-token.revoke', { token }, code)) {
        call.say(deleted(noun, String(token), refs))
        if (wasNeeded && !needsToken(call.world.state)) call.say(isOpenNow)
      }
    },
  ),
]

const isOpenNow = {
  code: 'WARN_NO_EFFECT',
  message: 'It was the last token: whoever reaches this API may do all now.',
  correction: 'Make another one: POST /v1/controller/auth/token',
} as const
