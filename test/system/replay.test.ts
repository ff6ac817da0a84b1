/** A cluster's log taken elsewhere: bundled, asked without NATS, decided again, and with other names. */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import type { TestSystem } from './harness.ts'
import { startSimulated } from './simulated.ts'
import { varve } from './varve.ts'

const passphrase = 'correct horse battery staple'

/** As on a laptop: no server is where it looks. */
const alone = (system: TestSystem, line: string, input?: string) =>
  varve({ ...system, nats: { ...system.nats, url: 'nats://127.0.0.1:1' } }, line, input)

const hashIn = (text: string) => /hash ([0-9a-f]{64})/.exec(text)?.[1]

it('is the same cluster on a laptop, and this release would decide it all alike', async () => {
  await using simulated = await startSimulated({ nodes: ['n1', 'n2', 'n3'] })
  const { system } = simulated
  await system.must('encryption.create-passphrase', { passphrase })
  await system.must('resource-group.create', { group: 'fast', filter: { placeCount: 2 } })
  await system.must('volume-group.create', { group: 'fast' })
  const sizesKib = [1024 ** 2]
  const reason = 'Ada-moves-in'
  const spawn = { group: 'fast', definition: 'webshop', sizesKib }
  expect(await system.command('resource-group.spawn', spawn, { reason })).toMatchObject({
    ok: true,
  })
  await simulated.untilDeployed('webshop', 2)
  await system.must('resource-group.spawn', { ...spawn, definition: 'gone' })
  await system.must('resource-definition.delete', { definition: 'gone' })
  await simulated.untilGone('gone')

  const file = join(system.directory, 'all.bundle')
  const bundled = await varve(system, `bundle ${file}`)
  expect(bundled).toMatchObject({ code: 0, err: expect.stringContaining('--anonymise') })
  const sequence = Number(/has (\d+) blocks/.exec(bundled.out)?.[1])
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  const there = await system.query('state-hash', { sequence })
  expect(there).toMatchObject({ ok: true, data: { stateHash: hashIn(bundled.out) } })

  const lines = [
    'node lost n1',
    'bisect "definitions < 2"',
    'timeline webshop',
    'log state-hash',
    'log verify',
    'node list --at 3',
  ]
  const shell = await alone(
    system,
    `replay ${file}`,
    [...lines, "varve history 'webshop'"].join('\n'),
  )
  expect(shell.err).toContain('nothing in it can be changed')
  expect(hashIn(shell.out)).toBe(hashIn(bundled.out))
  expect(shell).toMatchObject({
    code: 0,
    out: expect.stringMatching(/are chained[\s\S]*Ada-moves/),
  })
  expect(shell.out).toMatch(
    /no longer held after \d+:\n.*2, and not < 2\n.*alice, resource-group.spawn: gone/,
  )
  expect(shell.out).toContain('└ webshop was placed')
  const history = await alone(system, `replay ${file} -- history webshop -o json`)
  const asked = await system.query('history', { object: 'webshop' }, { sequence })
  expect(JSON.parse(history.out)).toEqual(asked.ok && asked.data)
  const early = await alone(system, `replay ${file} --until 2 -- status -o json`)
  expect(JSON.parse(early.out)).toMatchObject({ sequence: 2, resourceDefinitions: 0 })
  expect(await alone(system, `rehearse ${file}`)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/fold to the same state.*\nAll \d+ decisions would be the same/),
  })

  const hidden = join(system.directory, 'hidden.bundle')
  expect(await varve(system, `bundle ${hidden} --anonymise`)).toMatchObject({ code: 0, err: '' })
  const text = gunzipSync(await readFile(hidden)).toString()
  const words = ['webshop', 'alice', 'Ada-moves', '127.0.0.', 'vg0', 'scrypt$', passphrase, '"n1"']
  expect(words.filter((word) => text.includes(word))).toEqual([])
  const plain = gunzipSync(await readFile(file)).toString()
  expect(plain).toContain('webshop')
  for (const secret of [passphrase, Buffer.from(passphrase).toString('base64')]) {
    expect(plain).not.toContain(secret)
  }
  const counts = await alone(system, `replay ${hidden} -- status -o json`)
  expect(JSON.parse(counts.out)).toMatchObject({ nodes: 3, resourceDefinitions: 1 })

  const journal = join(system.directory, 'c1', 'journal')
  const again = await alone(system, `bundle ${file} --journal ${journal}`)
  expect(again).toMatchObject({ code: 2, err: expect.stringContaining('exists') })
  const damaged = await alone(system, `replay ${journal} -- node list`)
  expect(damaged).toMatchObject({ code: 2, err: expect.stringContaining('cannot be read') })
})
