import { expect, test } from 'vitest'
import { answerQuery } from '../query.ts'
import { began, exampleReports, exampleStory, pool, report, seen } from '../testing/example.ts'
import type { ResourceRow } from './resource.ts'

async function ask(...[world, noun, args]: Parameters<typeof answerQuery>): Promise<unknown> {
  const outcome = await answerQuery(world, noun, args)
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusal))
  return outcome.data
}

const statusOf = async (change: Parameters<typeof report>[2]) => {
  const reports = exampleReports()
  reports.resources['web/n2'] = report('web', 'n2', change)
  const world = exampleStory().world(seen(reports))
  const row = (await ask(world, 'resource', { definition: 'web', node: 'n2' })) as ResourceRow
  return [row.status, row.isSettled]
}

test('a replica that syncs says how far it is and is not settled', async () => {
  const volume = { number: 0, device: '/dev/drbd1000', disk: 'Inconsistent', done: 43.9 } as const
  expect(await statusOf({ volumes: [volume] })).toEqual(['SyncTarget(43%)', false])
  expect(await statusOf({})).toEqual(['UpToDate', true])
})

test('a report from before the resource was made says nothing about it', async () => {
  expect(await statusOf({ applied: { term: 1, from: 2 } })).toEqual(['Creating', false])
})

test('what a satellite said before it was started again settles nothing', async () => {
  expect(await statusOf({ boot: 'an earlier one' })).toEqual(['Starting', false])
})

test('a resource whose step fails is Failed, with the command and its last words', async () => {
  const failure = {
    step: 'create-volume',
    argv: ['lvcreate', '-n', 'web_00000'],
    exitCode: 5,
    stderr: 'WARNING: x\n  No space left.\n',
    at: began,
  }
  expect(await statusOf({ status: 'failed', failure })).toEqual(['Failed', false])
})

test('what an offline node said last is shown, marked stale, with its age', async () => {
  const story = exampleStory()
  story.tell('fact.node-offline', [{ type: 'node.disconnected', node: 'n2' }])
  const world = story.world(seen(exampleReports()))
  const row = await ask(world, 'resource', { definition: 'WEB', node: 'N2' })
  expect(row).toMatchObject({
    status: 'Offline',
    isSettled: false,
    observed: { stale: true, ageMs: 10_000, role: 'Secondary' },
  })
  const pools = await ask(world, 'storage-pools', { node: 'n2' })
  expect(pools).toMatchObject({ rows: [{ observed: { stale: true, ageMs: 3_600_000 } }] })
  expect(await ask(world, 'nodes', {})).toMatchObject({
    rows: [{ status: 'online' }, { status: 'offline' }, { status: 'online' }],
  })
})

test('passwords of drives are not shown', async () => {
  const story = exampleStory()
  const of = 'storage-pool/n1/thin'
  story.tell('storage-pool.modify', [
    { type: 'property.set', of, key: 'SED/dev/sda', value: 'secret' },
    { type: 'property.set', of, key: 'Aux/tier', value: 'fast' },
  ])
  const world = story.world(seen({ pools: { 'n1/thin': pool(50) } }))
  expect(await ask(world, 'properties', { object: of })).toEqual({
    object: of,
    props: { 'Aux/tier': 'fast' },
  })
  expect(
    JSON.stringify(await ask(world, 'storage-pool', { node: 'n1', pool: 'thin' })),
  ).not.toMatch('secret')
})

test('lists are filtered by any of their names, in any spelling, and paged', async () => {
  const world = exampleStory().world(seen(exampleReports()))
  const page = await ask(world, 'resources', { definition: 'Web', node: 'N1' })
  expect(page).toMatchObject({ total: 1, rows: [{ node: 'n1' }] })
  expect(await ask(world, 'resources', { offset: 1, limit: 1 })).toMatchObject({
    total: 3,
    offset: 1,
    rows: [{ node: 'n2' }],
  })
  expect(await ask(world, 'volumes', { node: 'n3' })).toMatchObject({ total: 1 })
  expect(await ask(world, 'volumes', { node: 'n1', pool: 'thin' })).toMatchObject({ total: 1 })
})

test('unknown objects, arguments and queries are refused with their names', async () => {
  const world = exampleStory().world()
  const refusedWith = async (noun: string, args: object) => {
    const outcome = await answerQuery(world, noun, args)
    return outcome.ok ? outcome : outcome.refusal.refused
  }
  expect(await refusedWith('node', { node: 'n9' })).toBe('not-found')
  expect(await refusedWith('nodes', { colour: 'red' })).toBe('invalid-arguments')
  expect(await refusedWith('volumes', { limit: 0 })).toBe('invalid-arguments')
  expect(await refusedWith('toString', {})).toBe('unknown-query')
})
