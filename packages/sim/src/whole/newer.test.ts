/** Controllers of this release meet what a later one has written: they stand aside and spoil nothing. */
import { hashOf } from '@varve/controller/parts'
import { expect, test } from 'vitest'
import { WholeCluster } from './cluster.ts'

const size = { controllers: 3, nodes: 1, users: 1 }
const entry = (event: object) => ({
  id: '01J0000000000000000000LATE',
  at: Date.UTC(2026, 10, 22, 13),
  actor: { kind: 'system', name: 'later', via: 'controller' },
  events: [event],
  command: { type: 'leader.elect' },
})

/** A block that follows the last one, as a later release may write it. */
function following({ server }: WholeCluster, v: number, event: object): Buffer {
  const prev = hashOf(server.log.at(-1) ?? Buffer.alloc(0))
  const folded = JSON.stringify([entry(event)])
  const head = `{"v":${v},"term":9,"prev":"${prev}","folded":${Buffer.byteLength(folded)}`
  return Buffer.from(`${head},"entries":${folded},"details":[{}]}`)
}

test.each([
  ['a block of another form', 2, { type: 'leader.elected', term: 9, controller: 'later' }],
  ['an event that nobody here knows', 1, { type: 'resource.teleported' }],
])('%s: nobody leads, nobody tells what is old, the log stays as it is', async (_, v, event) => {
  const each = await WholeCluster.start(1, size)
  await each.pass(2_000)
  for (const user of each.users.values()) user.isDone = true
  await each.pass(2_000)
  const before = each.server.log.length
  each.isJudged = false
  each.server.append(following(each, v, event))
  await each.pass(1_000)
  // Whoever led finds out as soon as it wants to store something.
  for (const user of each.users.values()) {
    user.isDone = false
    user.begin(100)
  }
  await each.pass(30_000)
  expect(each.server.log).toHaveLength(before + 1)
  expect([...each.controllers.values()].map(({ isLeading }) => isLeading)).toEqual([
    false,
    false,
    false,
  ])
  const asides = each.told.filter((line) => line.includes('standing aside until upgraded'))
  expect(asides).toHaveLength(size.controllers)
  expect(each.history.broken).toEqual([])
  for (const seat of each.controllers.values()) seat.kill(false)
})
