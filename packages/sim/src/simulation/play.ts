/** Plays steps on a cluster: what was asked for is done, and applications keep their ledger. */
import { nameKey } from '@varve/events'
import type { SimHost } from '../world.ts'
import type { SimCluster } from './cluster.ts'
import { plantForeign } from './disks.ts'
import type { Ledger } from './ledger.ts'
import { isReplaceable, isSpare } from './spare.ts'
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
    case 'lose-node':
      await loseNode(each, ledger, step.node)
      break
    case 'abort':
      abort(each, step.nth)
      break
    case 'crash':
    case 'kill-satellite':
    case 'start-satellite':
    case 'cut':
    case 'cut-bus':
    case 'heal-bus':
    case 'fail-disk':
    case 'repair-disk':
    case 'replace-disk':
    case 'reinstall':
      happenings[step.kind](each, each.world.host(step.node), step.node)
  }
  await each.pass(breathMs)
}

type Happening = Exclude<
  Extract<Step, { node: string }>,
  { definition: string } | { fault: object } | { kind: 'lose-node' }
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
  'replace-disk': (each, host, node) => {
    // What was open through a cache stays so over the disk that is gone, until a person closes it.
    const isCached = each.terrain.layers.some((layer) => layer.endsWith('CACHE'))
    if (isCached || !isSpare(each, host) || !isReplaceable(each, node)) return
    host.replaceDisk('/dev/sda')
    plantForeign(host)
  },
  /** Only one that was declared lost: it comes back as a new one, with the old name. */
  reinstall: (each, host, node) => {
    if (each.controller.state.nodes.has(node)) return
    host.crash()
    each.killSatellite(node)
    host.reinstall()
    plantForeign(host)
    host.boot()
    each.register(node)
    each.startSatellite(node)
  },
}

/** Until a node counts as offline: three heartbeats, and the leader's next look. */
const silentMs = 10_000

/** A machine that breaks for good, and somebody who says so. Others have all that it had. */
async function loseNode(each: SimCluster, ledger: Ledger, node: string): Promise<void> {
  if (!each.controller.state.nodes.has(node) || !isReplaceable(each, node)) return
  happenings.crash(each, each.world.host(node), node)
  await each.pass(silentMs)
  send(each, ledger, { kind: 'command', type: 'node.lost', args: { node } })
}

function abort(each: SimCluster, nth: number): void {
  const operation = [...each.controller.state.operations.keys()][nth]
  if (operation === undefined) return
  each.controller.submit({ type: 'operation.abort', args: { operation } })
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

/** What is written to a volume that is being deleted or rolled back is promised to nobody. */
function isLive({ controller }: SimCluster, definition: string): boolean {
  const { definitions, volumeDefinitions } = controller.state
  const key = nameKey(definition)
  const first = volumeDefinitions.get(`${key}/0`)
  const row = definitions.get(key)
  if (row?.rollback !== undefined) return false
  return row?.phase.status === 'live' && first?.phase.status === 'live'
}

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
