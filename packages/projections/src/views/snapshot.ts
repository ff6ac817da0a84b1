/** Snapshots as people see them. */
import type { Snapshot } from '@varve/events'

export type SnapshotRow = {
  readonly definition: string
  readonly name: string
  readonly status: Snapshot['phase']
  readonly problem?: string
  /** Nodes that have it. */
  readonly nodes: readonly string[]
  readonly sizeKib: number
  readonly createdAt: number
}

export type SnapshotDetail = SnapshotRow &
  Pick<Snapshot, 'volumes' | 'props'> & {
    readonly places: Snapshot['nodes']
  }

export function snapshotRow(row: Snapshot): SnapshotRow {
  return {
    definition: row.definition,
    name: row.name,
    status: row.phase,
    ...(row.problem === undefined ? {} : { problem: row.problem }),
    nodes: row.nodes.filter(({ volumes }) => volumes.length > 0).map(({ node }) => node),
    sizeKib: row.volumes.reduce((sum, { sizeKib }) => sum + sizeKib, 0),
    createdAt: row.origin.at,
  }
}

export function snapshotDetail(row: Snapshot): SnapshotDetail {
  return { ...snapshotRow(row), volumes: row.volumes, places: row.nodes, props: row.props }
}
