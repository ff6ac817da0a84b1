import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import { runSteps } from '../apply.ts'
import { run, type Veil, write } from '../core/step.ts'
import { silent } from '../given-machine.ts'
import { recordedHost } from '../host/record.ts'
import { veiled } from '../layers/drbd/secret.ts'
import { realClock } from '../ports.ts'
import { findSecret, hideSecrets, veiledFiles } from './veil.ts'

const secret = 'Wq3-secret_of_the_peers'
const fingerprint = hash('sha256', secret, 'hex').slice(0, 32)
const path = '/var/lib/varve.d/web.res'
const fileWith = (word: string) => `net {\n  shared-secret "${word}";\n}\n`
const planned = fileWith(veiled(fingerprint))

const veil: Veil = {
  placeholder: veiled(fingerprint),
  fingerprint,
  context: 'drbd/web',
  known: [path],
  sealed: 'BOX',
}
const unseal = (sealed: string, context: string) =>
  sealed === 'BOX' && context === 'drbd/web' ? secret : undefined

function machine(files: Record<string, string> = {}) {
  return recordedHost({ answer: () => ({ exitCode: 10, stderr: stderr }), files })
}

const stderr = `Command 'drbdsetup new-peer web 1 --shared-secret=${secret} --protocol=C' terminated with exit code 10`

function apply(host: ReturnType<typeof machine>, steps: Parameters<typeof runSteps>[1]) {
  const { signal } = new AbortController()
  return runSteps('web', steps, { host, clock: realClock, log: silent, signal, unseal })
}

test('the secret is in the file, and planning sees its fingerprint instead', async () => {
  const host = machine()
  expect(await apply(host, [write(path, planned, 'why', veil)])).toEqual({ kind: 'done' })
  expect(host.files.get(path)).toBe(fileWith(secret))
  expect(await veiledFiles(host).readFile(path)).toBe(planned)
})

test('a file that changes while the cluster is locked keeps the secret that it has', async () => {
  const { sealed: _, ...rest } = veil
  const locked = { ...rest, unavailable: 'the cluster is locked' }
  const host = machine({ [path]: `# older\n${fileWith(secret)}` })
  expect(await apply(host, [write(path, planned, 'why', locked)])).toEqual({ kind: 'done' })
  expect(host.files.get(path)).toBe(fileWith(secret))
  const bare = machine()
  const outcome = await apply(bare, [write(path, planned, 'why', locked)])
  expect(outcome).toMatchObject({ kind: 'failed' })
  expect(JSON.stringify(outcome)).toContain('the cluster is locked')
  expect(bare.files.has(path)).toBe(false)
})

test('another secret in the file is not taken for it', () => {
  expect(findSecret(fileWith('something else'), fingerprint)).toBeUndefined()
  expect(findSecret(`${fileWith('something else')}${fileWith(secret)}`, fingerprint)).toBe(secret)
})

test('what drbdadm prints of a failure is told without the secret', async () => {
  const outcome = await apply(machine(), [run('adjust', ['drbdadm', 'adjust', 'web'], 'why')])
  expect(JSON.stringify(outcome)).toContain('--shared-secret=***')
  expect(JSON.stringify(outcome)).not.toContain(secret)
  expect(hideSecrets(fileWith(secret))).not.toContain(secret)
})
