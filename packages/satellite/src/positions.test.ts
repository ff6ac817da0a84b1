import { expect, test } from 'vitest'
import { silent } from './given-machine.ts'
import { recordedHost } from './host/record.ts'
import { PositionKeeper } from './positions.ts'

const host = () => recordedHost({ answer: () => undefined })

test('the highest position counts, and a deposed leader is not heard', () => {
  const keeper = new PositionKeeper(host(), silent)
  expect(keeper.judge('web', { term: 1, from: 5 })).toBe('newer')
  expect(keeper.judge('web', { term: 1, from: 5 })).toBe('same')
  expect(keeper.judge('web', { term: 2, from: 4 })).toBe('newer')
  expect(keeper.judge('web', { term: 1, from: 9 })).toBe('older-than-current')
  expect(keeper.judge('db', { term: 1, from: 1 })).toBe('newer')
})

test('a log that went backwards is noticed after a restart', async () => {
  const machine = host()
  const before = new PositionKeeper(machine, silent)
  before.judge('web', { term: 3, from: 50 })
  await before.save()
  const after = new PositionKeeper(machine, silent)
  await after.load()
  expect(after.judge('web', { term: 3, from: 49 })).toBe('older-than-remembered')
  expect(after.judge('web', { term: 3, from: 50 })).toBe('newer')
})

test('what no document is about any more is forgotten', async () => {
  const machine = host()
  const before = new PositionKeeper(machine, silent)
  before.judge('gone', { term: 3, from: 50 })
  before.judge('web', { term: 3, from: 50 })
  await before.save()
  const after = new PositionKeeper(machine, silent)
  await after.load()
  after.judge('web', { term: 3, from: 51 })
  after.complete()
  await after.save()
  expect(machine.files.get('/var/lib/varve.d/positions.json')).toBe(
    '{"v":1,"seen":{"web":[3,51]}}\n',
  )
})

test('a lost or broken memory is no reason to stop', async () => {
  const machine = host()
  machine.files.set('/var/lib/varve.d/positions.json', '{"v":1,')
  const keeper = new PositionKeeper(machine, silent)
  await keeper.load()
  expect(keeper.judge('web', { term: 1, from: 1 })).toBe('newer')
})
