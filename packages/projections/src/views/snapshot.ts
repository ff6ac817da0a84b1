/** Snapshots as people see them. */
import type { Snapshot } from '@varve/events'

export type SnapshotRow = {
  readonly definition: string
  readonly name: string
  readonly status: Snapshot['phase']
  readonly problem?: string
  /** Nodes that have it. */
  readonly nodes: readonly string[]
  /** Nodes that are receiving it. */
  readonly receiving?: readonly string[]
  /** The last copy to a node did not come about. */
  readonly copyProblems?: readonly string[]
  readonly sizeKib: number
  readonly createdAt: number
}

export type SnapshotDetail = SnapshotRow &
  Pick<Snapshot, 'volumes' | 'props'> & {
    readonly places: Snapshot['nodes']
  }

export function snapshotRow(row: Snapshot): SnapshotRow {
  const receiving = row.nodes.flatMap(({ node, copy }) =>
    copy?.status === 'receiving' ? [node] : [],
  )
  const copyProblems = row.nodes.flatMap(({ node, copy }) =>
    copy?.status === 'failed' ? [`${node}: ${copy.problem}`] : [],
  )
  return {
    definition: row.definition,
    name: row.name,
    status: row.phase,
    ...(row.problem === undefined ? {} : { problem: row.problem }),
    nodes: row.nodes
      .filter(({ volumes, copy }) => volumes.length > 0 && (copy?.status ?? 'there') === 'there')
      .map(({ node }) => node),
    ...(receiving.length === 0 ? {} : { receiving }),
    ...(copyProblems.length === 0 ? {} : { copyProblems }),
    sizeKib: row.volumes.reduce((sum, { sizeKib }) => sum + sizeKib, 0),
    createdAt: row.origin.at,
  }
}

export function snapshotDetail(row: Snapshot): SnapshotDetail {
  return { ...snapshotRow(row), volumes: row.volumes, places: row.nodes, props: row.props }
}
