import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withRest } from './rest.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const { controller, rest } = withRest()
let simulated: SimulatedSystem

beforeAll(async () => {
  simulated = await startSimulated({ nodes: [], controller, register: false })
})
afterAll(async () => simulated[Symbol.asyncDispose]())

const s3 = {
  remote_name: 'minio',
  endpoint: 'http://10.9.0.1',
  bucket: 'b',
  region: 'eu',
  access_key: 'an access key of ours',
  secret_key: 'a secret key of ours',
}

test('keys are kept once there is a passphrase to keep them under', async () => {
  const without = await rest.request('POST', '/v1/remotes/s3', s3)
  expect(without.status).toBe(404)
  expect(without.text).toMatch('encryption create-passphrase')
  const passphrase = { new_passphrase: 'the passphrase' }
  expect((await rest.request('POST', '/v1/encryption/passphrase', passphrase)).status).toBe(201)
  expect((await rest.request('POST', '/v1/remotes/s3', s3)).status).toBe(201)
  const again = await rest.request('POST', '/v1/remotes/s3', s3)
  expect([again.status, rest.codes(again)]).toEqual([500, ['-4611686018410348017']])
})

test('neither answers nor the log have them', async () => {
  const change = { secret_key: 'another secret key', bucket: 'other' }
  expect((await rest.request('PUT', '/v1/remotes/s3/MINIO', change)).status).toBe(200)
  const { text, body } = await rest.request('GET', '/v1/remotes')
  const shown = { remote_name: 'minio', endpoint: 'http://10.9.0.1', bucket: 'other', region: 'eu' }
  expect(body).toMatchObject({ s3_remotes: [shown], linstor_remotes: [], ebs_remotes: [] })
  const journal = await readFile(`${simulated.system.directory}/c1/journal`, 'utf8')
  expect(journal).toMatch('remote.changed')
  for (const secret of [s3.access_key, s3.secret_key, change.secret_key]) {
    const forms = [secret, Buffer.from(secret).toString('base64').replace(/=+$/, '')]
    for (const form of forms)
      expect([journal.includes(form), text.includes(form)]).toEqual([false, false])
  }
})

test('what a kind needs is asked for by name', async () => {
  const poor = await rest.request('POST', '/v1/remotes/linstor', { remote_name: 'peer' })
  expect(poor.status).toBe(500)
  expect(poor.text).toMatch('a remote of kind linstor needs url')
  const wrong = await rest.request('PUT', '/v1/remotes/linstor/minio', { url: 'http://10.9.0.9' })
  expect(wrong.status).toBe(404)
})

test('a schedule is kept, and where it counts is told', async () => {
  const nightly = { schedule_name: 'nightly', full_cron: '0 2 * * *', on_failure: 'RETRY' }
  expect((await rest.request('POST', '/v1/schedules', nightly)).status).toBe(201)
  const never = await rest.request('POST', '/v1/schedules', { ...nightly, full_cron: 'never' })
  expect(never.status).toBe(500)
  expect(never.text).toMatch('five fields')
  const change = { keep_local: 3, inc_cron: '0 * * * *' }
  expect((await rest.request('PUT', '/v1/schedules/nightly', change)).status).toBe(200)
  expect((await rest.request('GET', '/v1/schedules')).body).toEqual({
    data: [{ ...nightly, inc_cron: '0 * * * *', keep_local: 3 }],
  })
  for (const name of ['web', 'db']) {
    const body = { resource_definition: { name } }
    expect((await rest.request('POST', '/v1/resource-definitions', body)).status).toBe(201)
  }
  const order = '/v1/remotes/minio/backups/schedule/nightly'
  expect((await rest.request('PUT', `${order}/enable`, {})).status).toBe(200)
  expect((await rest.request('PUT', `${order}/disable`, { rsc_name: 'db' })).status).toBe(200)
  const active = await rest.request('GET', '/v1/view/schedules-by-resource?active-only=true')
  expect(active.body).toMatchObject({
    data: [{ rsc_name: 'web', remote_name: 'minio', schedule_name: 'nightly' }],
  })
  const detail = await rest.request('GET', '/v1/view/schedules-by-resource/db')
  expect(detail.body).toEqual({
    data: [{ remote_name: 'minio', schedule_name: 'nightly', ctrl: true, rsc_dfn: false }],
  })
})

test('what goes leaves nothing that names it', async () => {
  const gone = await rest.request('DELETE', '/v1/remotes?remote_name=minio')
  expect([gone.status, (await rest.request('GET', '/v1/remotes/s3')).body]).toEqual([200, []])
  const rows = await rest.request('GET', '/v1/view/schedules-by-resource')
  expect(rows.body).toEqual({ data: [] })
  const again = await rest.request('DELETE', '/v1/remotes?remote_name=minio')
  expect([again.status, again.text.includes('no remote')]).toEqual([200, true])
})
