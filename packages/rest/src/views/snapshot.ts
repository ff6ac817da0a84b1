/** Snapshots as LINSTOR's clients know them. */
import type { Snapshot, SnapshotNode } from '@varve/events'
import { uuidOf } from './uuid.ts'

export function snapshotView(row: Snapshot): object {
  const { definition, name, origin } = row
  const places = placesOf(row)
  return {
    name,
    resource_name: definition,
    nodes: places.map(({ node }) => node),
    /** LINSTOR's older form of the two below, in one. */
    props: { ...row.definitionProps, ...row.props },
    snapshot_definition_props: row.props,
    resource_definition_props: row.definitionProps,
    flags: [...flagsOf(row), ...(row.auto === undefined ? [] : ['AUTO_SNAPSHOT'])],
    volume_definitions: row.volumes.map(({ number, sizeKib, props }) => ({
      volume_number: number,
      size_kib: sizeKib,
      snapshot_volume_definition_props: {},
      volume_definition_props: props,
    })),
    uuid: uuidOf(origin, 'snapshot', definition, name),
    snapshots: places.map((place) => placeView(row, place)),
  }
}

/** Nodes that have it; those that only held their input and output for it do not. */
export function placesOf({ nodes }: Snapshot): readonly SnapshotNode[] {
  return nodes.filter(
    ({ volumes, copy }) => volumes.length > 0 && (copy?.status ?? 'there') === 'there',
  )
}

/** Those that are taken for a clone are nobody else’s. */
export const isShown = ({ cloneTo }: Snapshot): boolean => cloneTo === undefined

function placeView({ definition, name, origin, phase }: Snapshot, place: SnapshotNode): object {
  const { node, volumes } = place
  return {
    snapshot_name: name,
    node_name: node,
    create_timestamp: origin.at,
    flags: phase === 'deleting' ? ['DELETE'] : [],
    uuid: uuidOf(origin, 'snapshot', definition, name, node),
    snapshot_props: {},
    resource_props: {},
    snapshot_volumes: volumes.map(({ number }) => ({
      uuid: uuidOf(origin, 'snapshot', definition, name, node, number),
      vlm_nr: number,
      snapshot_volume_props: {},
      volume_props: {},
    })),
  }
}

function flagsOf({ phase }: Snapshot): readonly string[] {
  switch (phase) {
    case 'ready':
      return ['SUCCESSFUL']
    case 'failed':
      return ['FAILED_DEPLOYMENT']
    case 'deleting':
      return ['SUCCESSFUL', 'DELETE']
    case 'suspending':
    case 'taking':
    case 'resuming':
      return []
  }
}
