/** Number pools, names and defaults; encryption and REST; file systems, NVMe; automatic managers. */

import { type PropertyRow, row } from './row.ts'
import { metaPool, poolName, weight } from './row-values.ts'
import { anyInteger, boolean, choice, integer, pattern, range, ranges, text } from './value.ts'

export const generalRows: readonly PropertyRow[] = [
  row(
    'StorPoolName',
    ['N', 'RD', 'R', 'VD', 'V'],
    poolName,
    'Default storage pool used when a resource/volume is created without explicit pool. Lookup V > R > VD > RD > N, else DfltStorPool.',
  ),
  row(
    'StorPoolNameDrbdMeta',
    ['N', 'RD', 'R', 'VD', 'V'],
    metaPool,
    'Storage pool for external DRBD metadata; .internal or empty = internal metadata. On RD/VD level also used for all replicas. Read at creation only.',
  ),
  row(
    'PrefNic',
    ['N', 'SP', 'RD', 'R'],
    poolName,
    'Net interface used for DRBD addresses. Lookup SP > R > RD > RG > N > C; falls back to interface default, then any.',
  ),
  row(
    'Linstor/Drbd/OutsideAddress',
    ['C', 'N', 'SP', 'RD', 'R'],
    poolName,
    'Net interface whose address is announced as outside address (NAT). Lookup R > RD > RG > SP > N > C.',
  ),
  row(
    'TcpPortAutoRange',
    ['C', 'N'],
    ranges(1, 65535),
    'Pool of TCP ports for DRBD; the value of a node overrides the one of the controller.',
    { default: '7000-7999' },
  ),
  row('MinorNrAutoRange', ['C'], range(0, 1048575), 'Pool of DRBD minors, cluster wide.', {
    default: '1000-49999',
  }),
  row(
    'SpecStltPortAutoRange',
    ['C'],
    range(1, 65535),
    'Ports for satellites that run inside the controller host (remote SPDK, EBS).',
    { default: '10000-10999' },
  ),
  row(
    'PeerSlotsNewResource',
    ['C', 'RD'],
    integer(1, 31),
    '--max-peers for metadata of new resources; looked up at RD, RG, C.',
    { default: '7' },
  ),
  row(
    'OverrideVlmId',
    ['VD'],
    text,
    'Fixed name of the backing volume instead of generated one; used to adopt existing LVs.',
  ),
  row('Site', ['C', 'N'], text, 'Site label compared by DrbdProxy/AutoEnable.'),
  row(
    'SearchDomain',
    ['C'],
    text,
    'Appended to node names without a dot when the short name is unknown.',
  ),
  row('CopyAllSnaps', ['C', 'RD'], boolean, 'New replicas also receive existing snapshots.'),
  row('CopyAllSnapsOnEvacuate', ['C', 'N'], boolean, 'Evacuation keeps snapshots.', {
    default: 'true',
  }),
  row(
    'UpdateCacheInterval',
    ['C'],
    anyInteger,
    'Seconds between background refreshes of free space.',
    { default: '180' },
  ),
  row(
    'AllowMixingStoragePoolDriver',
    ['C', 'RD'],
    boolean,
    'Allow replicas in pools of different kinds (e.g. LVM+ZFS); needs DRBD ≥ 9.1.18 or ≥ 9.2.7; forces full initial sync and gross-size bookkeeping.',
    { default: 'false' },
  ),
  row(
    'Luks/AllowDiscards',
    ['C', 'N', 'SP', 'RD', 'R', 'VD'],
    boolean,
    'Open LUKS mappings with discard pass-through; live mismatch only warns.',
    { default: 'false' },
  ),
  row(
    'REST/disable-http-metrics',
    ['C'],
    boolean,
    'With HTTPS on: also redirect /metrics to HTTPS instead of serving on HTTP.',
  ),
  row(
    'REST/AutoHTTPS',
    ['C'],
    boolean,
    'Self-signed certificate + HTTPS when no keystore configured; evaluated at controller start.',
  ),
  row(
    'Auth/TokenAuthenticationEnabled',
    ['C'],
    boolean,
    'REST bearer tokens required as soon as ≥1 token exists.',
  ),
  row(
    'FileSystem/Type',
    ['RD', 'R', 'VD'],
    choice('ext4', 'xfs'),
    'Runs mkfs on first creation by the initial-UpToDate node; ignored if the device already has a signature.',
  ),
  row('FileSystem/User', ['RD', 'R', 'VD'], text, 'Owner of the root of the new file system.', {
    defaultText: 'the user of the satellite; nobody when only a group is given',
  }),
  row('FileSystem/Group', ['RD', 'R', 'VD'], text, 'Group of the root of the new file system.', {
    defaultText: 'the group of the owner',
  }),
  row('FileSystem/MkfsParams', ['RD', 'R', 'VD'], text, 'Extra argv for mkfs.'),
  row('NVMe/TRType', ['C', 'RD'], choice('rdma', 'tcp'), 'NVMe-oF transport.', { default: 'tcp' }),
  row('NVMe/Port', ['C', 'RD'], integer(1, 65535), 'NVMe-oF service id (TCP port).', {
    default: '4420',
  }),
  row('NVMe/PrefNic', ['C', 'SP', 'R'], poolName, 'Net interface for NVMe traffic.'),
]

