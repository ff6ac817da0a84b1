/** The loop around the watching policies: what it is told of it acts on, until it is over. */
import { setImmediate } from 'node:timers/promises'
import type { Command } from '@varve/events'
import { gib, TestCluster } from '@varve/testing'
import { expect, test } from 'vitest'
import { machineTime } from '../edge/time.ts'
import { newId, random64 } from '../id.ts'
import { runPolicies } from './policies.ts'

/** web has lost one of its two replicas, and the entries that say so. */
function lost() {
  const cluster = new TestCluster()
  for (const node of ['n1', 'n2', 'n3']) cluster.node(node)
  const filter = { placeCount: 2, nodes: ['n1', 'n2'] }
  const args = { group: 'DfltRscGrp', definition: 'web', sizesKib: [gib], filter }
  cluster.must('resource-group.spawn', args)
  for (const node of ['n1', 'n2']) cluster.deploy('web', node)
  cluster.must('fact.node-offline', { node: 'n1' })
  const known = cluster.entries.length
  return {
    cluster,
    lose: () => {
      cluster.must('node.lost', { node: 'n1' })
      return cluster.entries.slice(known)
    },
  }
}

const typesOf = (sent: readonly Command[]) => sent.map(({ type }) => type)

test('an entry wakes a policy, whose command names it as its cause', async () => {
  const { cluster, lose } = lost()
  const sent: { command: Command; cause?: string | undefined }[] = []
  using loop = runPolicies({
    edge: { time: machineTime, chance: { newId, random64 } },
    state: cluster.state,
    observed: cluster.observed,
    submit: (request) => sent.push(request),
    onBug: (error) => expect(error).toBeUndefined(),
  })
  await setImmediate()
  sent.length = 0
  const entries = lose()
  loop.note(entries)
  await setImmediate()
  await setImmediate()
  const [first] = sent.filter(({ command }) => command.type === 'replica.re-place')
  expect(first?.cause).toBe(entries[0]?.id)
})

test('whoever hands over begins nothing new', async () => {
  const { cluster, lose } = lost()
  const sent: Command[] = []
  const loop = runPolicies({
    edge: { time: machineTime, chance: { newId, random64 } },
    state: cluster.state,
    observed: cluster.observed,
    submit: ({ command }) => sent.push(command),
    onBug: (error) => expect(error).toBeUndefined(),
  })
  await setImmediate()
  sent.length = 0
  const entries = lose()
  loop.note(entries)
  loop[Symbol.dispose]()
  loop.note(entries)
  await setImmediate()
  await setImmediate()
  expect(typesOf(sent)).toEqual([])
})
