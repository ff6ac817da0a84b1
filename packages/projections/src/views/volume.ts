/** One replica's volume: what it is to be, and what its node last reported. */
import {
  type BlockGeometry,
  type DiskState,
  type ObservedResource,
  type ObservedVolume,
  type Props,
  type Volume,
  volumeDefinitionOf,
} from '@varve/events'
import { type Age, ageOf } from '../age.ts'
import { present } from '../present.ts'
import type { Sight } from '../world.ts'

export type VolumeRow = {
  readonly definition: string
  readonly node: string
  readonly number: number
  readonly pool?: string
  readonly sizeKib: number
  readonly minor?: number
  /** Last disk state that became a fact; the observed one may be newer. */
  readonly disk?: DiskState
  readonly observed?: Age & {
    readonly disk?: DiskState
    readonly device?: string
    readonly allocatedKib?: number
    /** Percent of a running resync. */
    readonly done?: number
  }
}

export type VolumeDetail = VolumeRow & {
  readonly backing?: string
  readonly backingKib?: number
  /** Of what DRBD works on, bytes; without DRBD of what users open. */
  readonly geometry?: BlockGeometry
  /** Other names of the device that users open. */
  readonly symlinks?: readonly string[]
  readonly deployedKib?: number
  readonly props: Props
  readonly createdAt: number
}

export function volumeRow(sight: Sight, volume: Volume): VolumeRow {
  const definition = volumeDefinitionOf(sight.state, volume.definition, volume.number)
  const resource = sight.observed.resource(volume.definition, volume.node)
  const seen = observedVolume(resource, volume.number)
  return {
    definition: volume.definition,
    node: volume.node,
    number: volume.number,
    ...(volume.pool === undefined ? {} : { pool: volume.pool }),
    sizeKib: definition?.sizeKib ?? 0,
    ...(definition?.minor === undefined ? {} : { minor: definition.minor }),
    ...(volume.disk === undefined ? {} : { disk: volume.disk }),
    ...(resource === undefined || seen === undefined
      ? {}
      : { observed: { ...ageOf(sight, volume.node, resource.at), ...shown(seen) } }),
  }
}

export function volumeDetail(sight: Sight, volume: Volume): VolumeDetail {
  const resource = sight.observed.resource(volume.definition, volume.node)
  const seen = observedVolume(resource, volume.number)
  return {
    ...volumeRow(sight, volume),
    ...present({
      backing: seen?.backing,
      backingKib: seen?.backingKib,
      geometry: seen?.geometry,
      symlinks: seen?.symlinks,
    }),
    ...(volume.deployedKib === undefined ? {} : { deployedKib: volume.deployedKib }),
    props: volume.props,
    createdAt: volume.origin.at,
  }
}

/** What the disk is now: the observation, and where there is none the last fact. */
export function diskOf(row: VolumeRow): DiskState | undefined {
  return row.observed?.disk ?? row.disk
}

function observedVolume(
  resource: ObservedResource | undefined,
  number: number,
): ObservedVolume | undefined {
  return resource?.volumes.find((one) => one.number === number)
}

function shown({ disk, device, allocatedKib, done }: ObservedVolume) {
  return present({ disk, device, allocatedKib, done })
}
