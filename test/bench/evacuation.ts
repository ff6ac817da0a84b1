/** How long the leader needs to plan the evacuation of a full node: the reply, then each replica. */
import { evacuateAtOnceKey } from '@varve/events'
import { gib, TestCluster } from '@varve/testing'
import { pendingEvacuations } from '../../packages/controller/src/core/operations/evacuation.ts'
import { type Figure, figure } from './figure.ts'

const count = 1_000
const runs = 5
const nodes = Array.from({ length: 10 }, (_, index) => `n${index + 1}`)

export async function evacuationFigures(): Promise<Figure[]> {
  const times = Array.from({ length: runs + 1 }, once)
  return [
    figure({
      what: `processor time to plan the evacuation of ${count} replicas among ${nodes.length} nodes, foreseen and recorded`,
      unit: 'ms',
      aim: 1_000,
      reached: 'at-most',
      runs: times.slice(1),
    }),
  ]
}

/** Milliseconds. */
function once(): number {
  const cluster = fullNode()
  // All of them at once is the most that planning ever has to do.
  const setProps = { [evacuateAtOnceKey]: String(count) }
  cluster.must('controller.modify', { setProps })
  const before = process.cpuUsage()
  cluster.must('node.evacuate', { node: 'n1' })
  for (const command of pendingEvacuations(cluster.state, cluster.now, 500)) {
    const refused = cluster.trySend(command)
    if (refused) throw new Error(refused.refused)
  }
  const { user, system } = process.cpuUsage(before)
  const left = cluster.state.resources.by('node', 'n1').filter(({ leaving }) => !leaving?.by)
  if (left.length > 0) throw new Error(`${left.length} replicas have no plan`)
  return (user + system) / 1000
}

/** All definitions have a replica on the first node and one elsewhere. */
function fullNode(): TestCluster {
  const cluster = new TestCluster()
  for (const name of nodes) cluster.node(name, { freeKib: 100_000 * gib })
  for (let index = 0; index < count; index += 1) {
    const definition = `r${index}`
    const other = nodes[1 + (index % (nodes.length - 1))] ?? 'n2'
    const filter = { placeCount: 2, nodes: ['n1', other] }
    const spawn = { group: 'DfltRscGrp', definition, sizesKib: [gib], filter }
    cluster.must('resource-group.spawn', spawn)
    for (const node of ['n1', other]) cluster.deploy(definition, node)
  }
  return cluster
}
