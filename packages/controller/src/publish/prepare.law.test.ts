import { nameKey, subjectsOf } from '@varve/events'
import { fourNodes, steps, type TestCluster } from '@varve/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nothingTouched, type Touched, touch } from '../core/desired/touched.ts'
import { prepare } from './prepare.ts'

const subjects = subjectsOf('test')

test('compiling what was touched gives the documents that compiling everything gives', () => {
  fc.assert(
    fc.property(steps, (played) => {
      const cluster = fourNodes()
      const kept = everything(cluster)
      let told = cluster.entries.length
      for (const each of played) {
        each(cluster)
        const touched = nothingTouched()
        for (const { events } of cluster.entries.slice(told)) {
          for (const event of events) touch(touched, cluster.state, event)
        }
        told = cluster.entries.length
        put(kept, cluster, touched)
        expect(Object.fromEntries(kept)).toEqual(Object.fromEntries(everything(cluster)))
      }
    }),
    { numRuns: 60 },
  )
})

type Documents = Map<string, object>

function everything(cluster: TestCluster): Documents {
  const all = nothingTouched()
  for (const key of cluster.state.definitions.keys()) all.definitions.add(key)
  for (const { definition } of cluster.state.debts.values()) {
    all.definitions.add(nameKey(definition))
  }
  for (const key of cluster.state.nodes.keys()) all.nodes.add(key)
  return put(new Map(), cluster, all)
}

function put(documents: Documents, cluster: TestCluster, touched: Touched): Documents {
  for (const { subject, document } of prepare(cluster.state, touched, subjects)) {
    if (document === undefined) documents.delete(subject)
    else documents.set(subject, document)
  }
  return documents
}
