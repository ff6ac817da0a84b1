import type { Scenario } from '../play.ts'
import { cutNetwork } from './cut-network.ts'
import { failedDisk } from './failed-disk.ts'
import { files, replicatedFiles, sparseFiles } from './files.ts'
import { foreignVolume } from './foreign-volume.ts'
import { luksAlone, luksPair } from './luks.ts'
import { snapshotOnZfs, snapshotPair, snapshotRefused } from './snapshot.ts'
import { thickPair } from './thick-pair.ts'
import { thinPair } from './thin-pair.ts'
import { trioOfNodes } from './trio.ts'
import { writecachePair } from './writecache.ts'
import { foreignZvol, zfsAlone } from './zfs.ts'

/** Each of them can be played beside all others of these. */
export const gentle: readonly Scenario[] = [
  thickPair,
  foreignVolume,
  files,
  sparseFiles,
  replicatedFiles,
  luksAlone,
  writecachePair,
  snapshotRefused,
]

/** As gentle as those, for machines that have ZFS. */
export const onZfs: readonly Scenario[] = [zfsAlone, foreignZvol, snapshotOnZfs]

/**
 * Each of them has the world for itself, in this order: the last one leaves a broken disk. Snapshots
 * under DRBD have 20 seconds, which nodes that play ten scenarios at once need for themselves.
 */
export const rough: readonly Scenario[] = [luksPair, snapshotPair, thinPair, cutNetwork, failedDisk]

/** For three nodes with DRBD 9. */
export const onDrbd9: readonly Scenario[] = [trioOfNodes]
