/** The columns of every list. */
import { formatKib } from '@varve/events'
import {
  type AuthTokenRow,
  type ConnectionRow,
  type DebtRow,
  type DevicePoolRow,
  type ExternalFileRow,
  formatDuration,
  type KeyValueStoreRow,
  type MemberRow,
  type NetInterfaceRow,
  type NodeRow,
  type OperationRow,
  type PhysicalStorageRow,
  type PolicyRow,
  type PoolDefinitionRow,
  type ProposalRow,
  type RemoteRow,
  type ResourceConnectionRow,
  type ResourceDefinitionRow,
  type ResourceGroupRow,
  type ResourceRow,
  type ScheduleRow,
  type SnapshotRow,
  type StoragePoolRow,
  type TrashRow,
  type VolumeDefinitionRow,
  type VolumeGroupRow,
  type VolumeRow,
  type WebhookRow,
} from '@varve/projections'
import type { Color } from './style.ts'
import type { Cell, Column } from './table.ts'
import { formatTime } from './tree.ts'

type Rows = {
  nodes: NodeRow
  'net-interfaces': NetInterfaceRow
  'node-connections': ConnectionRow
  'resource-connections': ResourceConnectionRow
  'storage-pools': StoragePoolRow
  'physical-storage': PhysicalStorageRow
  'device-pools': DevicePoolRow
  'storage-pool-definitions': PoolDefinitionRow
  'resource-groups': ResourceGroupRow
  'volume-groups': VolumeGroupRow
  'resource-definitions': ResourceDefinitionRow
  'volume-definitions': VolumeDefinitionRow
  resources: ResourceRow
  volumes: VolumeRow
  snapshots: SnapshotRow
  operations: OperationRow
  debts: DebtRow
  trash: TrashRow
  members: MemberRow
  'auth-tokens': AuthTokenRow
  'key-value-stores': KeyValueStoreRow
  'external-files': ExternalFileRow
  remotes: RemoteRow
  webhooks: WebhookRow
  schedules: ScheduleRow
  policies: PolicyRow
  proposals: ProposalRow
}
export type ListQuery = keyof Rows

const text = <R>(title: string, cell: (row: R) => Cell | undefined): Column<R> => ({
  title,
  cell: (row) => cell(row) ?? '-',
})
const count = <R>(title: string, cell: (row: R) => number | string | undefined): Column<R> => ({
  title,
  cell: (row) => String(cell(row) ?? '-'),
  isNumber: true,
})
const kib = (size: number | undefined) => (size === undefined ? undefined : formatKib(size))

const good = ['ready', 'online', 'UpToDate', 'Ready', 'Connected', 'Diskless', 'TieBreaker', 'live']
const bad = ['failed', 'offline', 'Failed', 'Offline', 'Inconsistent', 'Outdated']

/** Good is green, bad is red, and what is on its way yellow. */
function judged(word: string, isStale = false): Cell {
  const color: Color = good.includes(word) ? 'green' : bad.includes(word) ? 'red' : 'yellow'
  return isStale ? { text: `${word} (stale)`, color: 'dim' } : { text: word, color }
}

const connection: readonly Column<ConnectionRow>[] = [
  text('NODES', (row) => row.nodes.join(', ')),
  text('PATHS', (row) => row.paths.join('; ')),
  text('OPTIONS', (row) =>
    Object.entries(row.props)
      .filter(([key]) => !key.startsWith('Paths/'))
      .map(([key, value]) => `${key}=${value}`)
      .join(' '),
  ),
]

