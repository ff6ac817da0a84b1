/** The command line as a process: passphrases come in by file and standard input, and go nowhere. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startSystem } from './harness.ts'
import { varve } from './varve.ts'

const passphrase = 'correct horse battery staple'
const wrong = 'correct horse battery stapler'
const chosen = 'words that a user chose'

test('passphrases are read from standard input and files, and no output has them', async () => {
  await using system = await startSystem()
  const first = await system.startController('c1')
  const file = join(system.directory, 'chosen.txt')
  await writeFile(file, `${chosen}\n`)
  const said: (Awaited<ReturnType<typeof varve>> & { line: string })[] = []
  const say = async (line: string, input?: string) => {
    const result = { line, ...(await varve(system, line, input)) }
    said.push(result)
    return result
  }
  expect((await say('encryption status')).out).toMatch(/^unset: /)
  const define = await say('resource-definition create own --layer-list luks,storage')
  expect(define.code).toBe(0)
  const early = await say('volume-definition create own 1G')
  expect(early).toMatchObject({ code: 3 })
  expect(early.err).toContain('varve encryption create-passphrase')
  expect((await say('encryption create-passphrase', `${passphrase}\n`)).code).toBe(0)
  const made = `volume-definition create own 1G --passphrase-file ${file} --async`
  expect((await say(made)).code).toBe(0)

  await first.stop()
  await system.startController('c2')
  expect((await say('encryption status -o json')).out).toContain('"locked"')
  expect(await say('encryption enter-passphrase', `${wrong}\n`)).toMatchObject({ code: 2 })
  expect((await say('e ep --passphrase-file -', passphrase)).code).toBe(0)
  expect((await say('e st')).out).toMatch(/^unlocked: .*\nencrypted volume definitions: 1\n$/)
  const missing = await say('e ep --passphrase-file /nowhere')
  expect(missing).toMatchObject({ code: 2 })
  expect(missing.err).toContain('The passphrase cannot be read')
  await say('log list -o json')
  for (const sequence of [2, 3, 4, 5, 6, 7]) await say(`log show ${sequence} -o json`)
  await say('history resource-definition/own')
  await say('volume-definition show own 0 -o json')
  const output = JSON.stringify(said)
  expect(output).toContain('encryption.create-passphrase')
  expect(output).toContain('scrypt$')
  for (const secret of [passphrase, wrong, chosen]) {
    expect(output).not.toContain(secret)
    expect(output).not.toContain(Buffer.from(secret).toString('base64'))
  }
})
