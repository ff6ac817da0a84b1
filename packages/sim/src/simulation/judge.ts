/** What must hold after every event, and what must have come about when all faults are over. */
import { brokenInvariants, isLive, nameKey, suspensionLimitMs } from '@varve/events'
import { definitionSettled } from '@varve/projections'
import type { SimCluster } from './cluster.ts'
import { companionsOn, contentOn, foreignTouched, plantForeign, volumesOn } from './disks.ts'
import { hasAll, type Ledger } from './ledger.ts'

/** A satellite that was killed looks at once when it is back, and needs a moment for it. */
const graceMs = 10_000

/** The last call that was struck may hang for so long: the time limit of a tool. */
const toolMs = 45_000

export type Judge = { readonly afterStep: () => string[]; readonly atEnd: () => string[] }

export function createJudge(each: SimCluster, ledger: Ledger): Judge {
  for (const host of each.world.hosts.values()) plantForeign(host)
  const heldSince = new Map<string, number>()
  return {
    afterStep: () => [
      ...brokenInvariants(each.controller.state).map(String),
      ...each.controller.bugs.map((bug) => `no-bugs: ${String(bug)}`),
      ...each.world.unknown.map((call) => `known-tools: ${call}`),
      ...each.errors
        .filter((one) => one.includes('without end'))
        .map((one) => `no-busy-loop: ${one}`),
      ...ledger.broken(each.world),
      ...heldTooLong(each, heldSince),
      ...foreignTouched(each.world).map(
        (node) => `foreign-untouched: on ${node} something foreign was changed`,
      ),
    ],
    atEnd: () => [...unsettled(each), ...leftovers(each), ...unread(each, ledger)],
  }
}

/** Input and output that a satellite holds, on a machine whose satellite has been there all along. */
function heldTooLong(each: SimCluster, since: Map<string, number>): string[] {
  const now = each.clock.now()
  const broken: string[] = []
  for (const { name, machine } of each.world.hosts.values()) {
    for (const resource of machine.kernel?.resources.values() ?? []) {
      const key = `${name}/${resource.name}`
      if (!resource.suspendedByUser || !each.hasSatellite(name)) since.delete(key)
      // Whose tool does not work cannot let go, as often as it tries: the time counts from its end.
      else if (machine.faults.strikes(['drbdsetup', 'resume-io'])) since.set(key, now + toolMs)
      else if (!since.has(key)) since.set(key, now)
      else if (now - (since.get(key) ?? now) > suspensionLimitMs + graceMs) {
        broken.push(`never-suspended: ${key} has been held for too long`)
      }
    }
  }
  return broken
}

function unsettled(each: SimCluster): string[] {
  const { state, witness } = each.controller
  const sight = { state, observed: witness.store, now: each.clock.now() }
  const parted = partedOf(each)
  const odd = oddOn84(each)
  const waiting = [...state.definitions.values()].flatMap(({ name }) => {
    const sentences = definitionSettled(sight, name).waiting
    if (odd.has(name) && sentences.every((one) => one.includes(only84Pairs))) return []
    const open = parted.has(name) ? sentences.filter((one) => !isParting.test(one)) : sentences
    return open.map((sentence) => `converges: ${name}: ${sentence}`)
  })
  const running = [...state.operations.values()]
    .filter(({ target }) => !odd.has(target.split('/')[1] ?? ''))
    .map(({ kind, target }) => `converges: ${kind} of ${target} still runs`)
  const owed = [...state.debts.values()].map(
    ({ definition, node }) => `converges: ${node} still owes the cleanup of ${definition}`,
  )
  return [...waiting, ...running, ...owed]
}

const only84Pairs = 'needs exactly two diskful replicas'

/** DRBD 8.4 joins two and nothing else: one alone is refused by name, until a person adds another. */
function oddOn84({ controller, terrain }: SimCluster): Set<string> {
  if (!terrain.drbd.startsWith('8')) return new Set()
  const { definitions, resources } = controller.state
  const count = (name: string) =>
    resources.by('definition', nameKey(name)).filter(({ kind }) => kind === 'diskful').length
  return new Set([...definitions.values()].flatMap(({ name }) => (count(name) < 2 ? [name] : [])))
}

/** Also a replica that has nobody to be synced by meanwhile. */
const isParting = / is (?:(?:StandAlone|Connecting) to |Inconsistent|Outdated)/

/**
 * Definitions with a connection that DRBD has given up: a split brain where nobody counted votes, or
 * data that it takes for unrelated. Varve tells of it and leaves the way out to a person.
 */
function partedOf({ world }: SimCluster): Set<string> {
  const kernels = [...world.hosts.values()].flatMap(({ machine }) => machine.kernel ?? [])
  const resources = kernels.flatMap((kernel) => [...kernel.resources.values()])
  const parted = resources.filter(({ connections }) =>
    [...connections.values()].some(({ state }) => state === 'StandAlone'),
  )
  return new Set(parted.map((resource) => resource.name))
}

/** Each machine of the cluster has the volumes that it shall have, and nothing else of ours. */
function leftovers(each: SimCluster): string[] {
  const { controller, world } = each
  const { state } = controller
  const odd = oddOn84(each)
  return [...state.nodes.values()].flatMap(({ name }) => {
    const { machine } = world.host(name)
    const found = [...volumesOn(machine).keys()]
    const wanted = new Set<string>()
    const definitions = new Set<string>()
    for (const { definition, node, number, pool } of state.volumes.values()) {
      const resource = state.resources.get(`${definition}/${node}`.toLowerCase())
      if (node !== name || pool === undefined || !resource || !isLive(resource)) continue
      wanted.add(`${definition}_${String(number).padStart(5, '0')}`)
      definitions.add(definition)
    }
    // On ZFS what a snapshot needs of a volume stays under a name of its own when that goes.
    const isSnapshot = (volume: string) =>
      [...state.snapshots.values()].some(
        ({ definition, name: snapshot, nodes }) =>
          new RegExp(`^${definition}_\\d{5}_${snapshot}`).test(volume) ||
          (new RegExp(`^${definition}_\\d{5}_\\w{26}$`).test(volume) &&
            nodes.some(({ node }) => node === name)),
      )
    const extra = found.filter((volume) => !wanted.has(volume) && !isSnapshot(volume))
    const beside = companionsOn(machine).filter((one) => !definitions.has(one.split('.')[0] ?? ''))
    const missing = [...wanted].filter(
      (volume) => !found.includes(volume) && !odd.has(volume.replace(/_\d{5}$/, '')),
    )
    return [
      ...[...extra, ...beside].map((volume) => `converges: ${name} still has ${volume}`),
      ...missing.map((volume) => `converges: ${name} lacks ${volume}`),
    ]
  })
}

/** Whoever opens a volume anywhere reads all that was ever promised. */
function unread(each: SimCluster, ledger: Ledger): string[] {
  const { controller, world } = each
  const parted = partedOf(each)
  const whole = ledger.definitions().filter((definition) => !parted.has(definition))
  return whole.flatMap((definition) =>
    [...controller.state.resources.values()]
      .filter((row) => row.definition === definition && row.kind === 'diskful')
      .flatMap(({ node }) => {
        const content = contentOn(world.host(node).machine, definition)
        const isWhole = content && hasAll(content, ledger.of(definition))
        return isWhole ? [] : [`replicated: ${definition} on ${node} lacks what was written`]
      }),
  )
}
