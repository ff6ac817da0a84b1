/**
 * What an operation waits for: computed from the state each time, never stored. The list names
 * the nodes whose confirmation is missing and what happened at the last attempt.
 */
import {
  backingKib,
  definitionOf,
  evacuateAtOnceKey,
  formatKib,
  isLive,
  luksHeaderOf,
  nameKey,
  nodeOf,
  type Operation,
  poolOf,
  type Resource,
  type ResourceDefinition,
  type Rollback,
  readReference,
  resourceOf,
  resourcesOf,
  resourcesOn,
  rollbackWaitsFor,
  type Snapshot,
  type State,
  type StepProblem,
  snapshotAwaits,
  snapshotOf,
  snapshotsOf,
  type Volume,
  type VolumeDefinition,
  volumeDefinitionOf,
  volumeOf,
  volumesOf,
} from '@varve/events'
import { isOnline } from './age.ts'
import { failureText } from './views/resource.ts'
import type { Sight } from './world.ts'

export type Wait = {
  readonly node: string
  /** The resource definition that it is about; absent: the node as such. */
  readonly definition?: string
  /** `to remove web`: completes "waits for n1 …". */
  readonly what: string
  /** Start of the operation, ms since epoch. */
  readonly since?: number
  readonly isOnline: boolean
  readonly offlineSince?: number
  readonly lastFailure?: string
  readonly problem?: StepProblem
  readonly retryAt?: number
}

/** What is still missing, by node name. Empty: the next report or the next look finishes it. */
export function waitsFor(sight: Sight, operation: Operation): Wait[] {
  const { state } = sight
  const { names } = readReference(operation.target)
  const [first = '', second = ''] = names
  const since = operation.origin.at
  switch (operation.kind) {
    case 'delete-resource': {
      const resource = resourceOf(state, first, second)
      return resource ? [removal(sight, resource, since)] : []
    }
    case 'delete-resource-definition':
      return resourcesOf(state, first).map((resource) => removal(sight, resource, since))
    case 'delete-node':
      return resourcesOn(state, first).map((resource) => removal(sight, resource, since))
    case 'delete-volume-definition':
      return resourcesOf(state, first)
        .filter((resource) => volumeOf(state, first, resource.node, Number(second)))
        .map((resource) => wait(sight, resource, `to remove volume ${second} of ${first}`, since))
    case 'resize-volume-definition': {
      const row = volumeDefinitionOf(state, first, Number(second))
      return row?.resizing ? resizeWaits(sight, row, since) : []
    }
    case 'change-passphrase': {
      const row = volumeDefinitionOf(state, first, Number(second))
      return (row?.rekeying?.waiting ?? []).flatMap((node) => {
        const resource = resourceOf(state, first, node)
        const what = `to change the passphrase of volume ${second} of ${first}`
        return resource ? [wait(sight, resource, what, since)] : []
      })
    }
    case 'add-disk':
    case 'remove-disk':
    case 'migrate-disk':
      return moveWaits(sight, first, operation)
    case 'deactivate-resource': {
      const row = resourceOf(state, first, second)
      return row?.inactive?.operation === operation.id
        ? [wait(sight, row, `to close ${first}`, since)]
        : []
    }
    case 'evacuate-node':
      return evacuationWaits(sight, first, operation)
    case 'create-device-pool':
    case 'delete-device-pool': {
      const [, ...backing] = names
      const what = operation.kind === 'create-device-pool' ? 'to make' : 'to take away'
      return [waitForNode(sight, first, `${what} ${backing.join('/')}`, since)]
    }
    case 'create-snapshot':
    case 'delete-snapshot': {
      const row = snapshotOf(state, first, second)
      return row ? snapshotWaits(sight, row, since) : []
    }
    case 'rollback-snapshot': {
      const row = definitionOf(state, first)
      return row ? rollbackWaits(sight, row, since) : []
    }
    case 'copy-snapshot': {
      const row = snapshotOf(state, first, second)
      return row ? copyWaits(sight, row, operation) : []
    }
  }
}

/** Disks that come and go, and replicas that make way for them. */
function moveWaits(sight: Sight, definition: string, { id, origin }: Operation): Wait[] {
  return resourcesOf(sight.state, definition).flatMap((row) => {
    const { adding, removing, leaving, phase } = row
    if (phase.status === 'deleting') {
      return phase.operation === id ? [removal(sight, row, origin.at)] : []
    }
    if (adding?.operation === id) return [wait(sight, row, fillingOf(sight, row), origin.at)]
    if (removing?.operation === id) {
      return [wait(sight, row, `to remove the disk of ${definition}`, origin.at)]
    }
    // It is its turn once the other one has all data.
    const isNext = leaving?.operation === id && !isBeingFilled(sight.state, definition, leaving.by)
    return isNext ? [wait(sight, row, leavingOf(sight, row), origin.at)] : []
  })
}

