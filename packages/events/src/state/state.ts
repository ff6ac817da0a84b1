/** The whole state: tables, number sets and the position in the log. Forked in O(1). */

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

/** Single-row records: the controller's properties. */
export type ControllerRecord = { readonly props: Props }

/** Phases that end by themselves, well or with a problem. */
const inMotion: ReadonlySet<Snapshot['phase']> = new Set(['suspending', 'taking', 'resuming'])

function createTables() {
  return {
    controller: new Table<ControllerRecord>(),
    encryption: new Table<Encryption>(),
    nodes: new Table<Node>(),
    nodeConnections: new Table<NodeConnection>({
      first: ({ nodes }) => nameKey(nodes[0]),
      second: ({ nodes }) => nameKey(nodes[1]),
    }),
    poolDefinitions: new Table<PoolDefinition>(),
    pools: new Table<StoragePool>({
      node: (pool) => nameKey(pool.node),
      name: (pool) => nameKey(pool.name),
    }),
    poolUsage: new Table<PoolUsage>(),
    groups: new Table<ResourceGroup>(),
    volumeGroups: new Table<VolumeGroup>({ group: (row) => nameKey(row.group) }),
    definitions: new Table<ResourceDefinition>({
      group: (row) => nameKey(row.group),
      externalName: (row) => row.externalName,
      deleting: (row) => (row.phase.status === 'deleting' ? 'yes' : undefined),
    }),
    volumeDefinitions: new Table<VolumeDefinition>({
      definition: (row) => nameKey(row.definition),
    }),
    resources: new Table<Resource>({
      definition: (row) => nameKey(row.definition),
      node: (row) => nameKey(row.node),
    }),
    volumes: new Table<Volume>({
      from: (row) => row.from && keyOf(row.from.definition, row.from.snapshot),
      resource: (row) => keyOf(row.definition, row.node),
      pool: (row) => (row.pool === undefined ? undefined : keyOf(row.node, row.pool)),
    }),
    resourceConnections: new Table<ResourceConnection>({
      definition: (row) => nameKey(row.definition),
    }),
    snapshots: new Table<Snapshot>({
      definition: (row) => nameKey(row.definition),
      underway: (row) => (inMotion.has(row.phase) ? 'yes' : undefined),
    }),
    operations: new Table<Operation>({ target: (row) => row.target.toLowerCase() }),
    outcomes: new Table<Outcome>({ slot: (row) => row.slot }),
  }
}

export type Tables = ReturnType<typeof createTables>
export type TableName = keyof Tables
export const tableNames = Object.keys(createTables()) as readonly TableName[]

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
}

/** Name of the set of DRBD minors in `numbers`; minors are unique in the whole cluster. */
export const minors = 'minors'
/** Name of the set of TCP ports of a node in `numbers`. */
export const portsOf = (node: string) => `ports/${nameKey(node)}`

export function createState(genesisHash: string): State {
  return {
    ...createTables(),
    numbers: new NumberSets(),
    position: { sequence: 0, hash: genesisHash, term: 0, at: 0, entries: 0, answered: 0 },
  }
}

/** Written out, so that every state is an object of one shape: that is what makes reading fast. */
export function fork(state: State): State {
  return {
    controller: state.controller.fork(),
    encryption: state.encryption.fork(),
    nodes: state.nodes.fork(),
    nodeConnections: state.nodeConnections.fork(),
    poolDefinitions: state.poolDefinitions.fork(),
    pools: state.pools.fork(),
    poolUsage: state.poolUsage.fork(),
    groups: state.groups.fork(),
    volumeGroups: state.volumeGroups.fork(),
    definitions: state.definitions.fork(),
    volumeDefinitions: state.volumeDefinitions.fork(),
    resources: state.resources.fork(),
    volumes: state.volumes.fork(),
    resourceConnections: state.resourceConnections.fork(),
    snapshots: state.snapshots.fork(),
    operations: state.operations.fork(),
    outcomes: state.outcomes.fork(),
    numbers: state.numbers.fork(),
    position: { ...state.position },
  }
}

/** Writes a fork's changes into the state it came from. */
export function commit(from: State, into: State): void {
  for (const name of tableNames) from[name].commit()
  from.numbers.commit()
  Object.assign(into.position, from.position)
}
