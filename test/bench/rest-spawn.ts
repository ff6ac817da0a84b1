/** POST spawn from request to answer: two replicas on simulated machines, over LINSTOR's REST API. */
import { cluster, startSystem, type TestSystem, until } from '../system/harness.ts'
import { withRest } from '../system/rest.ts'
import { startScript } from './child.ts'
import { type Figure, figure } from './figure.ts'
import { percentiles } from './percentiles.ts'
import { type Web, webClient } from './web.ts'

const nodes = Array.from({ length: 10 }, (_, index) => `n${index + 1}`)
const rounds = 3
const perRound = 30
const sizeKib = 1024 * 1024

export async function restSpawnFigures(): Promise<Figure[]> {
  await using system = await startSystem()
  const { controller, rest } = withRest()
  await system.startController('c1', controller)
  const script = new URL('satellites.ts', import.meta.url).pathname
  await using _satellites = startScript(script, system.nats.url, cluster, ...nodes)
  using web = webClient(Number(new URL(await rest.url).port), 1)
  await register(system)
  const runs: number[] = []
  // The first round, with everything cold, is not counted.
  for (let round = -1; round < rounds; round += 1) {
    const times: number[] = []
    for (let index = 0; index < perRound; index += 1) {
      times.push(await spawn(web, `rest${round + 1}x${index}`))
    }
    if (round >= 0) runs.push(percentiles(times).p50Ms)
  }
  return [
    figure({
      what: 'REST: POST spawn of 2 replicas on 10 simulated nodes, from request to answer, p50',
      unit: 'ms',
      aim: 60,
      reached: 'at-most',
      runs,
    }),
  ]
}

async function register(system: TestSystem): Promise<void> {
  for (const [index, node] of nodes.entries()) {
    await system.must('node.create', { node, address: `10.0.0.${index + 1}` })
    const pool = { node, pool: 'thin', provider: 'LVM_THIN' as const, backing: 'vg0/thin' }
    await system.must('storage-pool.create', pool)
  }
  const filter = { placeCount: 2, pools: ['thin'] }
  await system.must('resource-group.create', { group: 'fast', filter })
  await system.must('volume-group.create', { group: 'fast' })
  await until('all nodes can be placed on', async () => {
    const args = { group: 'fast', definition: 'probe', sizesKib: [sizeKib], peerSlots: 31 }
    const all = { ...args, filter: { placeCount: nodes.length } }
    const reply = await system.command('resource-group.spawn', all, { plan: true })
    return reply.ok || undefined
  })
}

/** Milliseconds. An answer that does not say that all is there counts for nothing. */
async function spawn(web: Web, name: string): Promise<number> {
  const body = { resource_definition_name: name, volume_sizes: [sizeKib] }
  const { status, ms, text } = await web.ask('POST', '/v1/resource-groups/fast/spawn', { body })
  if (status !== 201 || text.includes('goes on')) throw new Error(`${name}: ${status} ${text}`)
  return ms
}