/** Of each replica that is still there: what it waits for, and where. */
function evacuationWaits(sight: Sight, node: string, { id, origin }: Operation): Wait[] {
  return resourcesOn(sight.state, node).flatMap((row): Wait[] => {
    const { definition, leaving, blocked, phase } = row
    if (phase.status === 'deleting') return [removal(sight, row, origin.at)]
    if (leaving) {
      const by =
        leaving.by === undefined ? undefined : resourceOf(sight.state, definition, leaving.by)
      if (by && !isGood(sight.state, by)) return [wait(sight, by, fillingOf(sight, by), origin.at)]
      return leaving.operation === id
        ? [wait(sight, row, leavingOf(sight, row), origin.at)]
        : [wait(sight, row, `to make way by operation ${leaving.operation}`, origin.at)]
    }
    const what = blocked
      ? `to be rid of ${definition}, which has no other place (${blocked.problem} It is tried again every 30 seconds)`
      : `for the turn of ${definition}: so many are copied at once (${evacuateAtOnceKey})`
    return [wait(sight, row, what, origin.at)]
  })
}

function isGood(state: State, { definition, node }: Resource): boolean {
  return volumesOf(state, definition, node).every(({ disk }) => disk === 'UpToDate')
}

function isBeingFilled(state: State, definition: string, by: string | undefined): boolean {
  return by !== undefined && resourceOf(state, definition, by)?.adding !== undefined
}

/** `to get all data of web, 43 % so far`. */
function fillingOf(sight: Sight, { definition, node }: Resource): string {
  const volumes = sight.observed.resource(definition, node)?.volumes ?? []
  const done = volumes.flatMap((volume) => volume.done ?? [])
  const percent = done.length === 0 ? '' : `, ${Math.floor(Math.min(...done))} % so far`
  return `to get all data of ${definition}${percent}`
}

/** One that was taken there goes with its replica's node only when somebody deletes it. */
function snapshotOn(state: State, definition: string, node: string): string | undefined {
  return snapshotsOf(state, definition).find(({ nodes }) =>
    nodes.some((one) => nameKey(one.node) === nameKey(node) && one.volumes.length > 0 && !one.copy),
  )?.name
}

function leavingOf(sight: Sight, { definition, node, leaving }: Resource) {
  const kept = leaving?.leaveSnapshots ? undefined : snapshotOn(sight.state, definition, node)
  if (kept !== undefined) return `to be rid of ${definition}, of which it has snapshot ${kept}`
  const role = sight.observed.resource(definition, node)?.role
  const isLast = isOnline(sight, node) ? 'is' : 'was last seen'
  return role === 'Primary'
    ? `to let go of ${definition}, which ${isLast} open (Primary) there`
    : `to be no longer the last good copy of ${definition}`
}

/** The receiver listens, then the sender sends; the end is the receiver's word. */
function copyWaits(sight: Sight, row: Snapshot, { id, origin }: Operation): Wait[] {
  return row.nodes.flatMap(({ node, copy }) => {
    if (copy?.status !== 'receiving' || copy.operation !== id) return []
    const { definition, name } = row
    const what = `snapshot ${name} of ${definition}`
    const receiver = { definition, node }
    if (copy.port === undefined) return [wait(sight, receiver, `to listen for ${what}`, origin.at)]
    const seen = sight.observed.resource(definition, node)?.snapshots
    const doneKib = seen?.find(({ snapshot }) => snapshot === name)?.doneKib ?? 0
    const sender = { definition, node: copy.from }
    return [
      wait(sight, receiver, `to receive ${what}, ${formatKib(doneKib)} so far`, origin.at),
      wait(sight, sender, `to send ${what} to ${node}`, origin.at),
    ]
  })
}

const doing: Readonly<Record<Snapshot['phase'], string>> = {
  suspending: 'to hold its input and output for',
  taking: 'to take',
  resuming: 'to go on after',
  ready: 'to remove',
  failed: 'to remove',
  deleting: 'to remove',
}

/** Of one that goes from some of its nodes alone only these are waited for. */
function snapshotWaits(sight: Sight, row: Snapshot, since: number): Wait[] {
  return row.nodes
    .filter(({ state, leaving }) =>
      row.phase === 'ready' ? leaving !== undefined : state !== snapshotAwaits[row.phase],
    )
    .map(({ node }) =>
      wait(
        sight,
        { definition: row.definition, node },
        `${doing[row.phase]} snapshot ${row.name} of ${row.definition}`,
        since,
      ),
    )
}

