/** Resources: one definition on one node, with a word for how it is doing. */
import {
  definitionOf,
  nodeOf,
  type ObservedConnection,
  type Props,
  type Resource,
  type ResourceKind,
  type StepFailure,
  volumesOf,
} from '@varve/events'
import { type Age, ageOf, isOnline } from '../age.ts'
import { present } from '../present.ts'
import type { Sight } from '../world.ts'
import { diskOf, type VolumeRow, volumeRow } from './volume.ts'

export type ResourceRow = {
  readonly definition: string
  readonly node: string
  readonly kind: ResourceKind
  /**
   * `UpToDate`, `SyncTarget(43%)`, `Creating`, `Starting`, `Failed`, `Offline`, `Deleting`,
   * `Inactive` …; over NVMe `Connected` or `Connecting`.
   */
  readonly status: string
  /** True: nothing more is expected to happen here by itself. */
  readonly isSettled: boolean
  readonly ports: readonly number[]
  readonly nodeId?: number
  readonly volumes: readonly VolumeRow[]
  readonly observed?: Age & {
    readonly status: string
    readonly role?: string
    readonly quorum?: boolean
    readonly suspended?: string
    readonly failure?: string
    readonly retryAt?: number
  }
}

export type ResourceDetail = ResourceRow & {
  readonly diskfulBy?: string
  readonly peerSlots?: number
  readonly connections: readonly ObservedConnection[]
  readonly failure?: StepFailure
  readonly appliedFrom?: number
  readonly props: Props
  readonly createdAt: number
}

export function resourceRow(sight: Sight, resource: Resource): ResourceRow {
  const volumes = volumesOf(sight.state, resource.definition, resource.node).map((volume) =>
    volumeRow(sight, volume),
  )
  const seen = sight.observed.resource(resource.definition, resource.node)
  return {
    definition: resource.definition,
    node: resource.node,
    kind: resource.kind,
    ...standing(sight, resource, volumes),
    ports: resource.ports,
    ...(resource.nodeId === undefined ? {} : { nodeId: resource.nodeId }),
    volumes,
    ...(seen === undefined
      ? {}
      : {
          observed: {
            ...ageOf(sight, resource.node, seen.at),
            status: seen.status,
            ...present({
              role: seen.role,
              quorum: seen.quorum,
              suspended: seen.suspended,
              failure: seen.failure && failureText(seen.failure),
              retryAt: seen.retryAt,
            }),
          },
        }),
  }
}

export function resourceDetail(sight: Sight, resource: Resource): ResourceDetail {
  const seen = sight.observed.resource(resource.definition, resource.node)
  return {
    ...resourceRow(sight, resource),
    ...(resource.diskfulBy === undefined ? {} : { diskfulBy: resource.diskfulBy }),
    ...(resource.peerSlots === undefined ? {} : { peerSlots: resource.peerSlots }),
    connections: seen?.connections ?? [],
    ...(seen?.failure === undefined ? {} : { failure: seen.failure }),
    ...(seen === undefined ? {} : { appliedFrom: seen.applied.from }),
    props: resource.props,
    createdAt: resource.origin.at,
  }
}

/** The last line of stderr is the one that says what was wrong. */
export function failureText(failure: StepFailure): string {
  const said = failure.stderr.trimEnd().split('\n').at(-1) ?? ''
  const outcome = failure.timedOut
    ? 'timed out, its effect is unknown'
    : failure.exitCode === undefined
      ? 'could not be started'
      : `exit status ${failure.exitCode}`
  return `${failure.step}: ${failure.argv.join(' ')}: ${outcome}${said === '' ? '' : `: ${said}`}`
}

