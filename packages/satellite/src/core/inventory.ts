/** One look at the machine, as plain data: everything that planning may know. */
import type { CacheUse, Provider } from '@varve/events'
import type { WantedAccounts } from '../format/names.ts'
import type { KernelResource } from '../layers/drbd/parse.ts'
import type { Suspension } from '../snapshots/marker.ts'

/** A place that holds backing objects: a volume group, a ZFS dataset or a directory. */
export type Place =
  | { readonly state: 'present' }
  /** It is certainly not there. */
  | { readonly state: 'missing' }
  /** We could not look, so nothing may be concluded from what we do not see. */
  | { readonly state: 'unknown'; readonly reason: string; readonly isSuspended?: true }

/** An LV, a ZFS volume or an image file, ours or not. */
export type BackingObject = {
  /** `vg/lv`, `zfs:dataset/volume` or the path of the image. */
  readonly key: string
  readonly place: string
  readonly name: string
  readonly sizeKib: number
  /** Its size is a multiple of this, where objects of one place can differ in it. */
  readonly blockKib?: number
  /** Space really taken; thin objects take less than their size. */
  readonly allocatedKib: number
  /** Block device that users of the object open; absent while inactive or not attached. */
  readonly device?: string
  /** Size of that device, where it can differ (a loop device whose file has grown). */
  readonly deviceKib?: number
  /** Owner mark, absent on objects that Varve did not create. */
  readonly owner?: string
  /** A mark that was put on it under another name (ZFS): it was inherited, copied or renamed. */
  readonly strayMark?: StrayMark
  /** Created by us and not yet handed to anyone: may be wiped and formatted. */
  readonly isNew: boolean
  /** The rollback that its content comes from, when one was ever done. */
  readonly rolledBack?: string
  /** Somebody has its device open; LVM knows that, of others nobody can tell. */
  readonly isOpen?: true
  /** Snapshots of ZFS: a later one of the same volume, whose content a rollback would destroy. */
  readonly laterSnapshot?: string
  /** True for objects that hold a pool, such as a thin pool. */
  readonly isPool: boolean
  /** Thin pools only: what nobody has written in a new block reads as zeroes. */
  readonly zeroes?: boolean
  /** Thin pools only: what is wrong with it, and how full it is in percent. */
  readonly poolProblem?: 'data-full' | 'metadata-full' | 'damaged'
  readonly dataPercent?: number
  readonly metadataPercent?: number
}

export type StrayMark = { readonly owner: string; readonly of: string }

/** Sizes of a place as a whole. */
export type PlaceSize = {
  readonly totalKib: number
  readonly freeKib: number
  readonly granularityKib: number
}

/** DRBD configuration that is not ours: its names and minors are taken. */
export type ForeignConfig = {
  readonly file: string
  readonly resources: readonly string[]
  readonly minors: readonly number[]
}

/** An open dm-crypt mapping, ours or not. */
export type CryptMapping = {
  readonly name: string
  /** `CRYPT-LUKS2-<uuid of the header>-<name>` of those that cryptsetup made. */
  readonly uuid: string
  readonly sizeKib: number
  /** Where the data begins on the device below. */
  readonly offsetKib: number
  readonly allowsDiscards: boolean
}

/** A device of a cache layer that is open, or, of bcache, that the kernel knows of. */
export type CachedMapping = DmCached | BcacheSeen

/** An open device of dm-writecache or dm-cache, ours or not. */
export type DmCached = {
  readonly name: string
  readonly kind: 'writecache' | 'cache'
  readonly uuid: string
  readonly sizeKib: number
  readonly isSuspended: boolean
  readonly use?: CacheUse
}

/** A set of bcache, under its UUID, with its data; or data of ours without its set, under its label. */
export type BcacheSeen = {
  readonly name: string
  readonly kind: 'bcache'
  /** UUID of the set; empty: there is none. */
  readonly uuid: string
  readonly label: string
  /** Directory of the kernel's files for the data; absent: the data is not registered. */
  readonly control?: string
  /** `no cache`, `clean`, `dirty`, `inconsistent`; `none` without data. */
  readonly state: string
  /** It has a device. */
  readonly isRunning: boolean
  readonly sizeKib: number
  readonly isSuspended: false
}

/** A subsystem of the kernel's NVMe target, ours or not. */
export type NvmeSubsystem = {
  readonly name: string
  readonly serial: string
  /** Any host may connect; false is what a new one begins with. */
  readonly isOpen: boolean
  readonly namespaces: readonly NvmeNamespace[]
}

export type NvmeNamespace = {
  readonly id: number
  /** Absent: nobody has named one yet. */
  readonly device?: string
  readonly uuid: string
  readonly isEnabled: boolean
}

/** Where the kernel's NVMe target listens, or is to listen. */
export type NvmePort = {
  readonly index: number
  readonly transport: string
  /** Empty: not set yet. */
  readonly address: string
  readonly service: string
  /** Names of the subsystems that it offers; it listens when there is one. */
  readonly subsystems: readonly string[]
}

/** A subsystem of another machine that this one is connected to, or tries to reach again. */
export type NvmeConnection = {
  readonly name: string
  readonly serial: string
  readonly controllers: readonly {
    readonly name: string
    /** `live`, `connecting`, … */
    readonly state: string
    /** Where the target is. */
    readonly address: string
  }[]
  readonly devices: readonly {
    /** Number of the namespace. */
    readonly id: number
    readonly path: string
    readonly sizeKib: number
  }[]
}

/** Number of a user or a group on this machine, or why there is none. */
export type Account = number | { readonly problem: string }