const rollingBack: Readonly<Record<Rollback['phase'], string>> = {
  stopping: 'to take down',
  'rolling-back': 'to roll back',
  starting: 'to bring up',
}

function rollbackWaits(sight: Sight, row: ResourceDefinition, since: number): Wait[] {
  const { rollback } = row
  if (!rollback) return []
  return rollbackWaitsFor(sight.state, row).map((one) =>
    wait(sight, one, `${rollingBack[rollback.phase]} ${row.name}`, since),
  )
}

/** Node-ids of removed replicas stay taken until each peer has dropped its bitmap slot. */
export function waitsForPeers(sight: Sight, definition: string): Wait[] {
  const row = definitionOf(sight.state, definition)
  if (!row) return []
  return row.retired.flatMap((retired) =>
    retired.waiting.flatMap((node) => {
      const resource = resourceOf(sight.state, row.name, node)
      if (!resource) return []
      return [wait(sight, resource, `to forget node-id ${retired.nodeId} of ${row.name}`)]
    }),
  )
}

function removal(sight: Sight, resource: Resource, since: number): Wait {
  return wait(sight, resource, `to remove ${resource.definition}`, since)
}

function resizeWaits(sight: Sight, row: VolumeDefinition, since: number): Wait[] {
  const subject = `volume ${row.number} of ${row.definition}`
  const diskful = resourcesOf(sight.state, row.definition).filter(
    (resource) => resource.kind === 'diskful' && isLive(resource),
  )
  const small = diskful.filter((resource) => {
    const volume = volumeOf(sight.state, row.definition, resource.node, row.number)
    return volume !== undefined && !isResized(sight.state, volume, row)
  })
  if (small.length > 0) {
    return small.map((resource) =>
      wait(
        sight,
        resource,
        `to ${isShrinking(row) ? 'shrink' : 'grow'} the storage of ${subject}`,
        since,
      ),
    )
  }
  const resizer = row.resizing?.resizer
  const growing = diskful.find((one) => nameKey(one.node) === nameKey(resizer ?? ''))
  return growing ? [wait(sight, growing, `to grow DRBD on ${subject}`, since)] : []
}

const isShrinking = ({ resizing, sizeKib }: VolumeDefinition) => (resizing?.fromKib ?? 0) > sizeKib

/** ZFS has whole blocks only, of which this is the largest (volblocksize). */
const largestBlockKib = 128

/** Pools round up, so a device is never smaller than this and needs no look at its pool's unit. */
function isResized(state: State, volume: Volume, row: VolumeDefinition): boolean {
  const definition = definitionOf(state, volume.definition)
  const resource = resourceOf(state, volume.definition, volume.node)
  if (!definition || volume.pool === undefined) return true
  const luksHeaderKib = luksHeaderOf(state, volume)
  const needed = backingKib({
    sizeKib: row.sizeKib,
    gross: row.gross,
    layers: definition.layers,
    ...(luksHeaderKib === undefined ? {} : { luksHeaderKib }),
    peerSlots: resource?.peerSlots ?? definition.peerSlots,
    granularityKib: poolOf(state, volume.node, volume.pool)?.granularityKib ?? 1,
  })
  const { deployedKib } = volume
  if (!isShrinking(row)) return (deployedKib ?? 0) >= needed
  return deployedKib !== undefined && deployedKib < needed + largestBlockKib
}

function wait(
  sight: Sight,
  resource: Pick<Resource, 'definition' | 'node'>,
  what: string,
  since?: number,
): Wait {
  const seen = sight.observed.resource(resource.definition, resource.node)
  return {
    ...waitForNode(sight, resource.node, what, since),
    definition: resource.definition,
    ...(seen?.failure === undefined ? {} : { lastFailure: failureText(seen.failure) }),
    ...(seen?.failure?.problem === undefined ? {} : { problem: seen.failure.problem }),
    ...(seen?.retryAt === undefined ? {} : { retryAt: seen.retryAt }),
  }
}

function waitForNode(sight: Sight, name: string, what: string, since?: number): Wait {
  const link = nodeOf(sight.state, name)?.link
  return {
    node: name,
    what,
    ...(since === undefined ? {} : { since }),
    isOnline: isOnline(sight, name),
    ...(link?.status === 'offline' ? { offlineSince: link.since } : {}),
  }
}
