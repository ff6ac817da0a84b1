/** A document made from a cluster changes nothing in it, and makes an empty one the same. */
import type { Command } from '@varve/events'
import { drbd9, fourNodes, gib, steps, TestCluster } from '@varve/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changesBetween } from './changes.ts'
import type { IntentCommand } from './collect.ts'
import { intentPage, joinIntent } from './export.ts'
import { Intent } from './schema.ts'

function intentOf({ state }: TestCluster): Intent {
  const parts = []
  for (let offset = 0; ; offset += 3) {
    const page = intentPage(state, { offset, limit: 3 })
    parts.push(...page.rows)
    if (offset + 3 >= page.total) break
  }
  // As it comes back from a file.
  return Intent.parse(JSON.parse(JSON.stringify(joinIntent(parts))))
}

test('applied to the cluster that it was made from, there is nothing to do', () => {
  fc.assert(
    fc.property(steps, (played) => {
      const cluster = fourNodes()
      for (const each of played) each(cluster)
      const intent = intentOf(cluster)
      const nothing = { commands: [], impossible: [], left: [] }
      expect(changesBetween(intent, intent, { pruneData: true })).toEqual(nothing)
    }),
    { numRuns: 100 },
  )
})

/** Runs what an apply would; returns what the rules said no to. */
function run(cluster: TestCluster, commands: readonly IntentCommand[]): IntentCommand[] {
  return commands.filter((command) => {
    const { type, args } = command
    const node = String(args.node)
    // Made of the very schemas that it is read by.
    const refused = cluster.trySend({ type, args } as unknown as Command) !== undefined
    if (type === 'node.create') {
      const capabilities = drbd9
      cluster.must('fact.node-online', { node, boot: `boot-${node}`, uname: node, capabilities })
    }
    if (type === 'storage-pool.create') cluster.pool(node, String(args.pool), 100 * gib)
    return refused
  })
}

test('applied to an empty cluster it makes the same, but for what the rules say no to', () => {
  fc.assert(
    fc.property(steps, (played) => {
      const cluster = fourNodes()
      for (const each of played) each(cluster)
      const wanted = intentOf(cluster)
      const other = new TestCluster()
      const first = changesBetween(intentOf(other), wanted)
      expect(first.impossible).toEqual([])
      const refused = run(other, first.commands)
      const second = changesBetween(intentOf(other), wanted)
      expect(second.impossible).toEqual([])
      expect(refused).toEqual(expect.arrayContaining([...second.commands]))
      expect(refused.length).toBeLessThan(first.commands.length)
    }),
    { numRuns: 50 },
  )
})
