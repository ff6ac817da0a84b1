/**
 * `./dev bench lab`: what real kernels make of it. A satellite with 500 resources that has nothing to
 * do, and 100 new replicated pairs on thin LVM: how long, in which tools, and what of it is ours.
 * Nodes are user-mode Linux, where a process costs ten times what it costs on a machine.
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { ulid } from 'ulid'
import type { LabNode, Running } from '../../infra/lab/index.ts'
import { type LabSystem, mib } from '../lab/system.ts'
import { until } from '../system/harness.ts'
import { type Cuts, measureCuts } from './lab-cut.ts'
import { type Batch, batchOf, type LogLine, type Look, linesOf, looksOf } from './lab-log.ts'
import { pageOf } from './lab-report.ts'
import { allSettled, patienceMs, startMeasured } from './lab-start.ts'

const pairs = 100
const resting = 500
const cut = 10

export type Measured = {
  readonly at: Date
  readonly pairs: readonly (Batch & { readonly parallel: number })[]
  readonly resting: {
    readonly count: number
    readonly looks: readonly Look[]
    readonly processes: number
  }
  readonly cuts: Cuts
}

export async function run(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      write: { type: 'boolean', default: false },
      pairs: { type: 'string', default: String(pairs) },
      resting: { type: 'string', default: String(resting) },
      parallel: { type: 'string', default: '1,4,8' },
      cut: { type: 'string', default: String(cut) },
    },
  })
  const batches: Measured['pairs'][number][] = []
  for (const parallel of values.parallel.split(',').map(Number)) {
    process.stderr.write(`bench: ${values.pairs} pairs, ${parallel} at a time …\n`)
    const batch = { parallel, ...(await measurePairs(Number(values.pairs), parallel)) }
    batches.push(batch)
    process.stderr.write(`${JSON.stringify(batch)}\n`)
  }
  process.stderr.write(`bench: ${values.resting} resources at rest …\n`)
  const rest = await measureRest(Number(values.resting))
  process.stderr.write(`bench: one cut through ${values.cut} pairs …\n`)
  const cuts = await measureCuts(Number(values.cut))
  const page = pageOf({ at: new Date(), pairs: batches, resting: rest, cuts })
  process.stdout.write(page)
  if (values.write) {
    await writeFile(new URL('../../docs/performance-lab.md', import.meta.url), page)
  }
  return 0
}

async function measurePairs(count: number, parallel: number): Promise<Batch> {
  await using system = await startMeasured(2, ['--parallel', String(parallel)])
  const satellite = system.cluster.satellites.get('n1')
  await system.must('resource-group.create', { group: 'pair', filter: { placeCount: 2 } })
  await system.must('volume-group.create', { group: 'pair' })
  const names = Array.from({ length: count }, (_, index) => `r${index}`)
  const from = linesOf(satellite).length
  const began = performance.now()
  for (const definition of names) {
    await system.must('resource-group.spawn', { group: 'pair', definition, sizesKib: [8 * mib] })
  }
  await allSettled(system, names)
  const totalMs = performance.now() - began
  return batchOf(linesOf(satellite).slice(from), { count, totalMs })
}

/** The volumes are made by one process of LVM, with the marks of resources that come after them. */
async function measureRest(count: number): Promise<Measured['resting']> {
  await using system = await startMeasured(1, [])
  const n1 = system.node('n1')
  const made = Array.from({ length: count }, (_, index) => ({ id: ulid(), name: `s${index}` }))
  const lines = made.map(
    ({ id, name }) =>
      `lvcreate -q -an --addtag varve:${id} --virtualsize 8192k --thinpool thin --name ${name}_00000 vg0`,
  )
  await n1.run(['lvm'], { stdin: `${lines.join('\n')}\n`, timeoutMs: patienceMs })
  await n1.run('vgchange -q -ay -K vg0', { timeoutMs: patienceMs })
  for (const { id, name } of made) {
    await system.must('resource-definition.create', { definition: name, layers: ['STORAGE'] })
    await system.must('volume-definition.create', { definition: name, sizeKib: 8 * mib })
    const resource = { definition: name, node: 'n1', pool: 'thin' }
    // Nobody could look at the pool while all its volumes were made and opened in one go.
    await until(
      'the pool can be used',
      async () => (await system.command('resource.create', resource, id)).ok || undefined,
      patienceMs,
    )
  }
  await allSettled(
    system,
    made.map(({ name }) => name),
  )
  return { count, ...(await lookAtRest(system, n1, count)) }
}

/** A new property of the node is a new document for each resource, and nothing to do for any. */
async function lookAtRest(system: LabSystem, n1: LabNode, count: number) {
  const satellite = system.cluster.satellites.get('n1')
  const whole = (lines: readonly LogLine[]) =>
    looksOf(lines).filter(({ documents }) => documents >= count / 2)
  await until('it is at rest', () => isQuiet(satellite), patienceMs)
  const from = linesOf(satellite).length
  const before = await processesOf(n1)
  const rounds = 3
  for (let round = 1; round <= rounds; round += 1) {
    await system.must('node.modify', { node: 'n1', setProps: { 'Aux/round': String(round) } })
    await until(
      `look ${round}`,
      () => whole(linesOf(satellite).slice(from)).length >= round,
      patienceMs,
    )
    await until('it is at rest', () => isQuiet(satellite), patienceMs)
  }
  const looks = looksOf(linesOf(satellite).slice(from))
  // The agent's own process and its cat are no part of it.
  const processes = (await processesOf(n1)) - before - 2
  return { looks, processes: processes / looks.length }
}

function isQuiet(satellite: Running | undefined): boolean {
  return Date.now() - (linesOf(satellite).at(-1)?.time ?? 0) > 3_000
}

async function processesOf(node: LabNode): Promise<number> {
  return Number(/^processes (\d+)$/m.exec(await node.readFile('/proc/stat'))?.[1])
}
