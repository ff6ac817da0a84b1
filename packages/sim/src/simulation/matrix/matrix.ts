/**
 * Every operation × what may happen × every one of its steps. Steps are not listed here: they are the
 * tools that an undisturbed run has called to change something.
 */
import { refer } from '@varve/events'
import { definitionSettled, stuckOf } from '@varve/projections'
import { SimCluster } from '../cluster.ts'
import { createJudge, type Judge } from '../judge.ts'
import { createLedger } from '../ledger.ts'
import { playStep } from '../play.ts'
import { nodes, type Step } from '../steps.ts'
import { type Happening, happenings, type Moment } from './happenings.ts'
import { type MatrixOperation, operations, spawnOf } from './operations.ts'

export type MatrixCase = Moment & {
  readonly name: string
  readonly operation: MatrixOperation
  readonly happening: Happening
}

/** Longer than any time limit of a tool: by then its failure has been told. */
const faultMs = 100_000
const lookMs = 5_000
const healMs = 300_000
/** What makes metadata or zeroes whole devices may take half an hour before it counts as hanging. */
const longMs = 35 * 60_000
/** Three heartbeats until a node counts as offline, and one look. */
const noticeMs = 15_000

/** All cases, in the same order each time. */
export async function matrixCases(): Promise<MatrixCase[]> {
  const cases: MatrixCase[] = []
  for (const operation of operations) {
    for (const moment of await momentsOf(operation)) {
      for (const happening of happenings) {
        const at = `${moment.tool.join(' ')} on ${moment.node}`
        const name = `${operation.what}: ${happening.what} at ${at}`
        cases.push({ ...moment, name, operation, happening })
      }
    }
  }
  return cases
}

/** What is wrong, as sentences; empty: it ended as it was to end. */
export async function playCase(each: MatrixCase): Promise<string[]> {
  const stage = await prepare(each.operation)
  try {
    return await playOn(stage, each)
  } finally {
    await stage.end()
  }
}

type Stage = {
  readonly cluster: SimCluster
  readonly judge: Judge
  readonly play: (steps: readonly Step[]) => Promise<void>
  readonly end: () => Promise<void>
}

async function prepare({ before = [] }: MatrixOperation): Promise<Stage> {
  const cluster = await SimCluster.start(1, nodes)
  const ledger = createLedger()
  const judge = createJudge(cluster, ledger)
  const play = async (steps: readonly Step[]) => {
    for (const step of steps) await playStep(cluster, ledger, step)
  }
  const use = { node: 'n1', definition: 'web' }
  await play([spawnOf('web'), { kind: 'pass', ms: 5_000 }])
  await play([
    { kind: 'open', ...use },
    { kind: 'write', ...use },
    { kind: 'close', ...use },
    { kind: 'pass', ms: 2_000 },
    ...before,
  ])
  const end = async () => {
    for (const node of nodes) cluster.killSatellite(node)
    cluster.controller.stop()
    await cluster.pass(60_000)
  }
  return { cluster, judge, play, end }
}

async function momentsOf(operation: MatrixOperation): Promise<Moment[]> {
  const stage = await prepare(operation)
  const moments = new Map<string, Moment>()
  stage.cluster.onRun = (node, argv) => {
    const tool = changeOf(argv)
    if (tool) moments.set(`${node} ${tool.join(' ')}`, { node, tool })
  }
  await stage.play(operation.begin)
  await stage.cluster.pass(60_000)
  await stage.end()
  return [...moments.values()]
}

/** Tools by themselves change something; of those with verbs it is some of their verbs. */
const changing: Readonly<Record<string, readonly string[] | 'always'>> = {
  lvcreate: 'always',
  lvremove: 'always',
  lvextend: 'always',
  lvrename: 'always',
  lvchange: 'always',
  drbdadm: ['adjust', 'suspend-io', 'resize'],
  drbdsetup: ['down', 'resume-io', 'secondary', 'forget-peer', 'del-peer'],
  drbdmeta: 'always',
}

function changeOf([tool = '', ...args]: readonly string[]): readonly string[] | undefined {
  const verbs = changing[tool]
  if (verbs === 'always') return [tool]
  const verb = verbs?.find((one) => args.includes(one))
  return verb === undefined ? undefined : [tool, verb]
}

