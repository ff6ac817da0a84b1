/** The whole state: tables, number sets and the position in the log. */

import type { Props } from '../kinds.ts'
import { keyOf, nameKey } from '../names.ts'
import { NumberSets } from './number-set.ts'
import type {
  Encryption,
  Node,
  NodeConnection,
  Operation,
  Outcome,
  PoolDefinition,
  PoolUsage,
  Resource,
  ResourceConnection,
  ResourceDefinition,
  ResourceGroup,
  Snapshot,
  StoragePool,
  Volume,
  VolumeDefinition,
  VolumeGroup,
} from './records.ts'
import { Table } from './table.ts'
import { UndoLog } from './undo.ts'

/** Single-row records: the controller's properties. */
export type ControllerRecord = { readonly props: Props }

/** Phases that end by themselves, well or with a problem. */
const inMotion: ReadonlySet<Snapshot['phase']> = new Set(['suspending', 'taking', 'resuming'])

function createTables(undo: UndoLog) {
  return {
    controller: new Table<ControllerRecord>({}, undo),
    encryption: new Table<Encryption>({}, undo),
    nodes: new Table<Node>({}, undo),
    nodeConnections: new Table<NodeConnection>(
      {
        first: ({ nodes }) => nameKey(nodes[0]),
        second: ({ nodes }) => nameKey(nodes[1]),
      },
      undo,
    ),
    poolDefinitions: new Table<PoolDefinition>({}, undo),
    pools: new Table<StoragePool>(
      {
        node: (pool) => nameKey(pool.node),
        name: (pool) => nameKey(pool.name),
      },
      undo,
    ),
    poolUsage: new Table<PoolUsage>({}, undo),
    groups: new Table<ResourceGroup>({}, undo),
    volumeGroups: new Table<VolumeGroup>({ group: (row) => nameKey(row.group) }, undo),
    definitions: new Table<ResourceDefinition>(
      {
        group: (row) => nameKey(row.group),
        externalName: (row) => row.externalName,
        deleting: (row) => (row.phase.status === 'deleting' ? 'yes' : undefined),
      },
      undo,
    ),
    volumeDefinitions: new Table<VolumeDefinition>(
      {
        definition: (row) => nameKey(row.definition),
      },
      undo,
    ),
    resources: new Table<Resource>(
      {
        definition: (row) => nameKey(row.definition),
        node: (row) => nameKey(row.node),
      },
      undo,
    ),
    volumes: new Table<Volume>(
      {
        from: (row) => row.from && keyOf(row.from.definition, row.from.snapshot),
        resource: (row) => keyOf(row.definition, row.node),
        pool: (row) => (row.pool === undefined ? undefined : keyOf(row.node, row.pool)),
      },
      undo,
    ),
    resourceConnections: new Table<ResourceConnection>(
      {
        definition: (row) => nameKey(row.definition),
      },
      undo,
    ),
    snapshots: new Table<Snapshot>(
      {
        definition: (row) => nameKey(row.definition),
        underway: (row) => (inMotion.has(row.phase) ? 'yes' : undefined),
      },
      undo,
    ),
    operations: new Table<Operation>({ target: (row) => row.target.toLowerCase() }, undo),
    outcomes: new Table<Outcome>({ slot: (row) => row.slot }, undo),
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
