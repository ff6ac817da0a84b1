/** The part of the golden story on snapshots of several resources, and of some nodes; see golden.ts. */
import { gib, type TestCluster } from '@varve/testing'

const nodes = ['q1', 'q2']
const names = ['left', 'right']

export function playParts(cluster: TestCluster): void {
  for (const node of nodes) cluster.node(node)
  for (const definition of names) {
    const props = { 'DrbdOptions/auto-add-quorum-tiebreaker': 'false' }
    cluster.must('resource-definition.create', { definition, props })
    cluster.must('volume-definition.create', { definition, sizeKib: gib })
    for (const node of nodes) {
      cluster.must('resource.create', { definition, node, pool: 'thin' })
      cluster.deploy(definition, node)
    }
  }
  const snapshots = names.map((definition) => ({ definition, snapshot: 'both' }))
  cluster.must('snapshot.create-multiple', { snapshots })
  for (const state of ['suspended', 'taken', 'kept'] as const) {
    for (const definition of names) for (const node of nodes) tell(cluster, definition, node, state)
  }
  cluster.must('resource.delete', { definition: 'left', node: 'q1' })
  cluster.confirmGone('left', 'q1')
  cluster.must('snapshot.delete', { definition: 'left', snapshot: 'both', nodes: ['q1'] })
  tell(cluster, 'left', 'q1', 'removed')
  cluster.must('fact.node-offline', { node: 'q1' })
  cluster.must('node.evict', { node: 'q1' })
  cluster.must('node.restore', { node: 'q1', deleteSnapshots: true })
  playTrash(cluster)
  const url = 'https://ops.example.org/varve'
  const secret = { wrapped: 'ciphertext' }
  cluster.must('webhook.create', { webhook: 'ops', url, secret, object: 'node/q1' })
  cluster.must('webhook.create', { webhook: 'old', url, command: 'snapshot', from: 1 })
  cluster.must('webhook.delete', { webhook: 'old' })
}

function playTrash(cluster: TestCluster): void {
  const definition = 'oops'
  const key = 'Varve/Trash/Retention'
  cluster.must('controller.modify', { setProps: { [key]: '60' } })
  cluster.must('resource-definition.create', { definition })
  cluster.must('volume-definition.create', { definition, sizeKib: gib })
  cluster.must('resource.create', { definition, node: 'q2', pool: 'thin' })
  cluster.deploy(definition, 'q2')
  cluster.must('resource-definition.delete', { definition })
  cluster.must('trash.restore', { definition })
  cluster.must('resource-definition.delete', { definition })
  cluster.must('trash.purge', { definition })
  cluster.confirmGone(definition, 'q2')
  cluster.must('controller.modify', { deleteProps: [key] })
}

function tell(
  cluster: TestCluster,
  definition: string,
  node: string,
  state: 'suspended' | 'taken' | 'kept' | 'removed',
): void {
  const owner = cluster.state.snapshots.get(`${definition}/both`)?.origin.entry ?? ''
  cluster.deploy(definition, node, { snapshots: [{ snapshot: 'both', owner, state }] })
}
