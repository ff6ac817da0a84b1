import { execFileSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { restSettings } from '../../packages/cli/src/commands/run/rest-api.ts'
import { type RunningController, startSystem, type TestSystem, until } from './harness.ts'
import { withRest } from './rest.ts'

let directory: string
let system: TestSystem
let tokens: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'varve-rest-'))
  tokens = join(directory, 'tokens')
  await writeFile(tokens, '# who may\nalice a-token\n')
  system = await startSystem()
})
afterAll(async () => {
  await system?.[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

const start = async (name: string, values: Record<string, string>) => {
  const settings = await restSettings({ 'rest-port': '0', 'rest-wait': '1', ...values })
  const { controller, rest } = withRest(settings)
  const running: RunningController = await system.startController(name, controller)
  return { rest, running }
}

test('with tokens nobody gets in without one, and the log has the name of who did', async () => {
  const { rest, running } = await start('c1', { 'rest-tokens': tokens })
  await until('somebody leads', async () => {
    const { status } = await rest.request('GET', '/health')
    return status === 200 || undefined
  })
  const body = { storage_pool_name: 'fast' }
  const denied = await rest.request('POST', '/v1/storage-pool-definitions', body)
  expect([denied.status, denied.headers.get('www-authenticate')]).toEqual([
    401,
    'Bearer realm="linstor-controller", Basic realm="Linstor"',
  ])
  expect(denied.body).toMatchObject([{ message: expect.stringMatching('token') }])
  const path = `${await rest.url}/v1/storage-pool-definitions`
  const headers = { authorization: 'Bearer a-token' }
  const made = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })
  expect(made.status).toBe(201)
  const history = await system.query('history', { object: 'storage-pool-definition/fast' })
  expect(JSON.stringify(history)).toMatch('"onBehalfOf":"alice"')
  expect(JSON.stringify(history)).not.toMatch('a-token')
  await running.stop()
})

test('LINSTOR’s own tokens: told once, kept as a hash, needed from then on, of a role and for a time', async () => {
  const { rest, running } = await start('c3', {})
  const base = '/v1/controller/auth'
  const first = await rest.request('POST', `${base}/initialize-token-auth`, { description: 'me' })
  expect(first.status).toBe(201)
  const mine = tokenIn(first.text)
  expect(mine).toMatch(/^[A-Za-z0-9]{32}$/)
  expect((await rest.request('GET', '/v1/nodes')).status).toBe(401)
  expect((await rest.request('GET', '/health')).status).toBe(200)

  const as = async (authorization: string, method: string, path: string, body?: object) => {
    const text = body && JSON.stringify(body)
    const init = { method, headers: { authorization }, ...(text ? { body: text } : {}) }
    const response = await fetch(`${await rest.url}${path}`, init)
    return { status: response.status, text: await response.text() }
  }
  const bearer = `Bearer ${mine}`
  const pool = { storage_pool_name: 'slow' }
  const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`
  const byName = await as(basic(`me:${mine}`), 'POST', '/v1/storage-pool-definitions', pool)
  expect(byName.status).toBe(201)
  expect((await as(basic(`you:${mine}`), 'GET', '/v1/nodes')).status).toBe(403)

  // Somebody who may look, and nothing else.
  const given = { description: 'reports', role: 'viewer', ip_filter: '127.0.0.1' }
  const second = await as(bearer, 'POST', `${base}/token`, given)
  const viewer = `Bearer ${tokenIn(second.text)}`
  expect((await as(viewer, 'GET', '/v1/storage-pool-definitions')).status).toBe(200)
  const tried = await as(viewer, 'POST', '/v1/storage-pool-definitions', pool)
  expect([tried.status, tried.text]).toEqual([403, expect.stringMatching('that of a viewer')])
  expect((await as(viewer, 'GET', '/v1/sos-report/download')).status).toBe(403)
  expect((await as(viewer, 'POST', `${base}/token`, { description: 'more' })).status).toBe(403)

  await as(bearer, 'PUT', `${base}/token/2`, { is_active: false })
  expect((await as(viewer, 'GET', '/v1/nodes')).status).toBe(401)
  const listed = await as(bearer, 'GET', `${base}/token`)
  expect(JSON.parse(listed.text)).toMatchObject({
    count: 2,
    list: [
      { id: 1, description: 'me', is_active: true },
      { id: 2, is_active: false },
    ],
  })
  expect((await as(bearer, 'DELETE', `${base}/token/2`)).status).toBe(200)
  const history = await system.query('history', { object: 'storage-pool-definition/slow' })
  expect(JSON.stringify(history)).toMatch('"onBehalfOf":"me"')

  // Neither in what is answered nor in what is kept is there a token, or what it hashes to.
  const told = [listed.text, JSON.stringify(await system.query('auth-tokens', {}))]
  const log = await stored('c3')
  expect(log).toMatch(hash('sha256', mine, 'hex'))
  expect([...told, log].join()).not.toMatch(mine)
  expect(told.join()).not.toMatch(hash('sha256', mine, 'hex'))

  const last = await as(bearer, 'DELETE', `${base}/token/1`)
  expect(last.text).toMatch('whoever reaches this API may do all now')
  expect((await rest.request('GET', '/v1/nodes')).status).toBe(200)
  await running.stop()
})

const tokenIn = (text: string) => /"token":"([^"]+)"/.exec(text)?.[1] ?? ''

/** The log of a controller as it is kept on disk. */
async function stored(controller: string): Promise<string> {
  const directory = join(system.directory, controller)
  const names = await readdir(directory, { recursive: true })
  const journals = names.filter((name) => name.endsWith('journal'))
  expect(journals.length).toBeGreaterThan(0)
  return (await Promise.all(journals.map((name) => readFile(join(directory, name), 'utf8')))).join()
}

test('options that cannot be meant are refused', async () => {
  await expect(restSettings({ 'rest-cert': tokens })).rejects.toThrow('--rest-key')
  await expect(restSettings({ 'rest-port': 'http' })).rejects.toThrow('a port or off')
  await expect(restSettings({ 'rest-tokens': join(directory, 'none') })).rejects.toThrow('ENOENT')
  expect(await restSettings({ 'rest-port': 'off' })).toBeUndefined()
})

const hasOpenssl = () => {
  try {
    execFileSync('openssl', ['version'])
    return true
  } catch {
    return false
  }
}

describe.skipIf(!hasOpenssl())('TLS [needs openssl]', () => {
  test('only those with a certificate of ours are heard', async () => {
    const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')]
    execFileSync('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'],
      ...['-keyout', key, '-out', cert],
    ])
    const files = { 'rest-cert': cert, 'rest-key': key, 'rest-ca': cert }
    const { rest, running } = await start('c2', files)
    const { port } = new URL(await rest.url)
    const ours = { cert: await readFile(cert), key: await readFile(key) }
    const get = (client: object) =>
      new Promise<number | undefined>((resolve, reject) => {
        const options = { host: '127.0.0.1', port, path: '/v1/controller/version', ca: ours.cert }
        request({ ...options, ...client, agent: false }, (response) => {
          response.resume()
          resolve(response.statusCode)
        })
          .on('error', reject)
          .end()
      })
    expect(await get(ours)).toBe(200)
    await expect(get({})).rejects.toThrow()
    await running.stop()
  })
})
