/** Plays steps on a cluster: what was asked for is done, and applications keep their ledger. */
import { nameKey } from '@varve/events'
import type { SimHost } from '../world.ts'
import type { SimCluster } from './cluster.ts'
import type { Ledger } from './ledger.ts'
import { commandOf, type Step } from './steps.ts'

type Command = Extract<Step, { kind: 'command' }>

/** Between two steps: nobody is as fast as to do two things at the same moment. */
const breathMs = 20
const bootMs = 2_000

export async function playStep(each: SimCluster, ledger: Ledger, step: Step): Promise<void> {
  switch (step.kind) {
    case 'command':
      send(each, ledger, step)
      break
    case 'open':
      open(each, ledger, step)
      break
    case 'write':
      write(each, ledger, step)
      break
    case 'close':
      each.world.host(step.node).close(step.definition)
      break
    case 'fault':
      each.world.host(step.node).fault(step.fault)
      break
    case 'cut-pair':
      if (step.a !== step.b) each.world.network.cut(step.a, step.b)
      break
    case 'heal':
      each.world.network.heal()
      break
    case 'boot':
      // Nobody is back before the others have noticed that he was away.
      await each.pass(bootMs)
      happenings.boot(each, each.world.host(step.node), step.node)
      break
    case 'restart-controller':
      each.controller.stop()
      each.controller.start()
      break
    case 'pass':
      await each.pass(step.ms)
      return
    case 'crash':
    case 'kill-satellite':
    case 'start-satellite':
    case 'cut':
    case 'cut-bus':
    case 'heal-bus':
    case 'fail-disk':
    case 'repair-disk':
      happenings[step.kind](each, each.world.host(step.node), step.node)
  }
  await each.pass(breathMs)
}

type Happening = Exclude<
  Extract<Step, { node: string }>,
  { definition: string } | { fault: object }
>

const happenings: Readonly<
  Record<Happening['kind'], (each: SimCluster, host: SimHost, node: string) => void>
> = {
  crash: (each, host, node) => {
    host.crash()
    each.killSatellite(node)
  },
  boot: (each, host, node) => {
    if (host.machine.on) return
    host.boot()
    each.startSatellite(node)
  },
  'kill-satellite': (each, _, node) => each.killSatellite(node),
  'start-satellite': (each, host, node) => {
    if (host.machine.on && !each.hasSatellite(node)) each.startSatellite(node)
  },
  cut: (each, _, node) => each.world.network.cut(node),
  'cut-bus': (each, _, node) => each.bus.cut(node),
  'heal-bus': (each, _, node) => each.bus.heal(node),
  'fail-disk': (each, host) => {
    if (isSpare(each, host)) host.failDisk('/dev/sda')
  },
  'repair-disk': (_, host) => host.repairDisk('/dev/sda'),
}

/** Disks of one machine at a time fail, and never the last good ones: no program brings those back. */
function isSpare({ world }: SimCluster, host: SimHost): boolean {
  const { network } = world
  const others = [...world.hosts.values()].filter((other) => other !== host)
  if (others.some(({ machine }) => machine.disks.get('sda')?.failed)) return false
  return [...(host.machine.kernel?.resources.values() ?? [])].every((resource) =>
    [...resource.devices.values()].every(
      (device) =>
        device.disk !== 'UpToDate' ||
        // One that is cut off is old as soon as something is written here.
        others.some(({ name, machine }) => {
          const peer = machine.kernel?.resources.get(resource.name)?.devices.get(device.volume)
          const isReached = network.reaches(name, host.name) && network.reaches(host.name, name)
          return peer?.disk === 'UpToDate' && isReached
        }),
    ),
  )
}

function send(each: SimCluster, ledger: Ledger, step: Command): void {
  const command = commandOf(step)
  if (each.controller.submit(command) !== undefined) return
  const gives = ['resource-definition.delete', 'volume-definition.delete', 'snapshot.rollback']
  if (gives.includes(step.type) && 'definition' in step.args) {
    ledger.forget(String(step.args.definition))
  }
}

/** Two at once are possible only where nobody counts votes: then nothing is promised. */
function open(each: SimCluster, ledger: Ledger, { node, definition }: Use): void {
  const host = each.world.host(node)
  if (!isLive(each, definition) || host.open(definition) !== undefined) return
  if (!isSafe(each, host, definition)) ledger.forget(definition)
}

type Use = { readonly node: string; readonly definition: string }

function write(each: SimCluster, ledger: Ledger, { node, definition }: Use): void {
  const host = each.world.host(node)
  const block = 1 + Math.floor(each.random.next() * 3)
  const value = ledger.newValue()
  if (!isLive(each, definition) || host.write(definition, block, value) !== undefined) return
  if (isSafe(each, host, definition)) ledger.note(definition, block, value)
  else ledger.forget(definition)
}

const isLive = ({ controller }: SimCluster, definition: string): boolean =>
  controller.state.definitions.get(nameKey(definition))?.phase.status === 'live'

/**
 * DRBD promises to keep what it acknowledges where votes are counted, or where there is one copy:
 * two copies without quorum part ways by design.
 */
function isSafe({ controller, world }: SimCluster, host: SimHost, definition: string): boolean {
  const quorum = host.machine.kernel?.resources.get(definition)?.options.quorum ?? 'off'
  const copies = controller.state.resources.by('definition', nameKey(definition))
  const diskful = copies.filter(({ kind }) => kind === 'diskful').length
  const openers = [...world.hosts.values()].filter(
    ({ machine }) => machine.kernel?.resources.get(definition)?.role === 'Primary',
  )
  return quorum !== 'off' || (diskful === 1 && openers.length === 1)
}
