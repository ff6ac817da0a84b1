/** The part of the golden story on storage that two nodes share; see golden.ts. */
import { defineOnSan, gib, joinSan, type TestCluster } from '@varve/testing'

export function playShared(cluster: TestCluster): void {
  const definition = 'on-san'
  for (const node of ['s1', 's2']) {
    cluster.node(node)
    joinSan(cluster, node)
  }
  defineOnSan(cluster, definition)
  for (const node of ['s1', 's2']) {
    cluster.must('resource.create', { definition, node, pool: 'san' })
  }
  cluster.must('resource-definition.create', { definition: 'next-on-san', layers: ['STORAGE'] })
  cluster.must('volume-definition.create', { definition: 'next-on-san', sizeKib: gib })
  cluster.must('resource.create', { definition: 'next-on-san', node: 's2', pool: 'san' })
  const about = { definition, node: 's1', from: 0, absent: false, volumes: [] }
  cluster.must('fact.resource-observed', { ...about, idleAt: cluster.sequence, isFailed: true })
  cluster.must('fact.resource-observed', { ...about, idleAt: cluster.sequence })
  cluster.deploy('next-on-san', 's2')
  cluster.deploy(definition, 's1')
  cluster.must('resource.make-available', { definition, node: 's2' })
  const since = cluster.state.resources.get(`${definition}/s1`)?.inactive?.since ?? 0
  cluster.deploy(definition, 's1', { inactive: since })
  cluster.must('fact.node-offline', { node: 's2' })
  cluster.must('resource.deactivate', { definition, node: 's2', fenced: true })
}
