/** Reads what zfs and zpool print with -H -p: a line per row, columns parted by tabs, bytes. */
import type { BackingObject, StrayMark } from '../../core/inventory.ts'
import { readMark, readRolledBack } from './mark.ts'

export type Zpool = {
  readonly totalKib: number
  /** ONLINE, DEGRADED, SUSPENDED, …: zpool's own word. */
  readonly health: string
}

export type Dataset = {
  readonly name: string
  readonly type: 'filesystem' | 'volume' | 'snapshot'
  readonly sizeKib: number
  /** Volumes: their sizes are multiples of it. */
  readonly blockKib: number
  readonly referencedKib: number
  /** Reserves its whole size, as volumes do that were not made with -s. */
  readonly isThick: boolean
  readonly availableKib: number
  /** 0: none. */
  readonly quotaKib: number
  readonly owner?: string
  readonly strayMark?: StrayMark
  readonly isNew: boolean
  readonly rolledBack?: string
  /** Snapshots: to go with its last clone; destroyed as far as we are concerned. */
  readonly isDeferred: boolean
  /** Snapshots: another one of the same volume that was made after it. */
  readonly laterSnapshot?: string
}

/** Pools by name out of `zpool list`. */
export function parseZpools(text: string): Map<string, Zpool> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [name = '', size, health] = line.split('\t')
      if (size === undefined || health === undefined) return []
      return [[name, { totalKib: kib(size), health }] as const]
    }),
  )
}

const row = /^[^\t@]+\t(?:filesystem|volume)\t(?:[\d-]+\t){6}/
const rowOrSnapshot =
  /^(?:[^\t@]+\t(?:filesystem|volume)|[^\t@]+@[^\t@]+\tsnapshot)\t(?:[\d-]+\t){6}(?:on|off|-)\t/

/**
 * Datasets out of `zfs list`, columns as in steps.ts. Somebody's own text comes last in a line, so
 * whatever it holds, the columns before it are zfs's; what else it makes of a line is skipped.
 */
export function parseDatasets(text: string, withSnapshots = false): Dataset[] {
  const rows = text.split('\n').flatMap((line): Dataset[] => {
    if (!(withSnapshots ? rowOrSnapshot : row).test(line)) return []
    const [name = '', type, ...cells] = line.split('\t')
    const [size, block, referenced, reserved, available, quota, ...more] = cells
    const deferred = withSnapshots ? more.shift() : 'off'
    const [state, ...rest] = more
    const mark = readMark(rest.join('\t'))
    const owner = mark?.of === name ? mark.owner : undefined
    const rolledBack = owner === undefined ? undefined : readRolledBack(state)
    return [
      {
        name,
        type: type === 'volume' || type === 'snapshot' ? type : 'filesystem',
        sizeKib: kib(size),
        blockKib: kib(block),
        referencedKib: kib(referenced),
        isThick: kib(reserved) > 0,
        availableKib: kib(available),
        quotaKib: kib(quota),
        ...(owner === undefined ? {} : { owner }),
        ...(mark && owner === undefined ? { strayMark: mark } : {}),
        isNew: owner !== undefined && state === 'new',
        isDeferred: deferred === 'on',
        ...(rolledBack === undefined ? {} : { rolledBack }),
      },
    ]
  })
  return withSnapshots ? withLater(rows) : rows
}

/** zfs lists the snapshots of a volume in the order in which they were made (zfs_iter.c). */
function withLater(rows: readonly Dataset[]): Dataset[] {
  const last = new Map<string, string>()
  const volumeOf = (name: string) => name.split('@')[0] ?? name
  for (const { type, name } of rows) if (type === 'snapshot') last.set(volumeOf(name), name)
  return rows.map((row) => {
    const laterSnapshot = last.get(volumeOf(row.name))
    const isLast = row.type !== 'snapshot' || laterSnapshot === row.name
    return isLast || laterSnapshot === undefined ? row : { ...row, laterSnapshot }
  })
}

/** `zfs create -n -P -V 1K`: the size that a volume of 1 KiB would really have, its block size. */
export function parseProbe(text: string): number | undefined {
  const bytes = /^property\tvolsize\t(\d+)$/m.exec(text)?.[1]
  return bytes === undefined ? undefined : kib(bytes)
}

/** A dataset in the inventory: a filesystem too, since it can have the name that a volume needs. */
export function objectOf(dataset: Dataset, place: string, device?: string): BackingObject {
  const { name, sizeKib, blockKib, isThick, referencedKib, owner, isNew } = dataset
  const { rolledBack, laterSnapshot, strayMark } = dataset
  return {
    key: zfsKey(name),
    place,
    name: name.slice(name.lastIndexOf('/') + 1),
    sizeKib,
    blockKib,
    allocatedKib: isThick ? sizeKib : referencedKib,
    ...(device === undefined ? {} : { device }),
    ...(owner === undefined ? {} : { owner }),
    ...(strayMark === undefined ? {} : { strayMark }),
    isNew,
    ...(rolledBack === undefined ? {} : { rolledBack }),
    ...(laterSnapshot === undefined ? {} : { laterSnapshot }),
    isPool: false,
  }
}

/** `tank/a` may be a logical volume as well: datasets have keys of their own. */
export function zfsKey(dataset: string): string {
  return `zfs:${dataset}`
}

/** Bytes → KiB; `-` stands for what a dataset does not have. */
function kib(bytes: string | undefined): number {
  const number = Number(bytes)
  return Number.isFinite(number) ? Math.floor(number / 1024) : 0
}
