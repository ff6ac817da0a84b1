import { afterAll, beforeAll, expect, test } from 'vitest'
import { withRest } from './rest.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const { controller, rest } = withRest()
let simulated: SimulatedSystem
const path = '/etc/reactor.d/web.toml'
const file = `/v1/files/${encodeURIComponent(path)}`
const deployed = `/v1/resource-definitions/web/files/${encodeURIComponent(path)}`
const base64 = (text: string) => Buffer.from(text).toString('base64')

beforeAll(async () => {
  const allowFiles = ['/etc/reactor.d']
  simulated = await startSimulated({ nodes: ['n1', 'n2'], controller, allowFiles })
})
afterAll(async () => simulated[Symbol.asyncDispose]())

const on = (node: string, at = path) => simulated.world.host(node).host.readFile(at)

test('a file that is kept is nowhere yet', async () => {
  const kept = await rest.request('PUT', file, { content: base64('one') })
  expect(kept.status).toBe(200)
  expect((await rest.request('GET', '/v1/files')).body).toEqual([{ path }])
  expect((await rest.request('GET', file)).body).toEqual({ path, content: base64('one') })
  expect(await on('n1')).toBeUndefined()
  expect((await rest.request('GET', `${file}/check/n1`)).body).toEqual({ allowed: true })
  const other = `/v1/files/${encodeURIComponent('/etc/shadow')}/check/n1`
  expect((await rest.request('GET', other)).body).toEqual({ allowed: false })
})

test('deployed with a definition, it is where that has a resource once it is answered', async () => {
  await simulated.system.must('resource-definition.create', { definition: 'web' })
  await simulated.system.must('volume-definition.create', { definition: 'web', sizeKib: 65_536 })
  await simulated.system.must('resource.create', { definition: 'web', node: 'n1', pool: 'thin' })
  expect((await rest.request('POST', deployed)).status).toBe(200)
  expect([await on('n1'), await on('n2')]).toEqual(['one', undefined])
  const status = await rest.request('GET', `${file}/status/n1`)
  expect(status.body).toEqual({ actual_path: path, content_match: true })
  expect((await rest.request('PUT', file, { content: base64('two') })).status).toBe(200)
  expect(await on('n1')).toBe('two')
})

test('it comes and goes with replicas, and goes with its definition’s wish', async () => {
  await simulated.system.must('resource.create', { definition: 'web', node: 'n2', pool: 'thin' })
  await expect.poll(() => on('n2'), { timeout: 20_000 }).toBe('two')
  await simulated.untilDeployed('web', 2)
  await simulated.system.must('resource.delete', { definition: 'web', node: 'n2' })
  await expect.poll(() => on('n2'), { timeout: 20_000 }).toBeUndefined()
  expect((await rest.request('DELETE', deployed)).status).toBe(200)
  expect(await on('n1')).toBeUndefined()
})

test('a directory that a satellite does not allow is refused with its name', async () => {
  const shadow = encodeURIComponent('/etc/shadow')
  await rest.request('PUT', `/v1/files/${shadow}`, { content: base64('root::0:0') })
  const refused = await rest.request('POST', `/v1/resource-definitions/web/files/${shadow}`)
  expect(refused.status).toBe(500)
  expect(refused.text).toMatch('does not have a whitelisted parent')
  expect(await on('n1', '/etc/shadow')).toBeUndefined()
  for (const trick of ['/etc/reactor.d/../shadow', '/etc/reactor.d//x', 'etc/x']) {
    const tricked = await rest.request('PUT', `/v1/files/${encodeURIComponent(trick)}`, {})
    expect([trick, tricked.status]).toEqual([trick, 500])
  }
})

test('what somebody else has written there stays, also when the satellite starts anew', async () => {
  await simulated.world.host('n1').host.writeFile(path, 'theirs')
  const refused = await rest.request('POST', deployed)
  expect(refused.text).toMatch('Varve did not write it')
  await simulated.stopSatellite('n1')
  await simulated.startSatellite('n1')
  expect((await rest.request('DELETE', file)).status).toBe(200)
  expect(await on('n1')).toBe('theirs')
})