export const columnsOf: { readonly [Q in ListQuery]: readonly Column<Rows[Q]>[] } = {
  nodes: [
    text('NODE', (row) => row.name),
    text('KIND', (row) => row.kind),
    text('STATUS', (row) => judged(row.use ? `${row.status}, ${row.use}` : row.status)),
    text('FOR', (row) =>
      row.statusAgeMs === undefined ? undefined : formatDuration(row.statusAgeMs),
    ),
    count('POOLS', (row) => row.pools),
    count('RESOURCES', (row) => row.resources),
    text('DRBD', (row) => row.drbd),
    text('ADDRESSES', (row) => row.addresses.join(', ')),
  ],
  'net-interfaces': [
    text('NODE', (row) => row.node),
    text('NAME', (row) => row.name),
    text('ADDRESS', (row) => row.address),
    count('PORT', (row) => row.port),
  ],
  'node-connections': [...connection],
  'resource-connections': [text('RESOURCE', (row) => row.definition), ...connection],
  'storage-pools': [
    text('NODE', (row) => row.node),
    text('POOL', (row) => row.name),
    text('PROVIDER', (row) => row.provider),
    count('FREE', (row) => kib(row.observed?.freeKib)),
    count('TOTAL', (row) => kib(row.observed?.totalKib)),
    count('PROMISED', (row) => kib(row.reservedKib)),
    count('VOLUMES', (row) => row.volumes),
    text('BACKING', (row) => row.backing),
    text('STATE', poolState),
  ],
  'physical-storage': [
    count('SIZE', (row) => formatKib(row.sizeKib)),
    text('ROTATIONAL', (row) => (row.rotational ? 'yes' : 'no')),
    text('NODE', (row) => row.node),
    text('DEVICE', (row) => row.path),
    text('MODEL', (row) => row.model),
    text('SERIAL', (row) => row.serial),
    text('WWN', (row) => row.wwn),
    text('STATE', deviceState),
  ],
  'device-pools': [
    text('NODE', (row) => row.node),
    text('BACKING', (row) => row.backing),
    text('PROVIDER', (row) => row.provider),
    text('DEVICES', (row) => row.devices.join(', ')),
    text('STATUS', (row) => judged(row.phase)),
    text('PROBLEM', (row) => row.problem ?? ''),
  ],
  'storage-pool-definitions': [text('POOL', (row) => row.name), count('NODES', (row) => row.pools)],
  'resource-groups': [
    text('GROUP', (row) => row.name),
    count('VOLUMES', (row) => row.volumeGroups),
    count('DEFINITIONS', (row) => row.definitions),
    text('PLACEMENT', (row) => placement(row)),
    text('DESCRIPTION', (row) => row.description ?? ''),
  ],
  'volume-groups': [
    text('GROUP', (row) => row.group),
    count('VOLUME', (row) => row.number),
    text('SIZE IS', (row) => (row.gross ? 'gross' : 'net')),
  ],
  'resource-definitions': [
    text('RESOURCE', (row) => row.name),
    text('GROUP', (row) => row.group),
    text('LAYERS', (row) => row.layers.join(',')),
    count('VOLUMES', (row) => row.volumes),
    count('SIZE', (row) => formatKib(row.sizeKib)),
    count('REPLICAS', (row) => row.resources),
    text('STATUS', (row) => judged(row.status)),
  ],
  'volume-definitions': [
    text('RESOURCE', (row) => row.definition),
    count('VOLUME', (row) => row.number),
    count('SIZE', (row) => formatKib(row.sizeKib)),
    count('MINOR', (row) => row.minor),
    text('STATUS', (row) => judged(row.status)),
  ],
  resources: [
    text('RESOURCE', (row) => row.definition),
    text('NODE', (row) => row.node),
    text('KIND', (row) => row.kind),
    text('ROLE', (row) => row.observed?.role),
    text('STATUS', (row) => judged(row.status, row.observed?.stale)),
    text('SEEN', (row) => age(row.observed)),
    text('PORTS', (row) => row.ports.join(',')),
    text('PROBLEM', (row) => row.observed?.failure ?? row.observed?.suspended ?? ''),
  ],
  volumes: [
    text('RESOURCE', (row) => row.definition),
    text('NODE', (row) => row.node),
    count('VOLUME', (row) => row.number),
    text('POOL', (row) => row.pool),
    count('SIZE', (row) => formatKib(row.sizeKib)),
    count('ALLOCATED', (row) => kib(row.observed?.allocatedKib)),
    text('DISK', (row) => {
      const disk = row.observed?.disk ?? row.disk
      return disk === undefined ? undefined : judged(disk, row.observed?.stale)
    }),
    text('SEEN', (row) => age(row.observed)),
    text('DEVICE', (row) => row.observed?.device),
  ],
  snapshots: [
    text('RESOURCE', (row) => row.definition),
    text('SNAPSHOT', (row) => row.name),
    text('NODES', ({ nodes, receiving = [] }) =>
      [...nodes, ...receiving.map((node) => `${node} (receiving)`)].join(', '),
    ),
    count('SIZE', (row) => formatKib(row.sizeKib)),
    text('CREATED', (row) => formatTime(row.createdAt)),
    text('STATUS', (row) => judged(row.status)),
    text('PROBLEM', ({ problem, copyProblems = [] }) => problem ?? copyProblems.join('; ')),
  ],
  members: [
    text('MEMBER', (row) => row.name),
    text('ROLE', (row) => row.role),
    text('KEY', (row) => row.publicKey),
    text('SINCE', (row) => formatTime(row.createdAt)),
  ],
  'auth-tokens': [
    count('TOKEN', (row) => row.number),
    text('DESCRIPTION', (row) => row.description),
    text('ROLE', (row) => row.role),
    text('ADDRESS', (row) => row.address),
    text('TAKEN', (row) => (row.isActive ? 'yes' : 'no')),
    text('EXPIRES', (row) => (row.expiresAt === undefined ? undefined : formatTime(row.expiresAt))),
    text('CREATED', (row) => formatTime(row.createdAt)),
  ],
  'key-value-stores': [
    text('STORE', (row) => row.name),
    count('KEYS', (row) => row.keys),
    text('CREATED', (row) => formatTime(row.createdAt)),
  ],
  'external-files': [
    text('FILE', (row) => row.path),
    count('BYTES', (row) => row.bytes),
    text('RESOURCE DEFINITIONS', (row) => row.definitions.join(', ')),
  ],
  webhooks: [
    text('WEBHOOK', (row) => row.name),
    text('URL', (row) => row.url),
    text('ONLY', (row) => Object.values(row.filter).join(' ')),
    text('SIGNED', (row) => (row.isSigned ? 'yes' : 'no')),
    count('DELIVERED', (row) => row.delivered),
    count('BEHIND', (row) => row.lag),
    text('LAST FAILURE', (row) => row.failure?.problem),
  ],
  remotes: [
    text('REMOTE', (row) => row.name),
    text('KIND', (row) => row.kind),
    text('SETTINGS', (row) =>
      Object.entries(row.settings)
        .map(([name, value]) => `${name}=${value}`)
        .join(' '),
    ),
    text('SECRETS', (row) => row.secrets.join(', ')),
  ],
  schedules: [
    text('SCHEDULE', (row) => row.name),
    text('FULL', (row) => row.fullCron),
    text('INCREMENTAL', (row) => row.incCron),
    count('KEEP LOCAL', (row) => row.keepLocal),
    count('KEEP REMOTE', (row) => row.keepRemote),
    text('ON FAILURE', (row) => row.onFailure),
    count('RETRIES', (row) => row.maxRetries),
  ],
  trash: [
    text('RESOURCE', (row) => row.definition),
    text('GROUP', (row) => row.group),
    text('STORED', (row) => formatKib(row.storedKib)),
    text('DELETED (UTC)', (row) => formatTime(row.deletedAt)),
    count('LOG', (row) => row.sequence),
    text('GOES', (row) => (row.leftMs <= 0 ? 'now' : `in ${formatDuration(row.leftMs)}`)),
    text('STILL OPEN ON', (row) => row.openOn.join(' ')),
  ],
  debts: [
    text('NODE', (row) => row.node),
    text('RESOURCE', (row) => row.definition),
    text('OBJECTS', (row) => row.objects.join(', ')),
    text('FOR', (row) => formatDuration(row.ageMs)),
    text('GOES', (row) => row.next),
    text('LAST ATTEMPT', (row) => row.failure),
  ],
  operations: [
    text('OPERATION', (row) => row.id),
    text('KIND', (row) => row.kind),
    text('OF', (row) => row.target),
    text('SINCE', (row) => formatTime(row.startedAt)),
    text('WAITS FOR', (row) => row.waits.map((wait) => `${wait.node} ${wait.what}`).join('; ')),
  ],
  policies: [
    text('POLICY', (row) => row.policy),
    text('MODE', (row) => judgedMode(row.mode)),
    text('ELSEWHERE', (row) => row.exceptions.join('; ') || undefined),
    count('PROPOSALS', (row) => row.proposals),
    text('WHAT FOR', (row) => row.purpose),
  ],
  proposals: [
    text('POLICY', (row) => row.policy),
    text('WOULD', (row) => row.wish),
    text('FOR', (row) => formatDuration(row.ageMs)),
    text('SINCE', (row) => row.since),
  ],
}

