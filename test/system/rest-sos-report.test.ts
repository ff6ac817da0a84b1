import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withRest } from './rest.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const run = promisify(execFile)
const directory = await mkdtemp(join(tmpdir(), 'varve-sos-'))
beforeAll(async () => {
  simulated = await startSimulated({ nodes: ['n1', 'n2'], controller })
})
afterAll(async () => {
  await simulated[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

/** Whatever of these stands in a report is a leak; each has a form that is easily told. */
const secrets = {
  passphrase: 'qq-passphrase-of-the-cluster',
  ofVolume: 'qq-passphrase-of-the-volume',
  key: 'qq-access-key',
  secret: 'qq-secret-key',
  ofClient: 'qq-what-a-client-keeps',
  property: 'qq-password-of-a-proxy',
  file: 'qq-content-of-a-file',
  url: 'qq-user:qq-word',
}

/** What a process may have written into its log. */
const logged = [
  { level: 30, msg: 'a step', argv: ['drbdadm', 'up', 'web'] },
  {
    level: 40,
    msg: 'asked',
    passphrase: secrets.passphrase,
    url: `http://${secrets.url}@10.9.0.1`,
  },
  { level: 40, msg: 'set', props: { 'Aux/proxy-password': secrets.property } },
].map((line) => `${JSON.stringify(line)}\n`)

const { controller, rest } = withRest({}, directory, () => logged)
let simulated: SimulatedSystem

async function fill(): Promise<void> {
  const { must } = simulated.system
  await must('encryption.create-passphrase', { passphrase: secrets.passphrase })
  await must('remote.create', {
    remote: 'minio',
    kind: 's3',
    endpoint: `http://${secrets.url}@10.9.0.1`,
    bucket: 'b',
    accessKey: secrets.key,
    secretKey: secrets.secret,
  })
  await must('key-value-store.modify', { store: 'csi', setProps: { a: secrets.ofClient } })
  await must('node.modify', { node: 'n1', setProps: { 'Aux/proxy-password': secrets.property } })
  const content = Buffer.from(secrets.file).toString('base64')
  await must('external-file.modify', { file: '/etc/x', content })
  await must('resource-definition.create', {
    definition: 'web',
    layers: ['DRBD', 'LUKS', 'STORAGE'],
  })
  const passphrase = secrets.ofVolume
  await must('volume-definition.create', { definition: 'web', sizeKib: 65_536, passphrase })
  await must('resource.create', { definition: 'web', node: 'n1', pool: 'thin' })
  await must('resource.create', { definition: 'web', node: 'n2', pool: 'thin' })
  await simulated.untilDeployed('web', 2)
}

/** Every file of the archive and all that is in it, as tar itself reads it. */
async function unpack(path: string): Promise<string> {
  const { stdout } = await run('tar', ['-xzOf', path], { maxBuffer: 64 * 1024 * 1024 })
  return stdout
}

test('a report has the state, the log, and what nodes say, and no secret', async () => {
  await fill()
  const response = await fetch(`${await rest.url}/v1/sos-report/download`)
  expect(response.headers.get('content-disposition')).toMatch(/sos_.*\.tar\.gz/)
  const path = join(directory, 'downloaded.tar.gz')
  await writeFile(path, new Uint8Array(await response.arrayBuffer()))
  const { stdout: names } = await run('tar', ['-tzf', path])
  for (const name of [
    'versions',
    'health',
    'error-reports',
    'nodes/n1',
    'records-0001',
    'process-log',
    'log-0001',
  ]) {
    expect(names).toMatch(`varve-sos/${name}.json`)
  }
  const text = await unpack(path)
  expect(text).toMatch('resource-definition.created')
  expect(text).toMatch('"UpToDate"')
  for (const [name, secret] of Object.entries(secrets)) {
    const forms = [secret, Buffer.from(secret).toString('base64').replace(/=+$/, '').slice(0, -2)]
    expect([name, forms.filter((form) => text.includes(form))]).toEqual([name, []])
  }
  const journal = await readFile(join(simulated.system.directory, 'c1', 'journal'), 'utf8')
  const ciphertext = [...journal.matchAll(/"(?:master|key|accessKey)":"([^"]{40,})"/g)]
  expect(ciphertext.length).toBeGreaterThanOrEqual(3)
  for (const [, wrapped = ''] of ciphertext) expect(text.includes(wrapped.slice(-40))).toBe(false)
})

test('one that is left with the controller is for root alone, and has the nodes that were asked for', async () => {
  const made = await rest.request('GET', '/v1/sos-report?nodes=N1&include-ctrl=false')
  expect(made.status).toBe(201)
  const [name = ''] = await readdir(join(directory, 'sos-reports'))
  const path = join(directory, 'sos-reports', name)
  expect(made.text).toMatch(path)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  const { stdout: names } = await run('tar', ['-tzf', path])
  expect(names).toMatch('nodes/n1.json')
  expect(names).not.toMatch(/nodes\/n2|records|log-/)
})

test('levels of logs are properties, which processes follow', async () => {
  const set = await rest.request('PUT', '/v1/nodes/n1/config', { log: { level_linstor: 'debug' } })
  expect(set.status).toBe(200)
  const one = await rest.request('GET', '/v1/nodes/N1/config')
  expect(one.body).toMatchObject({ log: { level: 'DEBUG' }, stlt_override_node_name: 'n1' })
  const everywhere = { log: { level_linstor_global: 'WARN' } }
  expect((await rest.request('PUT', '/v1/controller/config', everywhere)).status).toBe(200)
  const all = ['/v1/controller/config', '/v1/nodes/n1/config', '/v1/nodes/n2/config']
  for (const path of all) {
    expect((await rest.request('GET', path)).body).toMatchObject({ log: { level: 'WARN' } })
  }
  const wrong = await rest.request('PUT', '/v1/nodes/n1/config', { log: { level: 'loud' } })
  expect([wrong.status, wrong.text.includes('loud is none of')]).toEqual([400, true])
})
