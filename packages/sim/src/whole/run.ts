/**
 * One run: faults among commands, then the faults end and everything has to come about. First
 * nothing that was acknowledged may be lost and no answer be wrong; then all agree again.
 */

import { nothingTouched } from '@varve/controller/core'
import { prepare } from '@varve/controller/parts'
import { definitionSettled } from '@varve/projections'
import { createRandom } from '../random.ts'
import { shorten } from '../shorten.ts'
import { WholeCluster } from './cluster.ts'
import { subjects } from './server.ts'
import { leader, type Size, type Step, stepsOf, usual } from './steps.ts'

export type Failure = { readonly broken: readonly string[]; readonly at: number | undefined }

const stepsPerRun = 60
/** Between two steps at least. */
const breathMs = 20
const healMs = 400_000
const lookMs = 5_000

export const stepsOfSeed = (seed: number, size: Size = usual): Step[] =>
  stepsOf(createRandom(seed), stepsPerRun, size)

export async function play(
  seed: number,
  steps: readonly Step[],
  size: Size = usual,
): Promise<Failure | undefined> {
  return (await playOut(seed, steps, size)).failure
}

/** With what was told meanwhile, for whoever looks for the cause. */
export async function playOut(seed: number, steps: readonly Step[], size: Size = usual) {
  const each = await WholeCluster.start(seed, size)
  const failure = await playOn(each, steps)
  for (const seat of each.controllers.values()) seat.kill(false)
  for (const seat of each.satellites.values()) seat.kill()
  await each.pass(60_000)
  return { each, failure }
}

async function playOn(each: WholeCluster, steps: readonly Step[]): Promise<Failure | undefined> {
  try {
    for (const [at, step] of steps.entries()) {
      await playStep(each, step)
      const broken = each.broken()
      if (broken.length > 0) return { broken, at }
    }
    return await converge(each)
  } catch (error) {
    return { broken: [`no-bugs: ${error instanceof Error ? error.stack : error}`], at: undefined }
  }
}

async function playStep(each: WholeCluster, step: Step): Promise<void> {
  const { controllers, satellites } = each
  const name = 'who' in step ? (step.who === leader ? each.leader?.name : step.who) : undefined
  const controller = controllers.get(name ?? '')
  const satellite = satellites.get(name ?? '')
  const end = each.end(name ?? '')
  switch (step.kind) {
    case 'pass':
      return each.pass(step.ms)
    case 'kill':
      controller?.kill(step.power)
      satellite?.kill()
      break
    case 'end':
      controller?.finish()
      break
    case 'start':
      controller?.start()
      satellite?.start()
      break
    case 'stop':
      end?.process.stop()
      break
    case 'go-on':
      end?.process.goOn()
      break
    case 'heal':
      end?.heal()
      break
    case 'cut':
      if (step.way !== 'down') end?.up.cut(step.how)
      if (step.way !== 'up') end?.down.cut(step.how)
      break
    case 'slow-link':
      if (end) [end.up.slowMs, end.down.slowMs] = [step.ms, step.ms]
      break
    case 'slow-disk':
      if (controller) controller.disk.slowMs = step.ms
      break
    case 'clock':
      if (controller) controller.end.process.ahead = step.ms
      break
    case 'elect':
      elect(each, step.ms)
      break
    case 'crash':
      each.world.host(step.node).crash()
      satellites.get(step.node)?.kill()
      break
    case 'boot':
      boot(each, step.node)
      break
    case 'fault':
      each.world.host(step.node).fault(step.fault)
  }
  await each.pass(breathMs)
}

function elect({ server, clock }: WholeCluster, ms: number): void {
  server.isElecting = true
  clock.after(ms, () => {
    server.isElecting = false
  })
}

function boot(each: WholeCluster, node: string): void {
  const host = each.world.host(node)
  if (!host.machine.on) host.boot()
  each.satellites.get(node)?.start()
}

function heal(each: WholeCluster): void {
  for (const host of each.world.hosts.values()) host.machine.faults.clear()
  for (const controller of each.controllers.values()) {
    controller.disk.slowMs = 1
    controller.end.process.goOn()
    controller.start()
  }
  for (const [node, satellite] of each.satellites) {
    satellite.end.process.goOn()
    boot(each, node)
  }
  for (const seats of [each.controllers, each.satellites, each.users]) {
    for (const { end } of seats.values()) {
      ;[end.up.slowMs, end.down.slowMs] = [1, 1]
      end.heal()
    }
  }
}

