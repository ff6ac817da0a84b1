/** From a request with a passphrase to what the rules, the log and the sender get to see. */
import type { CommandReply } from '@varve/events'
import { TestCluster } from '@varve/testing'
import { expect, test } from 'vitest'
import type { Job } from '../lead/sequencer.ts'
import { accepted, refusedReply } from '../serve/reply.ts'
import { protectSecrets } from './protect.ts'
import { createVault } from './vault.ts'

type Asked = { readonly type: string; readonly args: object; readonly plan?: boolean }

/** A leader in small: protected commands go to the rules of a cluster in memory. */
function leader() {
  const cluster = new TestCluster()
  const vault = createVault()
  cluster.vault = vault
  const bugs: unknown[] = []
  const submit = protectSecrets({
    vault,
    state: () => cluster.state,
    onBug: (error) => bugs.push(error),
    onReopened: () => undefined,
    submit: ({ request, plan, answer }: Job) => {
      const { command, id } = request
      const refused = plan ? undefined : cluster.trySend(command, id)
      if (refused) answer?.(refusedReply(id, 1, refused))
      else answer?.(accepted(id, 1, { entries: [], reply: {}, explain: undefined, bugs: [] }))
    },
  })
  const ask = ({ type, args, plan }: Asked) =>
    new Promise<CommandReply>((answer) => {
      const actor = { kind: 'user' as const, name: 'alice', via: 'cli' }
      // Tests send what a client might: also what the types would not allow.
      const command = { type, args } as Job['request']['command']
      submit({ request: { id: cluster.newId(), actor, command }, plan, answer })
    })
  return { cluster, vault, ask, bugs }
}

const create = (passphrase: string) => ({
  type: 'encryption.create-passphrase',
  args: { passphrase },
})
const enter = (passphrase: string) => ({
  type: 'encryption.enter-passphrase',
  args: { passphrase },
})
const codeOf = (reply: CommandReply) => (reply.ok ? 'ok' : reply.refusal.code)

test('a passphrase is created once, and the leader holds the open key from then on', async () => {
  const { cluster, vault, ask } = leader()
  expect(codeOf(await ask(create('correct horse')))).toBe('ok')
  expect(vault.isUnlocked).toBe(true)
  expect(codeOf(await ask(create('another')))).toBe('passphrase-exists')
  expect(JSON.stringify(cluster.entries)).not.toContain('correct horse')
})

test('another controller is locked until the right passphrase is entered', async () => {
  const { cluster, ask } = leader()
  await ask(create('correct horse'))
  const second = leader()
  second.cluster.state.encryption.set('', { ...mustHave(cluster.state.encryption.get('')) })
  expect(codeOf(await second.ask(enter('wrong')))).toBe('wrong-passphrase')
  expect(second.vault.isUnlocked).toBe(false)
  expect(codeOf(await second.ask({ ...enter('correct horse'), plan: true }))).toBe('ok')
  expect(second.vault.isUnlocked).toBe(false)
  expect(codeOf(await second.ask(enter('correct horse')))).toBe('ok')
  expect(second.vault.isUnlocked).toBe(true)
})

test('a changed passphrase opens the same key, and the old one opens nothing any more', async () => {
  const { cluster, vault, ask } = leader()
  await ask(create('old words'))
  const key = vault.newKey('web') ?? ''
  const change = (oldPassphrase: string, newPassphrase: string) =>
    ask({ type: 'encryption.modify-passphrase', args: { oldPassphrase, newPassphrase } })
  expect(codeOf(await change('wrong', 'new words'))).toBe('wrong-passphrase')
  expect(codeOf(await change('old words', 'new words'))).toBe('ok')
  const { master } = mustHave(cluster.state.encryption.get(''))
  expect(await vault.open(master, 'old words')).toBeUndefined()
  const fresh = createVault()
  const opened = await fresh.open(master, 'new words')
  if (opened) fresh.adopt(opened)
  const publicKey = Buffer.alloc(32, 9).toString('base64')
  const request = { wrapped: key, purpose: 'luks/web', context: 'luks/web/0', publicKey } as const
  expect(fresh.seal(request)).toEqual(vault.seal(request))
  expect(fresh.seal(request).state).toBe('sealed')
})

test('a passphrase of a volume is wrapped before anybody decides, and never while locked', async () => {
  const { cluster, ask } = leader()
  cluster.must('resource-definition.create', { definition: 'web', layers: ['LUKS', 'STORAGE'] })
  const volume = (passphrase: unknown) =>
    ask({
      type: 'volume-definition.create',
      args: { definition: 'web', sizeKib: 1024, passphrase },
    })
  expect(codeOf(await volume('my own words'))).toBe('no-passphrase')
  await ask(create('correct horse'))
  // Ciphertext from outside could be another volume's.
  expect(codeOf(await volume({ wrapped: 'forged' }))).toBe('invalid-arguments')
  expect(codeOf(await volume('my own words'))).toBe('ok')
  expect(cluster.state.volumeDefinitions.get('web/0')?.luksKey).toBeDefined()
  expect(JSON.stringify(cluster.entries)).not.toContain('my own words')
})

test('a key that belongs to another resource is not sealed for this one', async () => {
  const { vault, ask } = leader()
  await ask(create('correct horse'))
  const wrapped = vault.newKey('web') ?? ''
  const publicKey = Buffer.alloc(32, 9).toString('base64')
  const context = 'luks/db/0'
  const sealed = vault.seal({ wrapped, purpose: 'luks/db', context, publicKey })
  expect(sealed).toMatchObject({ state: 'unavailable' })
})

test('what goes wrong while a secret is encrypted is told without the secret', async () => {
  const { ask, vault, bugs } = leader()
  Object.assign(vault, { found: () => Promise.reject(new Error('no memory')) })
  const reply = await ask(create('correct horse'))
  expect(codeOf(reply)).toBe('internal-error')
  expect(bugs).toHaveLength(1)
  expect(JSON.stringify(reply)).not.toContain('correct horse')
})

function mustHave<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it is there')
  return value
}
