/** Plans that are kept: carried out as they were told, or refused with what has moved. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startSystem } from './harness.ts'
import { varve } from './varve.ts'

it('is carried out as it was told, or refused with what moved, when, and by whom', async () => {
  await using system = await startSystem()
  const first = await system.startController('c1')
  for (const group of ['gold', 'iron']) await system.must('resource-group.create', { group })
  const file = (name: string) => join(system.directory, name)
  const save = (name: string, line: string) => varve(system, `${line} --save ${file(name)}`)
  const gold = await save(
    'gold',
    'resource-definition create web --resource-group gold --reason shop',
  )
  expect(gold).toMatchObject({ err: '', code: 0, out: expect.stringContaining('nothing was done') })
  expect((await stat(file('gold'))).mode & 0o777).toBe(0o600)
  expect(await save('gold', 'resource-definition create db')).toMatchObject({ code: 2 })
  await save('iron', 'resource-definition create db --resource-group iron')
  await save('late', 'resource-definition create db')

  // Somebody changes the one group; the other plan has nothing to do with it.
  await system.must('resource-group.modify', { group: 'iron', description: 'rusty' })
  const refused = await varve(system, `apply ${file('iron')}`)
  expect(refused.code).toBe(8)
  expect(refused.err).toContain('resource-group/iron has changed since log')
  expect(refused.err).toMatch(/log \d+, \d{4}-.*Z, alice: .*described anew/)

  // Another controller leads by then.
  await first.stop()
  await system.startController('c2')
  const shown = await varve(system, `apply ${file('gold')} --plan`)
  expect(shown).toMatchObject({ code: 0, out: expect.stringContaining('nothing has moved since') })
  expect(await varve(system, `apply ${file('gold')}`)).toMatchObject({ code: 0 })
  const history = await system.query('history', { object: 'resource-definition/web' })
  expect(history).toMatchObject({
    data: { rows: [{ actor: { name: 'alice' }, reason: 'shop' }] },
  })
  // Once is enough.
  expect(await varve(system, `apply ${file('gold')}`)).toMatchObject({ code: 8 })

  // Nothing that it rests on has moved, but its name was taken.
  await system.must('resource-definition.create', { definition: 'db', group: 'gold' })
  expect(await varve(system, `apply ${file('late')}`)).toMatchObject({ code: 8 })
})

it('refuses what would now come out otherwise, and what is only about to be stored', async () => {
  await using system = await startSystem()
  await system.startController('c1')
  await system.must('resource-definition.create', { definition: 'aa' })
  await system.must('resource-definition.create', { definition: 'bb' })
  const args = { definition: 'bb', sizeKib: 1024 * 1024 }
  const planned = await system.command('volume-definition.create', args, { plan: true })
  const asPlanned = planned.ok ? planned.plan?.asPlanned : undefined
  // Takes the minor that the plan has told.
  await system.must('volume-definition.create', { definition: 'aa', sizeKib: 1024 * 1024 })
  const other = await system.command('volume-definition.create', args, { asPlanned })
  expect(other).toMatchObject({ ok: false, refusal: { code: 'plan-differs' } })

  const group = { group: 'gold' }
  await system.must('resource-group.create', group)
  const change = { ...group, description: 'mine' }
  const mine = await system.command('resource-group.modify', change, { plan: true })
  const [theirs, both] = await Promise.all([
    system.command('resource-group.modify', { ...group, description: 'theirs' }),
    system.command('resource-group.modify', change, {
      asPlanned: mine.ok ? mine.plan?.asPlanned : undefined,
    }),
  ])
  expect(theirs.ok).toBe(true)
  expect(both).toMatchObject({ ok: false, refusal: { code: 'plan-moved' } })
})
