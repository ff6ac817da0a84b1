import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
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
    'Bearer realm="linstor-controller"',
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
