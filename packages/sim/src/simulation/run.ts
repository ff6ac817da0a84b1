/**
 * One run: steps in any order with faults, then all faults end and everything has to come about.
 * What is broken is named; a run that fails is made as short as it goes.
 */
import { refer } from '@varve/events'
import { stuckOf } from '@varve/projections'
import { createRandom } from '../random.ts'
import { shorten } from '../shorten.ts'
import { SimCluster } from './cluster.ts'
import { contentOn } from './disks.ts'
import { createJudge, type Judge } from './judge.ts'
import { createLedger, hasAll, type Ledger } from './ledger.ts'
import { stepsOf } from './makers.ts'
import { playStep } from './play.ts'
import { nodes, type Step } from './steps.ts'
import { plain, type Terrain, terrainOf } from './terrain.ts'

export type Failure = {
  readonly broken: readonly string[]
  /** The step after which it was seen; undefined: when all faults were over. */
  readonly at: number | undefined
}

const stepsPerRun = 60
/** Longest back-off of a satellite and all time limits of tools lie within it: bulk ones are half an hour. */
const healMs = 40 * 60_000
const lookMs = 10_000
/** Then a person takes the ways out that are offered: what has no place stays, a copy is chosen. */
const patienceMs = 120_000
/** Until DRBD has noticed what has happened last. */
const noticeMs = 2_000

export const terrainOfSeed = (seed: number): Terrain => terrainOf(createRandom(seed))

export const stepsOfSeed = (seed: number): Step[] =>
  stepsOf(createRandom(seed), stepsPerRun, terrainOfSeed(seed))

export async function play(
  seed: number,
  steps: readonly Step[],
  terrain: Terrain = plain,
): Promise<Failure | undefined> {
  const each = await SimCluster.start(seed, nodes, terrain)
  const ledger = createLedger()
  const judge = createJudge(each, ledger)
  try {
    for (const [at, step] of steps.entries()) {
      await playStep(each, ledger, step)
      const broken = judge.afterStep()
      if (broken.length > 0) return { broken, at }
    }
    return await converge(each, judge, ledger)
  } catch (error) {
    return { broken: [`no-bugs: ${error instanceof Error ? error.stack : error}`], at: undefined }
  } finally {
    for (const node of nodes) each.killSatellite(node)
    each.controller.stop()
    await each.pass(60_000)
  }
}

async function converge(
  each: SimCluster,
  judge: Judge,
  ledger: Ledger,
): Promise<Failure | undefined> {
  await each.pass(noticeMs)
  heal(each)
  await each.pass(lookMs)
  await attachDropped(each)
  let broken: string[] = []
  for (let passed = 0; passed < healMs; passed += lookMs) {
    await each.pass(lookMs)
    if (passed === patienceMs) {
      giveUpEvacuations(each)
      await chooseNewest(each, ledger)
      await meetAgain(each)
    }
    const now = judge.afterStep()
    if (now.length > 0) return { broken: now, at: undefined }
    broken = judge.atEnd()
    if (broken.length === 0) return undefined
  }
  return { broken, at: undefined }
}

function heal(each: SimCluster): void {
  each.world.network.heal()
  for (const node of nodes) {
    const host = each.world.host(node)
    host.machine.faults.clear()
    host.repairDisk('/dev/sda')
    each.bus.heal(node)
    for (const name of host.machine.kernel?.resources.keys() ?? []) host.close(name)
    // What was declared lost stays away.
    if (!each.controller.state.nodes.has(node)) continue
    if (!host.machine.on) {
      host.boot()
      each.startSatellite(node)
    } else if (!each.hasSatellite(node)) each.startSatellite(node)
  }
}

function giveUpEvacuations({ controller }: SimCluster): void {
  for (const { name, evacuation } of [...controller.state.nodes.values()]) {
    if (evacuation) controller.submit({ type: 'node.restore', args: { node: name } })
  }
}

/** Where every copy counts as old: somebody looks which one is the newest, and says so to DRBD. */
async function chooseNewest(
  { controller, clock, world }: SimCluster,
  ledger: Ledger,
): Promise<void> {
  const { state, witness } = controller
  const sight = { state, observed: witness.store, now: clock.now() }
  for (const { name } of state.definitions.values()) {
    const isOffered = stuckOf(sight, refer('resource-definition', name)).some(({ waysOut }) =>
      waysOut.some((way) => way.includes(`drbdadm primary --force ${name}`)),
    )
    if (!isOffered) continue
    const newest = [...world.hosts.values()].find(({ machine }) => {
      const content = contentOn(machine, name)
      const { disk } = machine.kernel?.resources.get(name)?.devices.get(0) ?? {}
      return disk === 'Outdated' && content && hasAll(content, ledger.of(name))
    })
    await newest?.host.run(['drbdadm', 'primary', '--force', name])
    await newest?.host.run(['drbdadm', 'secondary', name])
  }
}

/**
 * A copy that counts as old beside a good one that it is connected to: it had not reached whoever
 * wrote, and that one is gone. A person has the two meet again, and they compare what they have.
 */
async function meetAgain({ world }: SimCluster): Promise<void> {
  for (const { host, machine } of world.hosts.values()) {
    for (const { name, devices, connections } of machine.kernel?.resources.values() ?? []) {
      const isOld = [...devices.values()].some(({ disk }) => disk === 'Outdated')
      const hasGood = [...connections.values()].some(({ link }) =>
        [...(link?.resource.devices.values() ?? [])].some(({ disk }) => disk === 'UpToDate'),
      )
      if (!isOld || !hasGood) continue
      await host.run(['drbdadm', 'disconnect', name])
      await host.run(['drbdadm', 'adjust', name])
    }
  }
}

/**
 * What a person is told to do about a disk that DRBD has dropped and that is good again: a satellite
 * does so by itself only when it saw that the pool was gone meanwhile.
 */
async function attachDropped({ world }: SimCluster): Promise<void> {
  for (const { host, machine } of world.hosts.values()) {
    for (const { name, devices } of machine.kernel?.resources.values() ?? []) {
      const isDropped = [...devices.values()].some(
        ({ disk, client }) => disk === 'Diskless' && !client,
      )
      if (isDropped) await host.run(['drbdadm', 'adjust', name])
    }
  }
}

/** Leaves out what the failure does not need: halves first, then single steps. */
export async function shrink(
  seed: number,
  { steps, terrain = plain }: { readonly steps: readonly Step[]; readonly terrain?: Terrain },
  failure: Failure,
  mostPlays = Number.POSITIVE_INFINITY,
): Promise<{ steps: readonly Step[]; failure: Failure }> {
  let last = failure
  const name = nameOf(failure)
  const isBroken = async (fewer: readonly Step[]) => {
    const again = await play(seed, fewer, terrain)
    if (!again || nameOf(again) !== name) return false
    last = again
    return true
  }
  const until = steps.slice(0, (failure.at ?? steps.length) + 1)
  return { steps: await shorten(until, isBroken, mostPlays), failure: last }
}

/** A shorter run counts when it breaks the same invariant. */
const nameOf = ({ broken }: Failure): string => broken[0]?.split(':')[0] ?? ''