/** The worst that is true of the resource, in one word. */
function standing(
  sight: Sight,
  resource: Resource,
  volumes: readonly VolumeRow[],
): { readonly status: string; readonly isSettled: boolean } {
  const seen = sight.observed.resource(resource.definition, resource.node)
  if (resource.phase.status === 'deleting') return { status: 'Deleting', isSettled: false }
  if (!isOnline(sight, resource.node)) return { status: 'Offline', isSettled: false }
  // What a satellite said before its node went down is no word about what is there now.
  if (seen && seen.boot !== bootOf(sight, resource.node)) {
    return { status: 'Starting', isSettled: false }
  }
  if (seen?.status === 'failed') return { status: 'Failed', isSettled: false }
  if (resource.inactive) {
    const isClosed = resource.inactive.operation === undefined
    return { status: isClosed ? 'Inactive' : 'Deactivating', isSettled: isClosed }
  }
  const { rollback, phase } = definitionOf(sight.state, resource.definition) ?? {}
  if (phase?.status === 'trashed') {
    return { status: 'InTrash', isSettled: seen?.inactive === phase.since }
  }
  // Disks are not what they were before it was taken down, and not yet what they will be.
  if (rollback && rollback.phase !== 'starting') return { status: 'RollingBack', isSettled: false }
  if (sight.isPast) return { status: pastStatus(sight, resource, volumes), isSettled: true }
  const isNew = seen === undefined || seen.applied.from < resource.origin.sequence
  if (isNew) return { status: 'Creating', isSettled: false }
  const isApplied = seen.status === 'applied'
  if (resource.kind !== 'diskful') {
    const isRemote = definitionOf(sight.state, resource.definition)?.layers.includes('NVME')
    const connection = isApplied ? 'Connected' : 'Connecting'
    return { status: isRemote ? connection : diskless(resource), isSettled: isApplied }
  }
  const disks = volumes.map((volume) => diskWord(sight, resource, volume))
  const worst = disks.find((word) => word !== 'UpToDate' && word !== 'Ready') ?? disks[0]
  const isGood = disks.every((word) => word === 'UpToDate' || word === 'Ready')
  const isSettled = isApplied && isGood && isKnown(sight, resource)
  return { status: worst ?? 'Empty', isSettled }
}

/** What had become a fact by then; what a satellite saw beside that was never kept. */
function pastStatus(sight: Sight, resource: Resource, volumes: readonly VolumeRow[]): string {
  if (resource.kind !== 'diskful') return diskless(resource)
  const isReplicated = definitionOf(sight.state, resource.definition)?.layers.includes('DRBD')
  const deployed = volumesOf(sight.state, resource.definition, resource.node).map(
    ({ deployedKib }) => (deployedKib === undefined ? 'Creating' : 'Ready'),
  )
  const words = isReplicated ? volumes.map(({ disk }) => disk ?? 'Creating') : deployed
  return words.find((word) => word !== 'UpToDate' && word !== 'Ready') ?? words[0] ?? 'Empty'
}

/**
 * Whether what the satellite has seen is a fact by now: rules go by facts, so a command that comes
 * right after a wait would be refused otherwise.
 */
function isKnown(sight: Sight, { definition, node }: Resource): boolean {
  const isReplicated = definitionOf(sight.state, definition)?.layers.includes('DRBD')
  return volumesOf(sight.state, definition, node).every(({ disk, deployedKib }) =>
    isReplicated ? disk === 'UpToDate' : deployedKib !== undefined,
  )
}

function bootOf(sight: Sight, node: string): string | undefined {
  const link = nodeOf(sight.state, node)?.link
  return link?.status === 'online' ? link.boot : undefined
}

function diskless(resource: Resource): string {
  return resource.kind === 'tie-breaker' ? 'TieBreaker' : 'Diskless'
}

/** Without DRBD there is no disk state: a device that exists is ready. */
function diskWord(sight: Sight, resource: Resource, volume: VolumeRow): string {
  const isReplicated = definitionOf(sight.state, resource.definition)?.layers.includes('DRBD')
  if (!isReplicated) return volume.observed?.device === undefined ? 'Creating' : 'Ready'
  const disk = diskOf(volume)
  const done = volume.observed?.done
  if (disk === 'Inconsistent' && done !== undefined) return `SyncTarget(${Math.floor(done)}%)`
  return disk ?? 'Creating'
}
