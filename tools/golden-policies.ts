/** The part of the golden story in which policies act; see golden.ts. */
import { gib, type TestCluster } from '@varve/testing'

export function playPolicies(cluster: TestCluster): void {
  playLoss(cluster)
  playEviction(cluster)
}

/** A replica in use becomes diskful, one goes with its node, and it is made anew. */
function playLoss(cluster: TestCluster): void {
  cluster.runPolicies()
  cluster.must('policy.set', { policy: 're-place', mode: 'shadow' })
  cluster.must('resource-group.spawn', { group: 'DfltRscGrp', definition: 'kept', sizesKib: [gib] })
  const replicasOf = (definition: string, kind: 'diskful' | 'tie-breaker') =>
    cluster.state.resources.by('definition', definition).filter((row) => row.kind === kind)
  const [first, second] = replicasOf('kept', 'diskful').map(({ node }) => node)
  const [third] = replicasOf('kept', 'tie-breaker').map(({ node }) => node)
  if (!first || !second || !third) throw new Error('the story needs three replicas')
  for (const node of [first, second]) cluster.deploy('kept', node)
  cluster.must('resource-definition.modify', {
    definition: 'kept',
    setProps: { 'DrbdOptions/auto-diskful': '5' },
  })
  for (const primary of [true, false, true]) cluster.deploy('kept', third, { primary, volumes: [] })
  cluster.runPolicies(5)
  cluster.deploy('kept', third, { primary: true })
  cluster.runPolicies()
  for (const { node, phase } of replicasOf('kept', 'diskful')) {
    if (phase.status === 'deleting') cluster.confirmGone('kept', node)
  }
  cluster.must('fact.node-offline', { node: first })
  for (const isSeen of [false, true]) cluster.must('fact.node-sight', { node: first, isSeen })
  for (const { definition, node } of cluster.state.resources.by('node', first)) {
    if (definition !== 'kept') cluster.deploy(definition, node)
  }
  cluster.must('node.lost', { node: first })
  cluster.runPolicies()
  cluster.must('policy.set', { policy: 're-place', mode: 'inherit' })
  cluster.runPolicies()
  for (const name of cluster.state.definitions.keysBy('missing', 'rebuilding')) {
    for (const { node } of replicasOf(name, 'diskful')) cluster.deploy(name, node)
  }
  cluster.runPolicies()
  cluster.must('policy.set', { policy: 're-place', mode: 'off' })
  cluster.runPolicies()
}

function playEviction(cluster: TestCluster): void {
  for (const node of ['p1', 'p2', 'p3', 'p4']) cluster.node(node)
  const nodes = ['p1', 'p2']
  cluster.must('resource-group.spawn', {
    group: 'DfltRscGrp',
    definition: 'away',
    sizesKib: [gib],
    filter: { placeCount: 2, nodes },
  })
  for (const node of nodes) cluster.deploy('away', node)
  cluster.must('fact.node-offline', { node: 'p1' })
  cluster.must('fact.node-sight', { node: 'p1', isSeen: false })
  cluster.runPolicies(720)
  cluster.runPolicies(10)
  cluster.must('policy.set', { policy: 'balance', mode: 'off' })
  cluster.runPolicies()
}