/** Under which `places` says whether dm-crypt could be asked. */
export const cryptPlace = '(dm-crypt)'
/** The same of cached devices. */
export const cachedPlace = '(dm-cache)'
/** The same of the kernel's NVMe target, and of what this machine is connected to. */
export const nvmetPlace = '(nvmet)'
export const nvmePlace = '(nvme)'

export type Inventory = {
  readonly uname: string
  readonly places: ReadonlyMap<string, Place>
  readonly sizes: ReadonlyMap<string, PlaceSize>
  readonly objects: ReadonlyMap<string, BackingObject>
  /** Open mappings of dm-crypt by name; looked at when a document has the LUKS layer. */
  readonly crypt: ReadonlyMap<string, CryptMapping>
  /** Cached devices by name; looked at when a document has one of the cache layers. */
  readonly cached: ReadonlyMap<string, CachedMapping>
  /** NVMe by name, ports by index; looked at when a document has the NVME layer. */
  readonly nvmeSubsystems: ReadonlyMap<string, NvmeSubsystem>
  readonly nvmePorts: ReadonlyMap<number, NvmePort>
  readonly nvmeConnections: ReadonlyMap<string, NvmeConnection>
  readonly drbd: {
    /** Version of the loaded module; absent when none is loaded. */
    readonly version?: string
    /** Set when the kernel could not be asked: nothing may be concluded from what is missing. */
    readonly unknown?: string
    readonly resources: ReadonlyMap<string, KernelResource>
    /** Names of those that have the minor. */
    readonly minors: ReadonlyMap<number, readonly string[]>
    /** Volumes (`resource/number`) whose disk failed while we watched: not attached again by us. */
    readonly lostDisks: ReadonlySet<string>
    /** Node-ids (`resource/id`) that were forgotten since this satellite started. */
    readonly forgotten: ReadonlySet<string>
  }
  /** Our markers of held input and output, by `resource@snapshot`; read after DRBD was asked. */
  readonly suspensions: ReadonlyMap<string, Suspension>
  /** Clock since boot, milliseconds. */
  readonly uptimeMs: number
  /** Volumes (`formatKey`) on which a file system, or something else, was found since we started. */
  readonly formatted: ReadonlySet<string>
  /** Names of data whose cache was looked at a moment ago, and was not the one that belongs to it. */
  readonly bereft: ReadonlySet<string>
  /** Keys of objects that a snapshot is coming into right now. */
  readonly receiving: ReadonlySet<string>
  /** Resources that we have made Primary for a mkfs, and not yet Secondary again. */
  readonly borrowed: ReadonlySet<string>
  /** Users and groups (`accountKey`) that documents name as owners of new file systems. */
  readonly accounts: ReadonlyMap<string, Account>
  /** Text of our own files under /var/lib/varve.d, by path. */
  readonly files: ReadonlyMap<string, string>
  readonly foreign: readonly ForeignConfig[]
}

export const emptyInventory: Inventory = {
  uname: '',
  places: new Map(),
  sizes: new Map(),
  objects: new Map(),
  crypt: new Map(),
  cached: new Map(),
  nvmeSubsystems: new Map(),
  nvmePorts: new Map(),
  nvmeConnections: new Map(),
  drbd: { resources: new Map(), minors: new Map(), lostDisks: new Set(), forgotten: new Set() },
  suspensions: new Map(),
  uptimeMs: 0,
  formatted: new Set(),
  bereft: new Set(),
  receiving: new Set(),
  borrowed: new Set(),
  accounts: new Map(),
  files: new Map(),
  foreign: [],
}

/** Minor → resources that have it in the kernel: one, unless they changed while we looked. */
export function minorsOf(
  resources: ReadonlyMap<string, KernelResource>,
): Inventory['drbd']['minors'] {
  const minors = new Map<number, string[]>()
  for (const { name, volumes } of resources.values()) {
    for (const { minor } of volumes.values()) {
      const names = minors.get(minor)
      if (names) names.push(name)
      else minors.set(minor, [name])
    }
  }
  return minors
}

/** What to look for: gathered from the documents before the machine is asked. */
export type Wanted = {
  /** True: some document has the LUKS layer. */
  readonly crypt?: boolean
  /** True: some document has one of the cache layers. */
  readonly cached?: boolean
  /** True: some document has the NVME layer. */
  readonly nvme?: boolean
  /** True: some document has a snapshot, or begins as one. */
  readonly snapshots?: boolean
  /** True: of all else, what the look before has seen stands. */
  readonly isPart?: boolean
  /** Whose numbers are needed, as owners of new file systems. */
  readonly accounts?: WantedAccounts
  readonly volumeGroups: readonly string[]
  readonly datasets: readonly string[]
  readonly directories: readonly string[]
}

const lvm: ReadonlySet<Provider> = new Set(['LVM', 'LVM_THIN'])
const zfs: ReadonlySet<Provider> = new Set(['ZFS', 'ZFS_THIN'])
const file: ReadonlySet<Provider> = new Set(['FILE', 'FILE_THIN'])

/** Volume groups, datasets and directories of these backings, each once and sorted. */
export function wantedOf(backings: Iterable<{ provider: Provider; backing: string }>): Wanted {
  const groups = new Set<string>()
  const datasets = new Set<string>()
  const directories = new Set<string>()
  for (const { provider, backing } of backings) {
    if (lvm.has(provider)) groups.add(backing.split('/')[0] ?? backing)
    if (zfs.has(provider)) datasets.add(backing)
    if (file.has(provider)) directories.add(withoutSlash(backing))
  }
  return {
    volumeGroups: [...groups].sort(),
    datasets: [...datasets].sort(),
    directories: [...directories].sort(),
  }
}

export function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}