async function playOn(stage: Stage, each: MatrixCase): Promise<string[]> {
  const { cluster, judge } = stage
  const { node, tool, happening, operation } = each
  let hasStruck = false
  if (happening.effect === undefined) {
    cluster.onRun = (on, argv) => {
      const now = changeOf(argv)
      if (hasStruck || on !== node || now?.join(' ') !== tool.join(' ')) return
      hasStruck = true
      happening.strike?.(cluster, node)
    }
  } else {
    const stderr = 'it is out of order'
    const effect = happening.effect === 'fail' ? ({ kind: 'fail', code: 5, stderr } as const) : hang
    cluster.world.host(node).fault({ argv: tool, effect })
  }
  await stage.play(operation.begin)
  const broken: string[] = []
  for (let passed = 0; passed < faultMs && broken.length === 0; passed += lookMs) {
    await cluster.pass(lookMs)
    // Where the very tool that lets go is out of order nobody can.
    const isHeld = happening.effect !== undefined && tool.includes('resume-io')
    broken.push(...judge.afterStep().filter((one) => !isHeld || !one.startsWith('never-suspended')))
    if (passed >= noticeMs && !happening.isSilent) broken.push(...unnamed(cluster))
  }
  if (broken.length > 0) return broken
  if (hasStruck || happening.effect) happening.lift(cluster, node)
  const away = nodes.filter((name) => !cluster.world.host(name).machine.on)
  for (const name of away) {
    if (!cluster.controller.state.nodes.has(name)) continue
    cluster.world.host(name).boot()
    cluster.startSatellite(name)
  }
  return converge(stage, operation, happening.effect === 'hang' ? longMs : healMs)
}

const hang = { kind: 'hang' } as const

async function converge(
  { cluster, judge }: Stage,
  operation: MatrixOperation,
  patienceMs: number,
): Promise<string[]> {
  let broken: string[] = []
  for (let passed = 0; passed < patienceMs; passed += lookMs) {
    await cluster.pass(lookMs)
    const now = judge.afterStep()
    if (now.length > 0) return now
    broken = [...judge.atEnd(), ...elsewhere(cluster, operation)]
    if (broken.length === 0) return []
  }
  return broken
}

/** Whatever has not come about yet has a sentence that says what it waits for, and a way out. */
function unnamed({ controller, clock }: SimCluster): string[] {
  const { state, witness } = controller
  const sight = { state, observed: witness.store, now: clock.now() }
  const stuck = stuckOf(sight)
  const vague = stuck.filter(
    ({ sentence, waysOut }) => waysOut.length === 0 || sentence.includes('have done their part'),
  )
  const silent = [...state.definitions.values()].flatMap(({ name }) => {
    const { waiting } = definitionSettled(sight, name)
    if (waiting.length === 0 || waiting.every((one) => isTold.test(one))) return []
    const about = stuckOf(sight, refer('resource-definition', name))
    const onNodes = [...state.nodes.values()].flatMap((row) =>
      stuckOf(sight, refer('node', row.name)),
    )
    return about.length + onNodes.length > 0 ? [] : [`${name}: ${waiting.join('; ')}`]
  })
  return [
    ...vague.map(({ sentence }) => `named: ${sentence}`),
    ...silent.map((one) => `named: nothing explains ${one}`),
  ]
}

/** Says by itself what it waits for: a peer, a resync, or a node that is away. */
const isTold = / is (?:Offline|StandAlone|Connecting|not connected|SyncTarget|Inconsistent)\b/

function elsewhere({ controller }: SimCluster, { ends }: MatrixOperation): string[] {
  const { state } = controller
  const names = new Set([
    ...Object.keys(ends),
    ...[...state.definitions.values()].map(({ name }) => name),
  ])
  return [...names].flatMap((name) => {
    const rows = state.resources.by('definition', name).filter(({ kind }) => kind === 'diskful')
    const wanted = ends[name] ?? [0]
    const is = `${name} has ${rows.length} replicas (${rows.map(({ node }) => node).join()})`
    return wanted.includes(rows.length) ? [] : [`ends: ${is} instead of ${wanted.join(' or ')}`]
  })
}
