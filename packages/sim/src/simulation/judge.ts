/** What must hold after every event, and what must have come about when all faults are over. */
import { brokenInvariants, isLive, suspensionLimitMs } from '@varve/events'
import { definitionSettled } from '@varve/projections'
import type { SimCluster } from './cluster.ts'
import { hasAll, type Ledger } from './ledger.ts'

/** A satellite that was killed looks at once when it is back, and needs a moment for it. */
const graceMs = 10_000

export type Judge = { readonly afterStep: () => string[]; readonly atEnd: () => string[] }

export function createJudge(each: SimCluster, ledger: Ledger): Judge {
  const foreign = plantForeign(each)
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
      ...(foreignOf(each) === foreign ? [] : ['foreign-untouched: a foreign volume was changed']),
    ],
    atEnd: () => [...unsettled(each), ...leftovers(each), ...unread(each, ledger)],
  }
}

function plantForeign({ world }: SimCluster): string {
  for (const host of world.hosts.values()) {
    host.plantVolume('vg0', 'theirs', 4_096).device.content.set(1, 'precious')
  }
  return foreignOf({ world })
}

function foreignOf({ world }: Pick<SimCluster, 'world'>): string {
  return [...world.hosts.values()]
    .map(({ machine }) => {
      const device = machine.groups.get('vg0')?.volumes.get('theirs')?.device
      return `${device?.sizeKib} ${device?.content.get(1)}`
    })
    .join()
}

/** Input and output that a satellite holds, on a machine whose satellite has been there all along. */
function heldTooLong(each: SimCluster, since: Map<string, number>): string[] {
  const now = each.clock.now()
  const broken: string[] = []
  for (const { name, machine } of each.world.hosts.values()) {
    for (const resource of machine.kernel?.resources.values() ?? []) {
      const key = `${name}/${resource.name}`
      if (!resource.suspendedByUser || !each.hasSatellite(name)) since.delete(key)
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
  const waiting = [...state.definitions.values()].flatMap(({ name }) => {
    const sentences = definitionSettled(sight, name).waiting
    const open = parted.has(name) ? sentences.filter((one) => !isParting.test(one)) : sentences
    return open.map((sentence) => `converges: ${name}: ${sentence}`)
  })
  const running = [...state.operations.values()].map(
    ({ kind, target }) => `converges: ${kind} of ${target} still runs`,
  )
  return [...waiting, ...running]
}

const isParting = / is (?:StandAlone|Connecting) to /

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

/** Each machine has the volumes that it shall have, and nothing else of ours. */
function leftovers({ controller, world }: SimCluster): string[] {
  const state = controller.state
  return [...world.hosts.values()].flatMap(({ name, machine }) => {
    const found = [...(machine.groups.get('vg0')?.volumes.keys() ?? [])]
    const wanted = new Set(['thin', 'theirs'])
    for (const { definition, node, number, pool } of state.volumes.values()) {
      const resource = state.resources.get(`${definition}/${node}`.toLowerCase())
      if (node !== name || pool === undefined || !resource || !isLive(resource)) continue
      wanted.add(`${definition}_${String(number).padStart(5, '0')}`)
    }
    const isSnapshot = (volume: string) =>
      [...state.snapshots.values()].some(({ definition, name: snapshot }) =>
        new RegExp(`^${definition}_\\d{5}_${snapshot}`).test(volume),
      )
    const extra = found.filter((volume) => !wanted.has(volume) && !isSnapshot(volume))
    const missing = [...wanted].filter((volume) => !found.includes(volume))
    return [
      ...extra.map((volume) => `converges: ${name} still has ${volume}`),
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
        const device = world
          .host(node)
          .machine.groups.get('vg0')
          ?.volumes.get(`${definition}_00000`)
        const isWhole = device && hasAll(device.device.content, ledger.of(definition))
        return isWhole ? [] : [`replicated: ${definition} on ${node} lacks what was written`]
      }),
  )
}
