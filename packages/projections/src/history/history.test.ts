import type { VarveEvent } from '@varve/events'
import { expect, test } from 'vitest'
import { answerQuery } from '../query.ts'
import { exampleStory } from '../testing/example.ts'
import { HistoryIndex } from './history-index.ts'
import { ownerOf, ownersOf, referencesOf } from './references.ts'
import type { History } from './rows.ts'

const happened = (definition: string): { events: VarveEvent[] } => ({
  events: [{ type: 'volume.disk-changed', definition, node: 'n1', number: 0, disk: 'UpToDate' }],
})

async function historyOf(object: string, args: object = {}): Promise<History> {
  const outcome = await answerQuery(exampleStory().world(), 'history', { object, ...args })
  if (!outcome.ok) throw new Error(outcome.refusal.refused)
  return outcome.data as History
}

test('a definition’s history includes its replicas and volumes, newest first', async () => {
  const { rows, object, isComplete } = await historyOf('web')
  expect({ object, isComplete }).toEqual({ object: 'resource-definition/web', isComplete: true })
  expect(rows.map((row) => `${row.sequence} ${row.actor.name}: ${row.summary}`)).toEqual([
    '16 leader: volume 0 of web on n2 became UpToDate',
    '15 leader: volume 0 of web on n1 became UpToDate',
    '14 tie-breaker: web was placed on n3 (tie-breaker); volume 0 of web got a diskless replica on n3',
    '13 alice: web was placed on n1 (diskful); volume 0 of web got a place in pool thin of n1; and 2 more events',
    '12 alice: web was defined in group rg; volume 0 of web was defined with 10 GiB',
  ])
  expect(rows.at(-1)?.reason).toBe('shop opens on Monday')
  expect(rows[2]?.cause).toBe(rows.at(-1)?.id)
})

test('one replica’s history tells only of that replica', async () => {
  const { rows } = await historyOf('web/n2')
  expect(rows.map((row) => row.summary)).toEqual([
    'volume 0 of web on n2 became UpToDate',
    'web was placed on n2 (diskful); volume 0 of web got a place in pool thin of n2',
  ])
})

test('pages go on before a sequence', async () => {
  const { rows } = await historyOf('web', { limit: 2, before: 15 })
  expect(rows.map((row) => row.sequence)).toEqual([14, 13])
})

test('filters take what somebody did, by which command, where and when', async () => {
  const sequences = async (args: object) =>
    (await historyOf('web', args)).rows.map((row) => row.sequence)
  expect(await sequences({ actor: 'alice' })).toEqual([13, 12])
  expect(await sequences({ actor: 'policy' })).toEqual([14])
  expect(await sequences({ command: 'tie-breaker.add' })).toEqual([14])
  expect(await sequences({ command: 'fact' })).toEqual([16, 15])
  expect(await sequences({ node: 'N3' })).toEqual([14])
  expect(await sequences({ since: { sequence: 15 } })).toEqual([16, 15])
  expect(await sequences({ actor: 'nobody' })).toEqual([])
})

test('an object that is gone still has its history', async () => {
  const story = exampleStory()
  story.tell('resource-definition.delete', [
    { type: 'resource-definition.deleted', definition: 'db' },
  ])
  const outcome = await answerQuery(story.world(), 'history', { object: 'DB' })
  expect(outcome).toMatchObject({ ok: true, data: { rows: [{ sequence: 18 }, { sequence: 17 }] } })
})

test('what never was has no history, though its definition has one', async () => {
  const outcome = await answerQuery(exampleStory().world(), 'history', {
    object: 'resource/web/n9',
  })
  expect(outcome).toMatchObject({ ok: false, refusal: { refused: 'not-found' } })
})

test('the index finds an entry under the owner of every object that it is about', () => {
  const events: VarveEvent[] = exampleStory().entries.flatMap((entry) => entry.events)
  expect(events.length).toBeGreaterThan(20)
  // Copies of snapshots lie on nodes that may hold nothing else of the definition.
  events.push({ type: 'snapshot.copied', definition: 'web', snapshot: 's1', node: 'n9' })
  events.push({
    type: 'snapshot.copy-failed',
    definition: 'web',
    snapshot: 's1',
    node: 'n9',
    problem: 'no room',
  })
  for (const event of events) {
    const owners = new Set(referencesOf(event).map(ownerOf))
    expect(new Set(ownersOf(event))).toEqual(owners)
  }
})

test('a long history is cut at its old end, and says so', () => {
  const index = new HistoryIndex({ perObject: 4, total: 1000 })
  for (let sequence = 1; sequence <= 5; sequence += 1) index.add(happened('web'), sequence, 0)
  const kept = [...index.of('resource-definition/WEB')].map((one) => one.sequence)
  expect(kept).toEqual([5, 4, 3, 2])
  expect(index.isComplete('resource-definition/web')).toBe(false)
})

test('the index as a whole is bounded: what changed longest ago is dropped, and says so', () => {
  const index = new HistoryIndex({ total: 8 })
  for (let i = 1; i <= 10; i += 1) index.add(happened(`d${i}`), i, 3)
  expect(index.size).toBeLessThanOrEqual(8)
  expect([...index.of('resource/d10/n1')]).toEqual([{ sequence: 10, index: 3 }])
  expect(index.has('resource-definition/d1')).toBe(false)
  expect(index.isComplete('resource-definition/d1')).toBe(false)
  index.add(happened('d1'), 11, 0)
  expect(index.isComplete('resource-definition/d1')).toBe(false)
})

test('what was saved of the index answers as the index does, also about what comes later', () => {
  const tell = (index: HistoryIndex, from: number, to: number) => {
    for (let i = from; i <= to; i += 1) index.add(happened(`d${i % 7}`), i, i % 3)
  }
  const index = new HistoryIndex({ perObject: 4, total: 16 })
  tell(index, 1, 40)
  const restored = new HistoryIndex({ perObject: 4, total: 16 })
  for (const part of JSON.parse(JSON.stringify([...index.saved()]))) restored.restore(part)
  const contents = (one: HistoryIndex) =>
    Array.from({ length: 8 }, (_, number) => {
      const object = `resource-definition/d${number}`
      return { rows: [...one.of(object)], isComplete: one.isComplete(object) }
    })
  expect(contents(restored)).toEqual(contents(index))
  expect(restored.size).toBe(index.size)
  for (const one of [index, restored]) tell(one, 41, 60)
  expect(contents(restored)).toEqual(contents(index))
})
