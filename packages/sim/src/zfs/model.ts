/** Pools and datasets of a simulated machine. Sizes are KiB. */
import { type BlockDevice, createBlock } from '../block.ts'
import type { Machine } from '../machine.ts'

export type Dataset = {
  /** From the pool on: `tank/varve/web_00000`. */
  readonly name: string
  /** Volumes only. */
  readonly device: BlockDevice | undefined
  readonly blockKib: number
  reservedKib: number
  quotaKib: number
  /** User properties, not what is inherited. */
  readonly properties: Map<string, string>
  readonly snapshots: Map<string, Snapshot>
  /** Full name of the snapshot that it is a clone of. */
  readonly origin: string | undefined
}

export type Snapshot = {
  /** To go with its last clone (`zfs destroy -d`). */
  isDeferred: boolean
  readonly properties: Map<string, string>
  /** The same for what was sent somewhere else. */
  readonly guid: string
  /** Volumes only: what they held then. */
  readonly device: BlockDevice | undefined
}

export type Zpool = {
  readonly name: string
  /** Names under /dev/. */
  readonly disks: readonly string[]
  /** The pool's own, too. */
  readonly datasets: Map<string, Dataset>
}

/** `volblocksize` of whoever names none, before ZFS 2.2. */
export const usualBlockKib = 8

/** What an empty filesystem and an empty volume refer to (measured on 2.1.11). */
const emptyKib = { filesystem: 24, volume: 12 }

export const poolName = (dataset: string): string => dataset.split('/')[0] ?? dataset
export const parentName = (dataset: string): string =>
  dataset.slice(0, Math.max(0, dataset.lastIndexOf('/')))

export function findDataset(machine: Machine, name: string): Dataset | undefined {
  return machine.zpools.get(poolName(name))?.datasets.get(name)
}

export function isSuspended(machine: Machine, pool: Zpool): boolean {
  return pool.disks.some((disk) => machine.disks.get(disk)?.failed)
}

export function isInSuspended(machine: Machine, name: string): boolean {
  const pool = machine.zpools.get(poolName(name))
  return pool !== undefined && isSuspended(machine, pool)
}

/** Four labels and the boot block, then whole metaslabs of 64 MiB. */
export function poolKib(machine: Machine, pool: Zpool): number {
  const sizes = pool.disks.map((disk) => (machine.disks.get(disk)?.sizeKib ?? 0) - 4608)
  return sizes.reduce((sum, kib) => sum + Math.max(0, Math.floor(kib / 65_536) * 65_536), 0)
}

/** Less the slop space that ZFS keeps for itself: a 32nd, at least 128 MiB of what is there. */
export function availableKib(machine: Machine, dataset: Dataset): number {
  const pool = machine.zpools.get(poolName(dataset.name))
  if (!pool) return 0
  const size = poolKib(machine, pool)
  const slop = Math.max(size / 32, Math.min(size / 2, 131_072))
  const free = Math.max(0, size - slop - usedKib([...pool.datasets.values()]))
  const within = [...pool.datasets.values()].filter(
    ({ name, quotaKib }) =>
      quotaKib > 0 && (name === dataset.name || dataset.name.startsWith(`${name}/`)),
  )
  const rooms = within.map((each) => each.quotaKib - usedKib(below(pool, each.name)))
  const own = Math.max(0, dataset.reservedKib - referencedKib(dataset))
  return Math.max(0, Math.min(free, ...rooms)) + own
}

function usedKib(datasets: readonly Dataset[]): number {
  return datasets.reduce((sum, each) => sum + Math.max(each.reservedKib, referencedKib(each)), 0)
}

function below(pool: Zpool, name: string): Dataset[] {
  return [...pool.datasets.values()].filter(
    (each) => each.name === name || each.name.startsWith(`${name}/`),
  )
}

export function referencedKib({ device }: Dataset): number {
  return device ? emptyKib.volume + device.allocatedKib : emptyKib.filesystem
}

/** What a thick volume reserves: its blocks and those that point to them (zvol_volsize_to_reservation). */
export function reservationKib(sizeKib: number, blockKib: number): number {
  let blocks = Math.floor(sizeKib / blockKib)
  let indirect = 7
  while (blocks > 1) {
    blocks = Math.floor((blocks + 1023) / 1024)
    indirect += blocks
  }
  return sizeKib + indirect * 2 * 128
}

export type DatasetFields = Pick<Dataset, 'name'> & Partial<Dataset> & { sizeKib?: number }

/** Adds a dataset, a volume when it has a size; the caller has checked name and space. */
export function addDataset(machine: Machine, pool: Zpool, fields: DatasetFields): Dataset {
  const { sizeKib, ...rest } = fields
  const device =
    sizeKib === undefined
      ? undefined
      : createBlock({
          path: `zvol/${fields.name}`,
          type: 'zvol',
          major: 230,
          minor: 16 * machine.nextMinor++,
          sizeKib,
        })
  const dataset: Dataset = {
    device,
    blockKib: usualBlockKib,
    reservedKib: 0,
    quotaKib: 0,
    properties: new Map(),
    snapshots: new Map(),
    origin: undefined,
    ...rest,
  }
  pool.datasets.set(dataset.name, dataset)
  return dataset
}

/** Names of the links that udev makes in `/dev/zvol/<dataset>`. */
export function listVolumeLinks(machine: Machine, dataset: string): string[] {
  const pool = machine.zpools.get(poolName(dataset))
  if (!pool || !machine.modules.has('zfs')) return []
  return [...pool.datasets.values()]
    .filter((each) => each.device && parentName(each.name) === dataset)
    .map((each) => each.name.slice(dataset.length + 1))
    .sort()
}

/** `zvol/tank/web_00000` → the volume's device. */
export function zvolDevice(machine: Machine, path: string): BlockDevice | undefined {
  if (!path.startsWith('zvol/') || !machine.modules.has('zfs')) return undefined
  return findDataset(machine, path.slice('zvol/'.length))?.device
}

/** Why no dataset of this name can be made. */
export function refusal(datasets: ReadonlyMap<string, Dataset>, name: string): string | undefined {
  if (datasets.has(name)) return 'dataset already exists'
  const parent = datasets.get(parentName(name))
  if (!parent) return 'parent does not exist'
  return parent.device ? 'parent is not a filesystem' : undefined
}
