/** The part of the golden story in which replicas move; see golden.ts. */
import { gib, type TestCluster } from '@varve/testing'

export function playMoves(cluster: TestCluster): void {
  const definition = 'moved'
  for (const node of ['m1', 'm2', 'm3']) cluster.node(node)
  cluster.must('resource-definition.create', { definition })
  cluster.must('volume-definition.create', { definition, sizeKib: gib })
  cluster.must('resource-definition.modify', { definition, setProps: noTieBreaker })
  for (const node of ['m1', 'm2']) {
    cluster.must('resource.create', { definition, node, pool: 'thin' })
    cluster.deploy(definition, node)
  }
  const toggle = (node: string, more: { migrateFrom?: string } = {}) =>
    cluster.must('resource.toggle-disk', { definition, node, ...more })
  toggle('m2')
  toggle('m2')
  cluster.deploy(definition, 'm2')
  toggle('m2')
  cluster.deploy(definition, 'm2')
  toggle('m2')
  cluster.deploy(definition, 'm2')
  toggle('m3', { migrateFrom: 'm1' })
  cluster.must('resource.toggle-disk', { definition, node: 'm3', cancel: true })
  const filter = { nodes: ['m1', 'm2', 'm3'] }
  cluster.must('resource-group.create', { group: 'here', filter })
  cluster.must('resource-definition.modify', { definition, group: 'here' })
  cluster.must('node.evacuate', { node: 'm1', target: ['m2'] })
  cluster.must('evacuation.plan', { definition, node: 'm1' })
  cluster.must('node.restore', { node: 'm1' })
  owe(cluster)
}

/** One debt is forgiven, one is paid. */
function owe(cluster: TestCluster): void {
  const definition = 'owed'
  cluster.must('resource-definition.create', { definition, props: noTieBreaker })
  cluster.must('volume-definition.create', { definition, sizeKib: gib })
  for (const node of ['m1', 'm2', 'm3']) {
    cluster.must('resource.create', { definition, node, pool: 'thin' })
    cluster.deploy(definition, node)
  }
  for (const node of ['m1', 'm2']) {
    cluster.must('fact.node-offline', { node })
    cluster.must('resource.delete', { definition, node, waiveCleanup: true })
  }
  cluster.must('debt.forgive', { definition, node: 'm1' })
  cluster.confirmGone(definition, 'm2')
  // The last one goes as well, and the next begins anew.
  cluster.must('resource.delete', { definition, node: 'm3', acceptDataLoss: true })
  cluster.confirmGone(definition, 'm3')
  cluster.must('resource.create', { definition, node: 'm3', pool: 'thin' })
}

const noTieBreaker = { 'DrbdOptions/auto-add-quorum-tiebreaker': 'false' }
