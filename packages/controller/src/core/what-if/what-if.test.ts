/** What is foretold is what the rules do when it happens; and nothing is left of it. */
import { isRefusal, refusalText } from '@varve/events'
import type { Prospect, Supposed } from '@varve/projections'
import { gib, TestCluster } from '@varve/testing'
import { expect, it } from 'vitest'
import { stateHash } from '../../book.ts'
import { whatIf } from './what-if.ts'
import { whyNot } from './why-not.ts'

function cluster(nodes = ['n1', 'n2', 'n3'], freeKib = 100 * gib): TestCluster {
  const made = new TestCluster()
  for (const [index, name] of nodes.entries()) {
    made.node(name, { freeKib: freeKib - index * gib })
    made.must('node.modify', { node: name, setProps: { 'Aux/zone': index < 1 ? 'a' : 'b' } })
  }
  return made
}

function spawn(made: TestCluster, definition: string, placeCount: number): void {
  made.must('resource-group.spawn', {
    group: 'DfltRscGrp',
    definition,
    sizesKib: [10 * gib],
    filter: { placeCount },
  })
  for (const { node } of made.state.resources.by('definition', definition)) {
    made.deploy(definition, node)
  }
}

function ask(made: TestCluster, supposed: Supposed): Prospect {
  const before = stateHash(made.state)
  const work = whatIf(made.state, made.observed, supposed)
  let step = work.next()
  while (!step.done) step = work.next()
  expect(stateHash(made.state)).toBe(before)
  if (isRefusal(step.value)) throw new Error(refusalText(step.value))
  return step.value
}

it('losing a node: what is made anew, and where, is what the policy then does', () => {
  const made = cluster()
  spawn(made, 'web', 2)
  const told = ask(made, { change: 'lose-node', of: ['n1'] })
  expect(told).toMatchObject({ gone: ['n1'], affected: 1, lost: [], withoutQuorum: [] })
  expect(told.placed).toEqual([{ definition: 'web', node: 'n3', pool: 'thin', sizeKib: 10 * gib }])
  expect(told.pools).toMatchObject([{ node: 'n3', addedKib: 10 * gib }])
  made.must('fact.node-offline', { node: 'n1' })
  made.must('node.lost', { node: 'n1' })
  // With one replica left nobody needs a tie-breaker, so its node is free as soon as it is gone.
  made.confirmGone('web', 'n3')
  const events = made.must('replica.re-place', { definition: 'web' })
  const happened = events.flatMap((event) => (event.type === 'volume.created' ? event.node : []))
  expect(happened).toEqual(told.placed.map(({ node }) => node))
})

it('names what would lose its last good copy, and what would no longer have quorum', () => {
  const made = cluster()
  spawn(made, 'alone', 1)
  spawn(made, 'pair', 2)
  const told = ask(made, { change: 'lose-zone', of: ['zone=b'] })
  expect(told.gone).toEqual(['n2', 'n3'])
  expect(told.withoutQuorum).toEqual([{ definition: 'pair', left: 'n1 (diskful)' }])
  expect(ask(made, { change: 'lose-node', of: ['n1'] }).lost).toEqual(['alone'])
  expect(ask(made, { change: 'lose-pool', of: ['n1/thin'] }).lost).toEqual(['alone'])
})

it('says when there is no room, and whether one more node would do', () => {
  const made = cluster(['n1', 'n2'])
  spawn(made, 'web', 2)
  const [short] = ask(made, { change: 'lose-node', of: ['n2'] }).unplaced
  expect(short).toMatchObject({ definition: 'web', problem: expect.stringContaining('Not enough') })
  const more = ask(made, { change: 'lose-node', of: ['n2'], addKib: 50 * gib })
  expect(more).toMatchObject({ unplaced: [], placed: [{ node: 'one-more-node' }] })
})

it('draining a node: where each replica would go, as the evacuation then has it', () => {
  const made = cluster(['n1', 'n2', 'n3', 'n4'])
  spawn(made, 'web', 2)
  const told = ask(made, { change: 'drain', of: ['n1'] })
  const events = made.must('node.evacuate', { node: 'n1' })
  expect(events.some(({ type }) => type === 'node.evacuation-started')).toBe(true)
  const planned = made.must('evacuation.plan', { definition: 'web', node: 'n1' })
  const created = planned.flatMap((event) => (event.type === 'volume.created' ? event.node : []))
  expect(told.placed.map(({ node }) => node)).toEqual(created)
  expect(told.lost).toEqual([])
})

it('refuses nodes, zones and pools that there are not', () => {
  const made = cluster()
  for (const [change, of] of [
    ['lose-node', 'n9'],
    ['lose-zone', 'zone=z'],
    ['lose-pool', 'n1/none'],
  ] as const) {
    const { value } = whatIf(made.state, made.observed, { change, of: [of] }).next()
    expect(isRefusal(value)).toBe(true)
  }
})

it('tells why a node would not get one more replica, or how it ranks', () => {
  const made = cluster()
  spawn(made, 'web', 2)
  made.must('node.modify', { node: 'n3', setProps: { AutoplaceTarget: 'false' } })
  const tell = (node: string, candidate: Parameters<typeof whyNot>[3]) => {
    const told = whyNot(made.state, made.observed, node, candidate)
    if (isRefusal(told)) throw new Error(refusalText(told))
    return told
  }
  expect(tell('n1', { definition: 'web' })).toMatchObject({ fits: [], verdicts: [{ node: 'n1' }] })
  expect(tell('n3', { definition: 'web' }).verdicts[0]?.reason).toContain('AutoplaceTarget')
  const group = { group: 'DfltRscGrp', sizeKib: gib }
  expect(tell('n2', group)).toMatchObject({ fits: [{ pool: 'thin', rank: 2 }], fitting: 2 })
  const large = tell('n2', { ...group, sizeKib: 5000 * gib })
  expect(large.verdicts).toMatchObject([{ rule: 'free-space', answer: 'not-now' }])
})