const judgedMode = (mode: PolicyRow['mode']): Cell => ({
  text: mode,
  color: mode === 'on' ? 'green' : 'yellow',
})

function poolState(row: StoragePoolRow): Cell {
  const { observed } = row
  if (observed === undefined) return { text: 'never seen', color: 'yellow' }
  if (observed.problem) {
    return { text: `${observed.problem.kind}: ${observed.problem.text}`, color: 'red' }
  }
  if (observed.stale) return { text: `stale, ${age(observed)} old`, color: 'dim' }
  return { text: `seen ${age(observed)} ago`, color: 'green' }
}

function deviceState({ problem, observed }: PhysicalStorageRow): Cell {
  if (observed.stale) return { text: `stale, ${age(observed)} old`, color: 'dim' }
  return problem === undefined
    ? { text: 'empty', color: 'green' }
    : { text: problem, color: 'yellow' }
}

const age = (observed: { readonly ageMs: number } | undefined) =>
  observed === undefined ? undefined : formatDuration(observed.ageMs)

function placement({ filter }: ResourceGroupRow): string {
  const count = filter.placeCount === undefined ? '' : `${filter.placeCount} replicas`
  const pools = filter.pools === undefined ? '' : `in ${filter.pools.join(' or ')}`
  return [count, pools].filter((part) => part !== '').join(' ')
}
