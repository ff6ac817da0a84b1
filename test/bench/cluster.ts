/** A controller with ten nodes to place on, ready for commands. */

import type { NatsConnection } from '@nats-io/transport-node'
import { type CommandReply, subjectsOf } from '@varve/events'
import { newId } from '../../packages/controller/src/id.ts'
import { cluster, startSystem, type TestSystem, until } from '../system/harness.ts'
import { type Puppets, startPuppets } from './puppets.ts'

export const gib = 1024 * 1024
const subjects = subjectsOf(cluster)

export type BenchCluster = AsyncDisposable & {
  readonly system: TestSystem
  readonly puppets: Puppets
}

export async function startCluster(nodes = 10): Promise<BenchCluster> {
  const system = await startSystem()
  await system.startController('c1')
  const puppets = startPuppets(system.client, cluster, nodes)
  // A thousand ports per node are the default; the benchmark has more replicas than that.
  await system.must('controller.modify', { setProps: { TcpPortAutoRange: '7000-65000' } })
  for (const [index, node] of puppets.names.entries()) {
    await system.must('node.create', { node, address: `10.0.0.${index + 1}` })
    const pool = { node, pool: 'thin', provider: 'LVM_THIN' as const, backing: 'vg/thin' }
    await system.must('storage-pool.create', pool)
  }
  const filter = { placeCount: 3, pools: ['thin'] }
  await system.must('resource-group.create', { group: 'fast', filter })
  await until('all nodes are online and their pools are known', async () => {
    const reply = await system.command(
      'resource-group.spawn',
      {
        group: 'fast',
        definition: 'probe',
        sizesKib: [gib],
        peerSlots: 31,
        filter: { placeCount: nodes },
      },
      { plan: true },
    )
    return reply.ok ? true : undefined
  })
  return {
    system,
    puppets,
    async [Symbol.asyncDispose]() {
      puppets[Symbol.dispose]()
      await system[Symbol.asyncDispose]()
    },
  }
}

/** Spawns three replicas of 1 GiB; throws when it is refused. */
export async function spawn(client: NatsConnection, definition: string): Promise<number> {
  const body = {
    v: 1,
    id: newId(),
    args: { group: 'fast', definition, sizesKib: [gib] },
  }
  const subject = subjects.command('bench', 'resource-group.spawn')
  const message = await client.request(subject, JSON.stringify(body), { timeout: 30_000 })
  const reply = message.json() as CommandReply
  if (!reply.ok) throw new Error(reply.refusal.message)
  return reply.sequence
}
