/**
 * What must hold in every state, by name. Each answers with one sentence per violation. Checked
 * after every fold in tests and simulation.
 */
import { keyOf, nameKey } from '../names.ts'
import { resourcesOf, volumeDefinitionOf, volumesOf } from './lookup.ts'
import { minors, portsOf, type State } from './state.ts'
import { mayBeOpen, ownerOf, twinsOf, twinVolumesOf } from './twins.ts'

export type Invariant = (state: State) => string[]

function minorUnique(state: State): string[] {
  const holders = new Map<number, string>()
  const broken: string[] = []
  for (const { minor, definition, number } of state.volumeDefinitions.values()) {
    if (minor === undefined) continue
    const other = holders.get(minor)
    if (other) broken.push(`minor ${minor} is held by ${other} and ${definition}/${number}`)
    if (!state.numbers.has(minors, minor)) broken.push(`minor ${minor} counts as free`)
    holders.set(minor, `${definition}/${number}`)
  }
  return broken
}

function portUniquePerNode(state: State): string[] {
  const holders = new Map<string, string>()
  const broken: string[] = []
  for (const { node, definition, ports } of state.resources.values()) {
    for (const port of ports) {
      const key = `${nameKey(node)}:${port}`
      const other = holders.get(key)
      if (other) broken.push(`port ${key} is held by ${other} and ${definition}`)
      if (!state.numbers.has(portsOf(node), port)) broken.push(`port ${key} counts as free`)
      holders.set(key, definition)
    }
  }
  return broken
}

function nodeIdUnique(state: State): string[] {
  const holders = new Set<string>()
  const broken: string[] = []
  for (const { definition, node, nodeId } of state.resources.values()) {
    if (nodeId === undefined) continue
    const key = keyOf(definition, nodeId)
    if (holders.has(key)) broken.push(`node-id ${key} is held twice, also on ${node}`)
    holders.add(key)
    const row = state.definitions.get(nameKey(definition))
    if (row?.retired.some((retired) => retired.nodeId === nodeId)) {
      broken.push(`node-id ${key} is in use although peers still hold its bitmap slot`)
    }
  }
  return broken
}

/** Nothing refers to what is gone: the class of faults that keeps other controllers from starting. */
function noDanglingReference(state: State): string[] {
  const broken: string[] = []
  for (const { definition, node } of state.resources.values()) {
    if (!state.definitions.has(nameKey(definition)))
      broken.push(`${definition} on ${node}: no definition`)
    if (!state.nodes.has(nameKey(node))) broken.push(`${definition} on ${node}: no node`)
  }
  for (const { definition, node, number, pool, companions = [] } of state.volumes.values()) {
    const name = keyOf(definition, node, number)
    if (!state.resources.has(keyOf(definition, node))) broken.push(`volume ${name}: no resource`)
    if (!volumeDefinitionOf(state, definition, number)) broken.push(`volume ${name}: no definition`)
    if (pool !== undefined && !state.pools.has(keyOf(node, pool)))
      broken.push(`volume ${name}: no pool`)
    for (const { role, pool: other } of companions) {
      if (!state.pools.has(keyOf(node, other))) broken.push(`volume ${name}: no pool for ${role}`)
    }
  }
  for (const { node, definition } of state.debts.values()) {
    if (!state.nodes.has(nameKey(node))) broken.push(`debt of ${definition} on ${node}: no node`)
  }
  for (const { node, backing } of state.devicePools.values()) {
    if (!state.nodes.has(nameKey(node))) broken.push(`device pool ${backing} on ${node}: no node`)
  }
  for (const { name, group } of state.definitions.values()) {
    if (!state.groups.has(nameKey(group))) broken.push(`definition ${name}: no group ${group}`)
  }
  for (const { node, name } of state.pools.values()) {
    if (!state.nodes.has(nameKey(node))) broken.push(`pool ${name} on ${node}: no node`)
  }
  return broken
}

/** What pools have promised is what their volumes add up to. */
function promisedSpaceAddsUp(state: State): string[] {
  const nothing = () => ({ kib: 0, pendingKib: 0, volumes: 0, resources: new Set<string>() })
  const sums = new Map<string, ReturnType<typeof nothing>>()
  const add = (key: string, sizeKib: number, isPending: boolean) => {
    const sum = sums.get(key) ?? nothing()
    sum.kib += sizeKib
    if (isPending) sum.pendingKib += sizeKib
    sum.volumes += 1
    sums.set(key, sum)
    return sum
  }
  for (const row of state.volumes.values()) {
    const { definition, node, number, pool } = row
    if (pool === undefined) continue
    const isPending = row.deployedKib === undefined
    const ownKib = volumeDefinitionOf(state, definition, number)?.sizeKib ?? 0
    const sizeKib = row.isTwin ? 0 : ownKib
    add(keyOf(node, pool), sizeKib, isPending).resources.add(nameKey(definition))
    for (const companion of row.companions ?? []) {
      add(keyOf(node, companion.pool), companion.sizeKib, isPending)
    }
  }
  const broken: string[] = []
  for (const key of state.pools.keys()) {
    const usage = state.poolUsage.get(key) ?? {
      reservedKib: 0,
      pendingKib: 0,
      volumes: 0,
      resources: 0,
    }
    const sum = sums.get(key) ?? nothing()
    const isEqual =
      usage.reservedKib === sum.kib &&
      usage.pendingKib === sum.pendingKib &&
      usage.volumes === sum.volumes &&
      usage.resources === sum.resources.size
    if (!isEqual) broken.push(`pool ${key}: counted ${JSON.stringify(usage)}, has ${sum.kib} KiB`)
  }
  return broken
}

