import type { Scenario } from '../play.ts'
import { bcachePair, cachePair, writecachePair } from './cache.ts'
import { cutNetwork } from './cut-network.ts'
import { failedDisk } from './failed-disk.ts'
import { files, replicatedFiles, sparseFiles } from './files.ts'
import { foreignVolume } from './foreign-volume.ts'
import { fullPool } from './full-pool.ts'
import { hungTool } from './hung-tool.ts'
import { luksAlone, luksPair } from './luks.ts'
import { overFabrics } from './nvme.ts'
import { snapshotOnZfs, snapshotPair, snapshotRefused } from './snapshot.ts'
import { thickPair } from './thick-pair.ts'
import { thinPair } from './thin-pair.ts'
import { trioOfNodes } from './trio.ts'
import { foreignZvol, zfsAlone } from './zfs.ts'

export type Scenarios = {
  /** Each of them can be played beside all others of these. */
  readonly gentle: readonly Scenario[]
  /** As gentle as those, for machines that have what not all have. */
  readonly extra: readonly Scenario[]
  /** Each of them has the world for itself, in this order. */
  readonly rough: readonly Scenario[]
}

/** The one that waits for a minute comes first, the one that leaves a broken disk last. */
export const ofVolumes: Scenarios = {
  gentle: [hungTool, cachePair, writecachePair, bcachePair, foreignVolume, thickPair],
  extra: [overFabrics],
  // Snapshots under DRBD have 20 seconds, which nodes need for themselves that play many at once.
  // A full pool is extended by hand, which waits for a lock that a tool that hangs does not give back.
  rough: [luksPair, snapshotPair, fullPool, thinPair, cutNetwork, failedDisk],
}

export const ofFiles: Scenarios = {
  gentle: [files, sparseFiles, replicatedFiles, luksAlone, snapshotRefused],
  extra: [zfsAlone, foreignZvol, snapshotOnZfs],
  rough: [],
}

/** For three nodes. */
export const ofDrbd9: Scenarios = { gentle: [], extra: [], rough: [trioOfNodes] }
