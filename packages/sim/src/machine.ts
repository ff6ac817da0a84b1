/** One simulated machine: what survives a power loss, and what does not. */
import type { Bcache } from './bcache/model.ts'
import type { BlockDevice } from './block.ts'
import type { CachedDevice } from './cache/model.ts'
import type { SimClock } from './clock.ts'
import type { Mapping } from './crypt/model.ts'
import type { ConfigCache } from './drbd/config.ts'
import type { DrbdKernel } from './drbd/model.ts'
import type { FaultTable } from './faults.ts'
import type { VolumeGroup } from './lvm/model.ts'
import type { Network } from './network.ts'
import type { Nvme } from './nvme/model.ts'
import type { Random } from './random.ts'
import type { Zpool } from './zfs/model.ts'

export type DrbdVersion = `9.${string}` | `8.4.${string}` | 'none'

export type SimFile = { text: string; block?: BlockDevice }

export type Machine = {
  /** Name in the simulation; `uname` is what the tools say. */
  readonly name: string
  readonly uname: string
  readonly address: string
  readonly drbdVersion: DrbdVersion
  /** What its kernel can compute for verifications; empty: it does not say. */
  readonly digests: readonly string[]
  /** Names of programs that this machine does not have. */
  readonly missing: Set<string>
  readonly shared: Shared

  // Survives a power loss.
  readonly files: Map<string, SimFile>
  readonly directories: Set<string>
  readonly disks: Map<string, BlockDevice>
  readonly groups: Map<string, VolumeGroup>
  readonly zpools: Map<string, Zpool>

  // Gone with the power.
  on: boolean
  boots: number
  /** World's clock at the last boot. */
  bootedAt: number
  kernel: DrbdKernel | undefined
  readonly modules: Set<string>
  /** `/dev/loopN` → the file behind it. */
  readonly loops: Map<string, string>
  /** Size that a loop device last read from its file, KiB. */
  readonly loopSizes: Map<string, number>
  /** Open mappings of dm-crypt by name. */
  readonly crypts: Map<string, Mapping>
  /** Open devices of dm-writecache and dm-cache by name. */
  readonly cached: Map<string, CachedDevice>
  /** What its kernel knows of bcache. */
  readonly bcache: Bcache
  /** What it offers over NVMe, and what it is connected to. */
  readonly nvme: Nvme
  /** Device → mount point. */
  readonly mounts: Map<string, string>
  /** Ends what is running when the power goes. */
  readonly running: Set<() => void>

  readonly faults: FaultTable
  /** Processes started, per tool. */
  readonly spawned: Map<string, number>
  readonly configCache: ConfigCache
  nextMinor: number
  /** Whether that file system can share blocks between files (XFS, btrfs; not ext4). */
  readonly canReflink: boolean
  /** Size of the file system that directories are on. */
  readonly rootKib: number
}

/** What all machines of one world have in common. */
export type Shared = {
  readonly clock: SimClock
  readonly random: Random
  readonly network: Network
  readonly machines: Map<string, Machine>
  readonly timing: Timing
  /** Calls that no imitation knows: a wrong command, or a gap in the simulator. */
  readonly unknown: string[]
}

export type Timing = {
  /** From both sides looking for each other until they are connected. */
  readonly connectMs: number
  /** From a cut cable or a dead peer until the other side notices (DRBD's ping timeout). */
  readonly pingMs: number
  /** Between two looks at a running resync. */
  readonly syncTickMs: number
  /** Speed of a resync. */
  readonly syncKibPerSecond: number
}

export const defaultTiming: Timing = {
  connectMs: 20,
  pingMs: 500,
  syncTickMs: 100,
  syncKibPerSecond: 1024 * 1024,
}
