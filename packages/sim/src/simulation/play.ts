/** Plays steps on a cluster: what was asked for is done, and applications keep their ledger. */
import { nameKey } from '@varve/events'
import type { SimHost } from '../world.ts'
import type { SimCluster } from './cluster.ts'
import type { Ledger } from './ledger.ts'
import { commandOf, type Step } from './steps.ts'

type Command = Extract<Step, { kind: 'command' }>

/** Between two steps: nobody is as fast as to do two things at the same moment. */
const breathMs = 20

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
    case 'restart-controller':
      each.controller.stop()
      each.controller.start()
      break
    case 'pass':
      await each.pass(step.ms)
      return
    default:
      happenTo(each, step)
  }
  await each.pass(breathMs)
}

function happenTo(
  each: SimCluster,
  {
    kind,
    node,
  }: Exclude<Extract<Step, { node: string }>, { definition: string } | { fault: object }>,
): void {
  const host = each.world.host(node)
  switch (kind) {
    case 'crash':
      host.crash()
      return each.killSatellite(node)
    case 'boot':
      if (host.machine.on) return
      host.boot()
      return each.startSatellite(node)
    case 'kill-satellite':
      return each.killSatellite(node)
    case 'start-satellite':
      if (host.machine.on && !each.hasSatellite(node)) each.startSatellite(node)
      return
    case 'cut':
      return each.world.network.cut(node)
    case 'cut-bus':
      return each.bus.cut(node)
    case 'heal-bus':
      return each.bus.heal(node)
    case 'fail-disk':
      return host.failDisk('/dev/sda')
    case 'repair-disk':
      return host.repairDisk('/dev/sda')
  }
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

let values = 0

function write(each: SimCluster, ledger: Ledger, { node, definition }: Use): void {
  const host = each.world.host(node)
  const block = 1 + Math.floor(each.random.next() * 3)
  values += 1
  const value = `v${values}`
  if (!isLive(each, definition) || host.write(definition, block, value) !== undefined) return
  if (isSafe(each, host, definition)) ledger.note(definition, block, value)
  else ledger.forget(definition)
}

const isLive = ({ controller }: SimCluster, definition: string): boolean =>
  controller.state().definitions.get(nameKey(definition))?.phase.status === 'live'

/**
 * DRBD promises to keep what it acknowledges where votes are counted, or where there is one copy:
 * two copies without quorum part ways by design.
 */
function isSafe({ controller, world }: SimCluster, host: SimHost, definition: string): boolean {
  const quorum = host.machine.kernel?.resources.get(definition)?.options.quorum ?? 'off'
  const copies = controller.state().resources.by('definition', nameKey(definition))
  const diskful = copies.filter(({ kind }) => kind === 'diskful').length
  const openers = [...world.hosts.values()].filter(
    ({ machine }) => machine.kernel?.resources.get(definition)?.role === 'Primary',
  )
  return quorum !== 'off' || (diskful === 1 && openers.length === 1)
}
