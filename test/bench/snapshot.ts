/** For how long a cut through many resources holds their input and output, on simulated machines. */
import type { SnapshotRow } from '@varve/projections'
import type { Host } from '@varve/satellite'
import { until } from '../system/harness.ts'
import { type SimulatedSystem, startSimulated } from '../system/simulated.ts'
import { type Figure, figure } from './figure.ts'

const count = 10
const rounds = 3
const nodes = ['n1', 'n2', 'n3'] as const
const mib = 1024
/** What an `lvcreate --snapshot` takes on an idle machine of the lab. */
const lvcreateMs = 60

const definitions = Array.from({ length: count }, (_, index) => `r${index}`)

/** Times of one cut, ms of this process's clock. */
type Cut = {
  heldFrom: number
  heldTo: number
  /** From the first to the last of a node's own snapshots. */
  readonly taken: Map<string, { from: number; to: number }>
}

export async function snapshotFigures(): Promise<Figure[]> {
  let cut = newCut()
  await using system = await startSimulated({
    nodes,
    between: (host, node) => watched(host, node, () => cut),
  })
  await makeAll(system)
  const beyond: number[] = []
  const slowest: number[] = []
  for (let round = 0; round <= rounds; round += 1) {
    cut = newCut()
    await take(system, `s${round}`)
    const own = [...cut.taken.values()].map(({ from, to }) => to - from)
    slowest.push(Math.max(...own))
    beyond.push(cut.heldTo - cut.heldFrom - Math.max(...own))
  }
  const [least, most] = [Math.min(...slowest), Math.max(...slowest)].map(Math.round)
  return [
    figure({
      what: `one snapshot of ${count} resources × ${nodes.length} nodes: input and output held beyond the slowest node's own (${least} to ${most} ms)`,
      unit: 'ms',
      aim: 200,
      reached: 'at-most',
      runs: beyond.slice(1),
    }),
  ]
}

const newCut = (): Cut => ({
  heldFrom: Number.POSITIVE_INFINITY,
  heldTo: 0,
  taken: new Map(),
})

/** Notes when the first is held, when the last goes on, and how long each node takes. */
function watched(host: Host, node: string, cut: () => Cut): Host {
  return {
    ...host,
    async run(argv, options) {
      const [, verb = ''] = argv
      const isTake = argv[0] === 'lvcreate' && argv.includes('--snapshot')
      const from = performance.now()
      const result = await host.run(argv, options)
      const to = performance.now()
      const now = cut()
      if (verb === 'suspend-io') now.heldFrom = Math.min(now.heldFrom, from)
      if (verb === 'resume-io') now.heldTo = Math.max(now.heldTo, to)
      if (isTake) {
        const before = now.taken.get(node)
        now.taken.set(node, { from: Math.min(before?.from ?? from, from), to })
      }
      return result
    },
  }
}

async function makeAll(system: SimulatedSystem): Promise<void> {
  const { must } = system.system
  for (const definition of definitions) {
    await must('resource-definition.create', { definition })
    await must('volume-definition.create', { definition, sizeKib: 32 * mib })
    for (const node of nodes) await must('resource.create', { definition, node, pool: 'thin' })
  }
  for (const definition of definitions) await system.untilDeployed(definition, nodes.length)
  for (const node of nodes) {
    const effect = { kind: 'slow', ms: lvcreateMs } as const
    system.world.host(node).fault({ argv: ['lvcreate'], effect })
  }
}

async function take({ system }: SimulatedSystem, snapshot: string): Promise<void> {
  const snapshots = definitions.map((definition) => ({ definition, snapshot }))
  await system.must('snapshot.create-multiple', { snapshots })
  for (const definition of definitions) {
    await until(`${definition} has it`, async () => {
      const reply = await system.query('snapshots', { definition })
      const rows = reply.ok ? (reply.data as { rows: SnapshotRow[] }).rows : []
      const row = rows.find(({ name }) => name === snapshot)
      if (row?.status === 'failed') throw new Error(row.problem)
      return row?.status === 'ready' || undefined
    })
  }
}