/** Everything on its way out belongs to an operation that says what it waits for. */
function deletionHasOperation(state: State): string[] {
  const broken: string[] = []
  const leaving = [
    ...state.nodes.values(),
    ...state.definitions.values(),
    ...state.volumeDefinitions.values(),
    ...state.resources.values(),
  ]
  for (const { backing, node, operation } of state.devicePools.values()) {
    if (operation === undefined || state.operations.has(operation)) continue
    broken.push(`operation ${operation} is unknown but device pool ${backing} on ${node} has it`)
  }
  for (const row of state.resources.values()) {
    const { definition, node, adding, removing, leaving: moved, inactive } = row
    const operation = (adding ?? removing ?? moved ?? inactive)?.operation
    if (operation === undefined || state.operations.has(operation)) continue
    broken.push(`operation ${operation} is unknown but ${definition} on ${node} is moved by it`)
  }
  for (const record of leaving) {
    if (record.phase.status !== 'deleting' || state.operations.has(record.phase.operation)) continue
    broken.push(`operation ${record.phase.operation} is unknown but something is deleted by it`)
  }
  return broken
}

/** Diskful replicas have a pool for every volume that is to stay; the others have none. */
function storageFitsKind(state: State): string[] {
  const broken: string[] = []
  for (const { definition, node, kind } of state.resources.values()) {
    for (const volume of volumesOf(state, definition, node)) {
      const row = volumeDefinitionOf(state, definition, volume.number)
      if (row?.phase.status !== 'live') continue
      const hasStorage = volume.pool !== undefined && !volume.isLeaving
      if (hasStorage !== (kind === 'diskful')) {
        broken.push(`${definition} on ${node} is ${kind}, its volume ${volume.number} does not fit`)
      }
    }
  }
  return broken
}

/** Two nodes that write to the same storage destroy it. */
function oneActiveTwin(state: State): string[] {
  return [...state.resources.values()].flatMap((row) => {
    const others = mayBeOpen(row) ? twinsOf(state, row).filter(mayBeOpen) : []
    const { definition, node, space } = row
    return others.map(
      (other) => `${definition} in ${space} may be open on ${node} and on ${other.node}`,
    )
  })
}

/** Storage that is there once is counted once, under one mark. */
function twinsCountOnce(state: State): string[] {
  return [...state.volumes.values()].flatMap((volume) => {
    const { definition, node, number, isTwin } = volume
    const all = [volume, ...twinVolumesOf(state, volume)]
    const counted = all.filter((row) => !row.isTwin).length
    const name = `volume ${keyOf(definition, node, number)}`
    const marks = new Set(all.map(ownerOf)).size
    if (marks > 1) return [`${name}: its twins have ${marks} marks`]
    return counted === 1 || isTwin ? [] : [`${name}: counted ${counted} times`]
  })
}

/** Who waits for a turn is there, or nobody after it would ever have one. */
function turnHasResource(state: State): string[] {
  return [...state.spaces.values()].flatMap(({ name, queue }) =>
    queue.flatMap(({ definition, node }) =>
      state.resources.has(keyOf(definition, node))
        ? []
        : [`the turn of ${definition} on ${node} in ${name} never ends`],
    ),
  )
}

/** What an operation is about is there: nobody else could ever end it. */
function operationHasTarget(state: State): string[] {
  return [...state.operations.values()].flatMap(({ id, kind, target }) => {
    const [noun, ...rest] = target.split('/')
    const key = rest.map(nameKey).join('/')
    const tables: Readonly<Record<string, { has: (key: string) => boolean }>> = {
      node: state.nodes,
      'resource-definition': state.definitions,
      'volume-definition': state.volumeDefinitions,
      resource: state.resources,
    }
    const table = tables[noun ?? '']
    // A replica whose replacement was deleted meanwhile still goes by that move, and ends it.
    const isGoing = resourcesOf(state, rest[0] ?? '').some(
      ({ phase }) => phase.status === 'deleting' && phase.operation === id,
    )
    return table && !table.has(key) && !isGoing
      ? [`${kind} (${id}) is about ${target}, which is gone`]
      : []
  })
}

export const invariants: Readonly<Record<string, Invariant>> = {
  'minor-unique': minorUnique,
  'port-unique-per-node': portUniquePerNode,
  'node-id-unique': nodeIdUnique,
  'no-dangling-reference': noDanglingReference,
  'promised-space-adds-up': promisedSpaceAddsUp,
  'deletion-has-operation': deletionHasOperation,
  'operation-has-target': operationHasTarget,
  'storage-fits-kind': storageFitsKind,
  'one-active-twin': oneActiveTwin,
  'twins-count-once': twinsCountOnce,
  'turn-has-resource': turnHasResource,
}

/** `name: sentence` of everything that is broken; empty when all is well. */
export function brokenInvariants(state: State): string[] {
  return Object.entries(invariants).flatMap(([name, check]) =>
    check(state).map((sentence) => `${name}: ${sentence}`),
  )
}
