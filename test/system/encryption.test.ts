/** The cluster's passphrase with real controllers: set, lost with a restart, entered, changed. */
import { expect, test } from 'vitest'
import { startSystem, type TestSystem, until } from './harness.ts'

const statusOf = async (system: TestSystem) => {
  const reply = await system.query('encryption')
  return reply.ok ? (reply.data as { status: string }).status : reply.refusal.code
}
const codeOf = (reply: Awaited<ReturnType<TestSystem['command']>>) =>
  reply.ok ? 'ok' : reply.refusal.code
const untilStatus = (system: TestSystem, wanted: string) =>
  until(`the cluster is ${wanted}`, async () =>
    (await statusOf(system)) === wanted ? true : undefined,
  )

test('a cluster is locked after its controller has started, until the passphrase is entered', async () => {
  await using system = await startSystem()
  const first = await system.startController('c1')
  expect(await statusOf(system)).toBe('unset')
  await system.must('encryption.create-passphrase', { passphrase: 'correct horse' })
  expect(await statusOf(system)).toBe('unlocked')
  const define = (definition: string) =>
    system.must('resource-definition.create', { definition, layers: ['LUKS', 'STORAGE'] })
  const volume = (definition: string) =>
    system.command('volume-definition.create', { definition, sizeKib: 1024 * 1024 })
  await define('one')
  expect(codeOf(await volume('one'))).toBe('ok')

  await first.stop()
  await system.startController('c2')
  await define('two')
  expect(await statusOf(system)).toBe('locked')
  expect(codeOf(await volume('two'))).toBe('locked')
  const enter = (passphrase: string) =>
    system.command('encryption.enter-passphrase', { passphrase })
  expect(codeOf(await enter('wrong horse'))).toBe('wrong-passphrase')
  expect(await statusOf(system)).toBe('locked')
  expect(codeOf(await enter('correct horse'))).toBe('ok')
  expect(await statusOf(system)).toBe('unlocked')
  expect(codeOf(await volume('two'))).toBe('ok')
  await system.must('encryption.modify-passphrase', {
    oldPassphrase: 'correct horse',
    newPassphrase: 'battery staple',
  })
  expect(codeOf(await enter('correct horse'))).toBe('wrong-passphrase')
  expect(codeOf(await enter('battery staple'))).toBe('ok')
})

test('a controller with a passphrase file founds the encryption, and unlocks it again', async () => {
  await using system = await startSystem()
  const readPassphrase = async () => 'from a file'
  const first = await system.startController('c1', { readPassphrase })
  await untilStatus(system, 'unlocked')
  await first.stop()
  const second = await system.startController('c2', { readPassphrase })
  await untilStatus(system, 'unlocked')
  await second.stop()
  await system.startController('c3', { readPassphrase: async () => 'another' })
  // A wrong file keeps nobody from leading.
  await system.must('resource-definition.create', { definition: 'web' })
  expect(await statusOf(system)).toBe('locked')
})

test('the same request sent twice makes one master key, and the cluster stays open', async () => {
  await using system = await startSystem()
  await system.startController('c1')
  const id = '01K9ZW4Q0G7C1N5T8Y2D6M3RSV'
  const create = () =>
    system.command('encryption.create-passphrase', { passphrase: 'correct horse' }, { id })
  expect(await create()).toMatchObject({ ok: true })
  expect(await create()).toMatchObject({ ok: true, repeated: true })
  await system.must('resource-definition.create', {
    definition: 'one',
    layers: ['LUKS', 'STORAGE'],
  })
  await system.must('volume-definition.create', { definition: 'one', sizeKib: 4096 })
  await system.must('encryption.enter-passphrase', { passphrase: 'correct horse' })
})

test('a passphrase that was entered just before a leader fell, and is sent again, opens the next', async () => {
  await using system = await startSystem()
  const first = await system.startController('c1')
  await system.must('encryption.create-passphrase', { passphrase: 'correct horse' })
  const id = '01K9ZW4Q0G7C1N5T8Y2D6M3RSW'
  const enter = () =>
    system.command('encryption.enter-passphrase', { passphrase: 'correct horse' }, { id })
  expect(await enter()).toMatchObject({ ok: true })
  await first.stop()
  await system.startController('c2')
  expect(await enter()).toMatchObject({ ok: true, repeated: true })
  await untilStatus(system, 'unlocked')
})