export const automationRows: readonly PropertyRow[] = [
  row('Autoplacer/Weights/MaxFreeSpace', ['C'], weight, 'Score weight of free space.', {
    default: '1.0',
  }),
  row('Autoplacer/Weights/MinReservedSpace', ['C'], weight, 'Score weight of low reservation.', {
    default: '0.0',
  }),
  // LINSTOR's help says 0.0; what has always counted is this, which breaks ties.
  row(
    'Autoplacer/Weights/MinRscCount',
    ['C'],
    weight,
    'Score weight of few resources in the pool.',
    { default: '0.00001' },
  ),
  row(
    'Autoplacer/Weights/MaxThroughput',
    ['C'],
    weight,
    'Accepted, but the strategy is not wired: no effect.',
    { default: '0.0' },
  ),
  row(
    'Autoplacer/PreSelectScript',
    ['C'],
    text,
    'Accepted; the feature is not present in the open-source code path.',
  ),
  row('Autoplacer/PreSelectScriptTimeout', ['C'], anyInteger, 'See above.', { default: '5000' }),
  row(
    'Autoplacer/MaxThroughput',
    ['C', 'N', 'SP'],
    anyInteger,
    'Declared throughput of a pool (B/s); used only by the unwired strategy.',
  ),
  row(
    'Autoplacer/MinThinFreeSpace',
    ['C', 'N', 'SP', 'RD'],
    pattern(
      /^\d+(?:[.]\d+)?\s*([kKmMgGtT](?:i[bB]|[bB])?|[bB]|[sS]|%|)$/,
      'a percentage such as 10% or a size such as 20GiB',
    ),
    'Thin pool with less free space is not a placement candidate; percent of capacity or absolute.',
    { default: '10%' },
  ),
  row(
    'AutoplaceTarget',
    ['C', 'N'],
    boolean,
    'False = node excluded from autoplacing and auto tie-breaker.',
  ),
  row('BalanceResourcesEnabled', ['C', 'RD'], boolean, 'False excludes from the balance task.', {
    default: 'true',
  }),
  row('BalanceResourcesInterval', ['C'], anyInteger, 'Seconds between runs.', { default: '3600' }),
  row(
    'BalanceResourcesGracePeriod',
    ['C'],
    anyInteger,
    'Minimum age of a resource before the task may delete it.',
    { default: '3600' },
  ),
  row(
    'BalanceResourcesSkipDiskLimit',
    ['C', 'RD'],
    anyInteger,
    'More SkipDisk replicas than this → RD skipped.',
    { default: '1' },
  ),
  row('AutoSnapshot/RunEvery', ['C', 'RD'], anyInteger, 'Minutes between automatic snapshots.'),
  row('AutoSnapshot/Keep', ['C', 'RD'], anyInteger, 'Number of automatic snapshots retained.', {
    default: '10',
  }),
  row(
    'AutoSnapshot/NextAutoId',
    ['C', 'RD'],
    anyInteger,
    'Counter for the snapshot name (prefix autoSnap + 5 digits).',
  ),
  row('BackupShipping/BackupTimeout', ['C'], anyInteger, 'Seconds for S3 list/delete calls.', {
    default: '5',
  }),
  row('BackupShipping/S3KeySuffix', ['C'], text, 'Suffix of S3 keys.'),
  row(
    'BackupShipping/AllowForceRestore',
    ['C', 'RD'],
    boolean,
    'Permit force restore into existing RD.',
    { default: 'false' },
  ),
  row(
    'BackupShipping/L2LReceiveStartedTimeout',
    ['C', 'N', 'RD'],
    anyInteger,
    'Milliseconds the receiving cluster waits for data; -1 = forever.',
    { default: '300000' },
  ),
  row(
    'BackupShipping/MaxConcurrentBackupsPerNode',
    ['C', 'N'],
    anyInteger,
    'Queue further shipments; negative unlimited; 0 stops shipping.',
    { default: '-1' },
  ),
  row(
    'BackupShipping/L2LSkipWaitForStart',
    ['C', 'N', 'RD'],
    boolean,
    'Return after snapshot creation.',
    { default: 'false' },
  ),
  row(
    'UseZFSClone',
    ['C', 'RD'],
    boolean,
    'Clone via zfs clone (dependent) rather than send/receive.',
    { default: 'false' },
  ),
  row(
    'Clone/DdBlocksize',
    ['C', 'SPD', 'RD'],
    pattern(/^[1-9][0-9]*(k|K|M|G)?$/, 'a block size such as 64k or 1M'),
    'dd bs= for dd based clones.',
    { default: '64k' },
  ),
  row(
    'Clone/BalanceAfterClone',
    ['C', 'RD'],
    boolean,
    'After clone place +1 replica, balance task removes the fullest.',
  ),
  row('Snapshot/BalanceAfterRestore', ['C', 'RD'], boolean, 'Same after snapshot restore.'),
  row(
    'sys/fs/blkio_throttle_read',
    ['C', 'N', 'SPD', 'SP', 'RD', 'R', 'VD', 'V'],
    anyInteger,
    'cgroup-v1 read bytes/s limit of the top device.',
  ),
  row(
    'sys/fs/blkio_throttle_write',
    ['C', 'N', 'SPD', 'SP', 'RD', 'R', 'VD', 'V'],
    anyInteger,
    'cgroup-v1 write bytes/s limit.',
  ),
  row(
    'sys/fs/blkio_throttle_read_iops',
    ['C', 'N', 'SPD', 'SP', 'RD', 'R', 'VD', 'V'],
    anyInteger,
    'cgroup-v1 read IOPS limit.',
  ),
  row(
    'sys/fs/blkio_throttle_write_iops',
    ['C', 'N', 'SPD', 'SP', 'RD', 'R', 'VD', 'V'],
    anyInteger,
    'cgroup-v1 write IOPS limit.',
  ),
  row('ExtCmdWaitTimeout', ['C'], anyInteger, 'Deprecated alias of ExtCmd/WaitTimeout.'),
  row(
    'ExtCmd/WaitTimeout',
    ['C', 'N'],
    integer(0),
    'Time until an external command gets SIGTERM.',
    { unit: 'milliseconds', default: '45000' },
  ),
  row('ExtCmd/TermTimeout', ['C', 'N'], integer(0), 'Time from SIGTERM to SIGKILL.', {
    unit: 'milliseconds',
    default: '15000',
  }),
  row(
    'ExtCmd/KillTimeout',
    ['C', 'N'],
    integer(0),
    'Time after SIGKILL until a command is given up.',
    { unit: 'milliseconds', default: '5000' },
  ),
  row(
    'ExtCmd/IoStallTimeout',
    ['C', 'N'],
    integer(0),
    'Time without I/O progress after which create-md, mkfs and the like are ended.',
    { unit: 'milliseconds' },
  ),
  row(
    'ExtCmd/IoPollInterval',
    ['C', 'N'],
    integer(0),
    'Time between two looks at the I/O of an external command.',
    { unit: 'milliseconds', default: '2000' },
  ),
]
