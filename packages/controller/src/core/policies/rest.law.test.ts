import { type Entry, nothingObserved } from '@varve/events'
import { fourNodes, steps, type TestCluster } from '@varve/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { factsOf } from './facts.ts'
import { policies } from './index.ts'

const lastWords = new Set(policies.filter(({ isLast }) => isLast).map(({ name }) => name))

test('what a policy says that has the last word sets no other off', () => {
  fc.assert(
    fc.property(steps, (played) => {
      const cluster = fourNodes()
      for (const each of played) {
        const known = cluster.entries.length
        each(cluster)
        for (const entry of cluster.entries.slice(known)) {
          if (lastWords.has(entry.actor.name)) expectRest(cluster, entry)
        }
      }
    }),
    { numRuns: 80 },
  )
})

/** Whatever a policy still wants of the definition is refused, or is so already. */
function expectRest(cluster: TestCluster, { command }: Entry): void {
  const { definition } = command.args as { definition: string }
  const facts = factsOf(cluster.state, nothingObserved, definition)
  if (!facts) return
  for (const wanted of policies.flatMap((policy) => policy.run(facts))) {
    const known = cluster.entries.length
    cluster.trySend(wanted)
    expect(cluster.entries.slice(known)).toEqual([])
  }
}
