/** The store of NATS is lost, and both journals are damaged: together they have everything. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startSystem, until } from './harness.ts'
import { varve } from './varve.ts'

it('is whole again out of a torn and a flipped journal, in an empty stream', async () => {
  await using system = await startSystem()
  const controllers = [await system.startController('c1'), await system.startController('c2')]
  for (let index = 0; index < 20; index += 1) {
    await system.must('resource-group.create', { group: `group${index}` })
  }
  const at = (name: string) => join(system.directory, name, 'journal')
  const whole = await until('both have all of it', async () => {
    const [one, two] = await Promise.all(['c1', 'c2'].map((name) => readFile(at(name))))
    return one && two && one.equals(two) ? one : undefined
  })
  const before = await system.query('state-hash', {})
  for (const controller of controllers.toReversed()) await controller.stop()
  const [torn, flipped] = ['torn', 'flipped'].map((name) => join(system.directory, name))
  await writeFile(torn ?? '', whole.subarray(0, Math.floor(whole.length * 0.7)))
  const rotten = Buffer.from(whole)
  const place = Math.floor(whole.length / 2)
  rotten[place] = (rotten[place] ?? 0) ^ 4
  await writeFile(flipped ?? '', rotten)

  const made = join(system.directory, 'c3', 'journal')
  await mkdir(join(system.directory, 'c3'))
  const plan = await varve(system, `log recover ${torn} ${flipped} --plan`)
  expect(plan).toMatchObject({
    code: 0,
    out: expect.stringMatching(/flipped: .*damaged: line \d+/),
  })
  const done = await varve(system, `log recover ${torn} ${flipped} --to ${made}`)
  expect(done).toMatchObject({ code: 0, err: '' })
  expect(await readFile(made)).toEqual(whole)
  expect(await varve(system, `log recover ${torn} --to ${made}`)).toMatchObject({ code: 2 })
  expect(await varve(system, `log verify --journal ${made}`)).toMatchObject({ code: 0 })

  // The store is lost; what a controller brings with it becomes the stream.
  await system.loseNats()
  await system.startController('c3')
  const groups = await until('it leads', async () => {
    const reply = await system.query('resource-groups', {})
    return reply.ok ? reply : undefined
  })
  expect((groups.data as { total: number }).total).toBe(21)
  const sequence = before.ok ? before.sequence : 0
  const after = await system.query('state-hash', { sequence })
  expect(after).toMatchObject({ ok: true, data: before.ok ? before.data : {} })
  expect(await varve(system, 'log verify')).toMatchObject({ code: 0 })
})
