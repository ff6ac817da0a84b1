/** The past, as people ask for it: every read as of a sequence of the log or of a time. */
import { expect, it } from 'vitest'
import { startSystem } from './harness.ts'
import { varve } from './varve.ts'

it('tells how it was before a change, by sequence and by time, whoever leads', async () => {
  await using system = await startSystem()
  const first = await system.startController('c1')
  await system.must('node.create', { node: 'n1', address: '10.0.0.1' })
  const made = await system.must('resource-group.create', { group: 'gold', description: 'old' })
  await system.must('resource-group.modify', { group: 'gold', description: 'new' })
  await system.must('resource-group.delete', { group: 'gold' })
  const then = { sequence: made.sequence }
  const group = () => system.query('resource-group', { group: 'gold' }, then)
  expect(await system.query('resource-group', { group: 'gold' })).toMatchObject({ ok: false })
  const old = await group()
  expect(old).toMatchObject({ ok: true, ...then, data: { description: 'old' } })
  const at = { timeMs: old.ok ? old.at : 0 }
  expect(await system.query('resource-group', { group: 'gold' }, at)).toMatchObject({ ok: true })
  const history = await system.query('history', { object: 'resource-group/gold' }, then)
  expect(history).toMatchObject({ data: { rows: [{ command: 'resource-group.create' }] } })
  const since = await system.query('diff', { from: then })
  expect(since).toMatchObject({
    data: { rows: [{ object: 'resource-group/gold', change: 'removed' }] },
  })
  const next = { sequence: made.sequence + 1 }
  expect(await system.query('diff', { from: then, to: next })).toMatchObject({
    data: { rows: [{ fields: [{ field: 'description', from: 'old', to: 'new' }] }] },
  })
  expect(await system.query('diff', { from: then }, next)).toMatchObject({
    ok: false,
    refusal: { code: 'invalid-arguments' },
  })
  const never = await system.query('nodes', {}, { sequence: 9_999 })
  expect(never).toMatchObject({ ok: false, refusal: { code: 'not-in-log' } })
  expect(await system.query('nodes', {}, { timeMs: 5 })).toMatchObject({
    ok: false,
    refusal: { code: 'before-the-log' },
  })
  await first.stop()
  await system.startController('c2')
  expect(await group()).toMatchObject({ ok: true, ...then, data: { description: 'old' } })
})

it('takes back what somebody asked for, unless somebody else has gone on from it', async () => {
  await using system = await startSystem()
  await system.startController('c1')
  const made = await system.must('resource-group.create', { group: 'gold' })
  const changed = await system.must('resource-group.modify', {
    group: 'gold',
    setProps: { 'Aux/tier': '1' },
  })
  expect(await varve(system, `undo ${made.sequence}`)).toMatchObject({
    code: 8,
    err: expect.stringContaining('resource-group/gold was changed since'),
  })
  const plan = await varve(system, `undo ${changed.sequence} --plan`)
  expect(plan).toMatchObject({ code: 0, out: expect.stringContaining('deleteProps=["Aux/tier"]') })
  expect(await varve(system, `undo ${changed.sequence}`)).toMatchObject({ code: 0 })
  expect(await varve(system, `undo ${made.sequence}`)).toMatchObject({ code: 0 })
  expect(await system.query('resource-group', { group: 'gold' })).toMatchObject({ ok: false })
  const nobody = await varve(system, 'undo 2')
  expect(nobody).toMatchObject({ code: 8, err: expect.stringContaining('cannot be undone') })
})
