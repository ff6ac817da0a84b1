/** Volume groups and logical volumes of a simulated machine. Sizes are KiB, always whole extents. */
import { type BlockDevice, createBlock } from '../block.ts'
import type { Machine } from '../machine.ts'

export type LogicalVolume = {
  name: string
  readonly kind: 'linear' | 'thin-pool' | 'thin' | 'snapshot'
  readonly device: BlockDevice
  /** Thin: its pool. */
  readonly pool: string | undefined
  origin: string | undefined
  readonly tags: Set<string>
  readonly uuid: string
  readonly createdAt: number
  active: boolean
  readOnly: boolean
  skipActivation: boolean
  /** Thin snapshots share this much with their origin. */
  sharedKib: number
  /** Thin pools: a fault may fill them whatever their volumes hold. */
  forcedDataPercent: number | undefined
  forcedMetadataPercent: number | undefined
  zero: boolean
}

export type VolumeGroup = {
  readonly name: string
  readonly uuid: string
  readonly extentKib: number
  /** Names under /dev/. */
  readonly disks: string[]
  readonly tags: Set<string>
  readonly volumes: Map<string, LogicalVolume>
}

/** Chunk size of thin pools. */
export const chunkKib = 64

/** Space that LVM keeps at the start of a disk for its own metadata. */
const diskHeaderKib = 1024

/** A group by its name; one of whose disks has failed is not found, as over a dm-error table. */
export function findGroup(machine: Machine, name: string): VolumeGroup | undefined {
  const group = machine.groups.get(name)
  return group?.disks.some((disk) => machine.disks.get(disk)?.failed) ? undefined : group
}

/** Extents that one disk gives to its group. */
export function diskExtents(machine: Machine, group: VolumeGroup, disk: string): number {
  const size = machine.disks.get(disk)?.sizeKib ?? 0
  return Math.max(0, Math.floor((size - diskHeaderKib) / group.extentKib))
}

export function totalExtents(machine: Machine, group: VolumeGroup): number {
  return group.disks.reduce((sum, disk) => sum + diskExtents(machine, group, disk), 0)
}

/** A pool takes its data, its metadata, and the group keeps a spare for the metadata. */
export function usedExtents(group: VolumeGroup): number {
  let used = 0
  let spare = 0
  for (const volume of group.volumes.values()) {
    if (volume.kind === 'thin') continue
    used += volume.device.sizeKib / group.extentKib
    if (volume.kind !== 'thin-pool') continue
    const metadata = metadataExtents(group, volume.device.sizeKib)
    used += metadata
    spare = Math.max(spare, metadata)
  }
  return used + spare
}

export const freeExtents = (machine: Machine, group: VolumeGroup): number =>
  totalExtents(machine, group) - usedExtents(group)

/** About 64 bytes per chunk, at least one extent: what lvcreate reserves for a pool. */
export function metadataExtents(group: VolumeGroup, poolKib: number): number {
  const kib = Math.ceil(((poolKib / chunkKib) * 64) / 1024)
  return Math.max(1, Math.ceil(kib / group.extentKib))
}

export const thinOf = (group: VolumeGroup, pool: string): LogicalVolume[] =>
  [...group.volumes.values()].filter((each) => each.pool === pool)

/** Percent of a pool's space that its volumes have written. */
export function dataPercent(group: VolumeGroup, pool: LogicalVolume): number {
  if (pool.forcedDataPercent !== undefined) return pool.forcedDataPercent
  let used = 0
  for (const each of group.volumes.values()) {
    if (each.pool === pool.name) used += Math.max(0, each.device.allocatedKib - each.sharedKib)
  }
  return Math.min(100, (100 * used) / pool.device.sizeKib)
}

/** A new pool shows 11.04 % (measured with 4 MiB of metadata) until much is written. */
export function metadataPercent(group: VolumeGroup, pool: LogicalVolume): number {
  if (pool.forcedMetadataPercent !== undefined) return pool.forcedMetadataPercent
  return Math.min(100, 11.04 + 0.2 * dataPercent(group, pool))
}

/** Sets how full a pool is, whatever its volumes hold; undefined: what they hold counts again. */
export function fillPool(
  group: VolumeGroup,
  pool: LogicalVolume,
  percent: { readonly data: number | undefined; readonly metadata: number | undefined },
): void {
  pool.forcedDataPercent = percent.data
  pool.forcedMetadataPercent = percent.metadata
  const isFull = (percent.data ?? 0) >= 100 || (percent.metadata ?? 0) >= 100
  for (const { device } of thinOf(group, pool.name)) device.isFull = isFull
}

/** Adds a volume; the caller has checked the name and the space. */
export function addVolume(
  machine: Machine,
  group: VolumeGroup,
  fields: Pick<LogicalVolume, 'name' | 'kind'> & { sizeKib: number } & Partial<LogicalVolume>,
): LogicalVolume {
  const { sizeKib, ...rest } = fields
  const volume: LogicalVolume = {
    device: createBlock({
      path: `${group.name}/${fields.name}`,
      type: 'lvm',
      major: 254,
      minor: machine.nextMinor++,
      sizeKib,
    }),
    pool: undefined,
    origin: undefined,
    tags: new Set(),
    uuid: machine.shared.random.lvmUuid(),
    createdAt: machine.shared.clock.now(),
    active: true,
    readOnly: false,
    skipActivation: false,
    sharedKib: 0,
    forcedDataPercent: undefined,
    forcedMetadataPercent: undefined,
    zero: true,
    ...rest,
  }
  group.volumes.set(volume.name, volume)
  return volume
}

/** Every third-party reader of a name: `/dev/vg/lv`, `vg/lv`, `/dev/mapper/vg-lv`. */
export function splitVolumeName(text: string): { group: string; volume: string | undefined } {
  const mapped = /^\/dev\/mapper\/((?:[^-]|--)+)-([^-].*)$/.exec(text)
  if (mapped) return { group: undouble(mapped[1] ?? ''), volume: undouble(mapped[2] ?? '') }
  const [group = '', volume] = text.replace(/^\/dev\//, '').split('/')
  return { group, volume }
}

const undouble = (text: string) => text.replaceAll('--', '-')

/** Name in /dev/mapper: hyphens inside a name are doubled. */
export const mapperName = (group: string, volume: string): string =>
  `${group.replaceAll('-', '--')}-${volume.replaceAll('-', '--')}`
