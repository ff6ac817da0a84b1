/** The whole state: tables, number sets and the position in the log. */

import { fileNamespace } from '../external-file.ts'
import type { Props } from '../kinds.ts'
import { keyOf, nameKey } from '../names.ts'
import { NumberSets } from './number-set.ts'
import type {
  AuthToken,
  Debt,
  DevicePool,
  Encryption,
  ExternalFile,
  KeyValueStore,
  Member,
  Node,
  NodeConnection,
  Operation,
  Outcome,
  PoolDefinition,
  PoolUsage,
  Proposal,
  Remote,
  Resource,
  ResourceConnection,
  ResourceDefinition,
  ResourceGroup,
  Schedule,
  SharedSpace,
  Snapshot,
  StoragePool,
  Volume,
  VolumeDefinition,
  VolumeGroup,
  Webhook,
} from './records.ts'
import { type Indexes, Table } from './table.ts'
import { UndoLog } from './undo.ts'

/** Single-row records: the controller's properties. */
export type ControllerRecord = { readonly props: Props }

/** Asked at every change of a definition, nearly all of which have none. */
function hasFiles(props: Props): boolean {
  for (const key in props) if (key.startsWith(fileNamespace)) return true
  return false
}

/** Phases that end by themselves, well or with a problem. */
const inMotion: ReadonlySet<Snapshot['phase']> = new Set(['suspending', 'taking', 'resuming'])

function createTables(undo: UndoLog) {
  const table = <R extends object>(indexes?: Indexes<R>) => new Table<R>(indexes, undo)
  return {
    controller: table<ControllerRecord>(),
    encryption: table<Encryption>(),
    nodes: table<Node>(),
    nodeConnections: table<NodeConnection>({
      fixed: {
        first: ({ nodes }) => nameKey(nodes[0]),
        second: ({ nodes }) => nameKey(nodes[1]),
      },
    }),
    poolDefinitions: table<PoolDefinition>(),
    pools: table<StoragePool>({
      fixed: { node: (pool) => nameKey(pool.node), name: (pool) => nameKey(pool.name) },
    }),
    poolUsage: table<PoolUsage>(),
    devicePools: table<DevicePool>({ fixed: { node: (row) => nameKey(row.node) } }),
    groups: table<ResourceGroup>(),
    volumeGroups: table<VolumeGroup>({ fixed: { group: (row) => nameKey(row.group) } }),
    definitions: table<ResourceDefinition>({
      moving: {
        group: (row) => nameKey(row.group),
        externalName: (row) => row.externalName,
        deleting: (row) => (row.phase.status === 'deleting' ? 'yes' : undefined),
        trashed: (row) => (row.phase.status === 'trashed' ? 'yes' : undefined),
        missing: (row) => row.missing?.status,
        converted: (row) => (row.converted === undefined ? undefined : 'yes'),
        hasFiles: (row) => (hasFiles(row.props) ? 'yes' : undefined),
        stopping: (row) => (row.rollback?.phase === 'stopping' ? 'yes' : undefined),
      },
    }),
    volumeDefinitions: table<VolumeDefinition>({
      fixed: { definition: (row) => nameKey(row.definition) },
    }),
    resources: table<Resource>({
      fixed: {
        definition: (row) => nameKey(row.definition),
        node: (row) => nameKey(row.node),
      },
      moving: { opened: (row) => (row.openedAt === undefined ? undefined : 'yes') },
    }),
    volumes: table<Volume>({
      fixed: { resource: (row) => keyOf(row.definition, row.node) },
      moving: {
        filling: (row) =>
          row.isLate && row.disk !== 'UpToDate' && row.pool !== undefined
            ? keyOf(row.node, row.pool)
            : undefined,
        from: (row) => row.from && keyOf(row.from.definition, row.from.snapshot),
        pool: (row) => (row.pool === undefined ? undefined : keyOf(row.node, row.pool)),
      },
    }),
    resourceConnections: table<ResourceConnection>({
      fixed: { definition: (row) => nameKey(row.definition) },
    }),
    snapshots: table<Snapshot>({
      fixed: { definition: (row) => nameKey(row.definition) },
      moving: { underway: (row) => (inMotion.has(row.phase) ? 'yes' : undefined) },
    }),
    debts: table<Debt>({
      fixed: {
        definition: (row) => nameKey(row.definition),
        node: (row) => nameKey(row.node),
      },
    }),
    spaces: table<SharedSpace>(),
    keyValueStores: table<KeyValueStore>(),
    remotes: table<Remote>(),
    webhooks: table<Webhook>(),
    schedules: table<Schedule>(),
    externalFiles: table<ExternalFile>(),
    members: table<Member>(),
    authTokens: table<AuthToken>({ moving: { hash: (row) => row.tokenHash || undefined } }),
    operations: table<Operation>({ moving: { target: (row) => row.target.toLowerCase() } }),
    proposals: table<Proposal>({ moving: { open: (row) => (row.closed ? undefined : 'yes') } }),
    outcomes: table<Outcome>({ moving: { slot: (row) => row.slot } }),
  }
}

export type Tables = ReturnType<typeof createTables>
export type TableName = keyof Tables
export const tableNames = Object.keys(createTables(new UndoLog())) as readonly TableName[]

/** Where in the log a state stands. */
export type Position = {
  sequence: number
  /** Hash of the block at `sequence`. */
  hash: string
  term: number
  /** Time of the last entry, ms. */
  at: number
  /** Entries folded so far. */
  entries: number
  /** Those of them that somebody sent, and may send again. */
  answered: number
}

export type State = Tables & {
  readonly numbers: NumberSets
  readonly position: Position
  readonly undo: UndoLog
}

/** Name of the set of DRBD minors in `numbers`; minors are unique in the whole cluster. */
export const minors = 'minors'
/** Name of the set of TCP ports of a node in `numbers`. */
export const portsOf = (node: string) => `ports/${nameKey(node)}`

export function createState(genesisHash: string): State {
  const undo = new UndoLog()
  return {
    ...createTables(undo),
    numbers: new NumberSets(undo),
    position: { sequence: 0, hash: genesisHash, term: 0, at: 0, entries: 0, answered: 0 },
    undo,
  }
}

/**
 * Runs `change`, which may change the state. It stays changed when `isKept` says so of the result;
 * otherwise, and when something is thrown, the state is as it was before. Attempts may be nested.
 */
export function attempt<T>(state: State, change: () => T, isKept: (result: T) => boolean): T {
  const position = { ...state.position }
  const mark = state.undo.begin()
  let kept = false
  try {
    const result = change()
    kept = isKept(result)
    return result
  } finally {
    state.undo.end(mark, kept)
    if (!kept) Object.assign(state.position, position)
  }
}