async function converge(each: WholeCluster): Promise<Failure | undefined> {
  heal(each)
  await each.pass(30_000)
  for (const user of each.users.values()) user.isDone = true
  let open: string[] = []
  for (let passed = 0; passed < healMs; passed += lookMs) {
    // Who was asked to end may have taken its time.
    for (const controller of each.controllers.values()) controller.start()
    await each.pass(lookMs)
    const broken = each.broken()
    if (broken.length > 0) return { broken, at: undefined }
    open = unsettled(each)
    if (open.length > 0) continue
    const lost = [...each.judge.acknowledged(each.history.calls), ...copies(each)]
    return lost.length > 0 ? { broken: lost, at: undefined } : undefined
  }
  return { broken: open, at: undefined }
}

/** What has not come about yet. */
function unsettled(each: WholeCluster): string[] {
  const { judge, leader: leading, history } = each
  const world = leading?.source?.world()
  if (!world) return ['converges: nobody leads']
  const behind = [...each.controllers.values()].flatMap(({ name, source }) => {
    const { hash } = source?.world().state.position ?? {}
    return hash === judge.state.position.hash ? [] : [`converges: ${name} is not at the log's end`]
  })
  const busy = [...each.users.values()].flatMap(({ name, isIdle }) =>
    isIdle ? [] : [`converges: ${name} waits for an answer`],
  )
  const idle = history.calls.length === 0 ? ['converges: nobody was ever answered'] : []
  const sight = { state: world.state, observed: world.observed, now: each.clock.now() }
  const open = [...world.state.definitions.values()].flatMap(({ name }) =>
    definitionSettled(sight, name).waiting.map((sentence) => `converges: ${name}: ${sentence}`),
  )
  const running = [...world.state.operations.values()].map(
    ({ kind, target }) => `converges: ${kind} of ${target} still runs`,
  )
  return [...behind, ...busy, ...idle, ...open, ...running, ...documents(each)]
}

/** What satellites are told is what the log says. */
function documents({ judge, server }: WholeCluster): string[] {
  const all = nothingTouched()
  for (const key of judge.state.definitions.keys()) all.definitions.add(key)
  for (const key of judge.state.nodes.keys()) all.nodes.add(key)
  const wanted = new Map(
    prepare(judge.state, all, subjects).flatMap(({ subject, document }) =>
      document ? [[subject, JSON.stringify(document).slice(1)] as const] : [],
    ),
  )
  const wrong = [...wanted].flatMap(([subject, text]) => {
    const stored = server.desired.values.get(subject)?.text
    return stored?.endsWith(`,${text}`) ? [] : [`documents: ${subject} is not what the log says`]
  })
  const extra = [...server.desired.values.keys()].flatMap((subject) =>
    wanted.has(subject) ? [] : [`documents: ${subject} is there for nothing`],
  )
  return [...wrong, ...extra]
}

/** Every journal is the log. */
function copies({ controllers, server }: WholeCluster): string[] {
  const log = Buffer.concat(server.log.flatMap((bytes) => [bytes, Buffer.from('\n')]))
  return [...controllers.values()].flatMap(({ name, disk }) => {
    const journal = disk.files.get(`/${name}/journal`)?.bytes
    return journal && Buffer.compare(journal, log) === 0
      ? []
      : [`journals: that of ${name} is not the log`]
  })
}

/** Leaves out what the failure does not need: halves first, then single steps. */
export async function shrink(
  seed: number,
  steps: readonly Step[],
  failure: Failure,
  mostPlays: number,
): Promise<{ steps: readonly Step[]; failure: Failure }> {
  let last = failure
  const name = nameOf(failure)
  const isBroken = async (fewer: readonly Step[]) => {
    const again = await play(seed, fewer)
    if (!again || nameOf(again) !== name) return false
    last = again
    return true
  }
  const until = steps.slice(0, (failure.at ?? steps.length) + 1)
  return { steps: await shorten(until, isBroken, mostPlays), failure: last }
}

const nameOf = ({ broken }: Failure): string => broken[0]?.split(':')[0] ?? ''
