/**
 * Options that go into DRBD's configuration as they are, by section of the file. A default is DRBD's
 * own; nothing is written for an option that is set nowhere.
 */
import { type PropertyRow, row } from './row.ts'
import { choice, choiceOrInteger, integer, text, yesNo } from './value.ts'

export const diskRows: readonly PropertyRow[] = [
  row(
    'DrbdOptions/Disk/on-io-error',
    ['C', 'RD', 'VD', 'V'],
    choice('pass_on', 'call-local-io-error', 'detach'),
    'Policy for backing I/O errors.',
  ),
  row('DrbdOptions/Disk/disk-barrier', ['C', 'RD', 'VD', 'V'], yesNo, 'Use write barriers.', {
    default: 'no',
  }),
  row('DrbdOptions/Disk/disk-flushes', ['C', 'RD', 'VD', 'V'], yesNo, 'Use flushes.', {
    default: 'yes',
  }),
  row(
    'DrbdOptions/Disk/disk-drain',
    ['C', 'RD', 'VD', 'V'],
    yesNo,
    'Drain queue instead of flush.',
    { default: 'yes' },
  ),
  row('DrbdOptions/Disk/md-flushes', ['C', 'RD', 'VD', 'V'], yesNo, 'Flush metadata writes.', {
    default: 'yes',
  }),
  row(
    'DrbdOptions/Disk/resync-after',
    ['C', 'RD', 'VD', 'V'],
    text,
    'Resync only after the volume <resource>/<number>.',
  ),
  row(
    'DrbdOptions/Disk/al-extents',
    ['C', 'RD', 'VD', 'V'],
    integer(67, 65534),
    'Activity log size.',
    { default: '1237' },
  ),
  row('DrbdOptions/Disk/al-updates', ['C', 'RD', 'VD', 'V'], yesNo, 'Maintain activity log.', {
    default: 'yes',
  }),
  row(
    'DrbdOptions/Disk/discard-zeroes-if-aligned',
    ['C', 'RD', 'VD', 'V'],
    yesNo,
    'Discards guarantee zeroes.',
    { default: 'yes' },
  ),
  row(
    'DrbdOptions/Disk/disable-write-same',
    ['C', 'RD', 'VD', 'V'],
    yesNo,
    'Do not pass WRITE_SAME.',
    { default: 'no' },
  ),
  row(
    'DrbdOptions/Disk/disk-timeout',
    ['C', 'RD', 'VD', 'V'],
    integer(0, 6000),
    'Backing device timeout.',
    { unit: '1/10 seconds', default: '0' },
  ),
  row(
    'DrbdOptions/Disk/read-balancing',
    ['C', 'RD', 'VD', 'V'],
    choice(
      'prefer-local',
      'prefer-remote',
      'round-robin',
      'least-pending',
      'when-congested-remote',
      '32K-striping',
      '64K-striping',
      '128K-striping',
      '256K-striping',
      '512K-striping',
      '1M-striping',
    ),
    'Where reads are served.',
  ),
  row(
    'DrbdOptions/Disk/rs-discard-granularity',
    ['C', 'RD', 'VD', 'V'],
    integer(0, 1048576),
    'Resync as discard for zero blocks of this size (auto managed).',
    { unit: 'bytes', default: '0' },
  ),
  row(
    'DrbdOptions/Disk/max-bio-size',
    ['C', 'RD', 'VD', 'V'],
    integer(512, 1048576),
    'Largest bio.',
    { default: '1048576' },
  ),
  row('DrbdOptions/Disk/diskless', ['C', 'RD', 'VD', 'V'], yesNo, 'Ignored by Varve.', {
    default: 'no',
  }),
  row(
    'DrbdOptions/Disk/block-size',
    ['C', 'RD', 'VD', 'V'],
    integer(512, 4096),
    'Logical block size (auto managed by auto-block-size).',
    { default: '512' },
  ),
  row(
    'DrbdOptions/Disk/discard-granularity',
    ['C', 'RD', 'VD', 'V'],
    integer(0, 134217728),
    'Announced discard granularity (auto managed; utils ≥ 9.34.0).',
    { defaultText: 'not announced' },
  ),
]

export const peerDeviceRows: readonly PropertyRow[] = [
  row(
    'DrbdOptions/PeerDevice/bitmap',
    ['C', 'RD', 'VD', 'V'],
    yesNo,
    'Keep bitmap slot for peer.',
    { default: 'yes' },
  ),
  row(
    'DrbdOptions/PeerDevice/resync-rate',
    ['C', 'RD'],
    integer(1, 8388608),
    'Fixed resync rate.',
    { unit: 'bytes/second (bare numbers are in KiB for DRBD)', default: '250' },
  ),
  row(
    'DrbdOptions/PeerDevice/c-plan-ahead',
    ['C', 'RD'],
    integer(0, 300),
    'Controller plan horizon (0 = fixed rate).',
    { unit: '1/10 seconds', default: '20' },
  ),
  row('DrbdOptions/PeerDevice/c-delay-target', ['C', 'RD'], integer(1, 100), 'Target delay.', {
    unit: '1/10 seconds',
    default: '10',
  }),
  row(
    'DrbdOptions/PeerDevice/c-fill-target',
    ['C', 'RD'],
    integer(0, 1048576),
    'Target in-flight.',
    { unit: 'bytes (bare numbers are in 512-byte sectors for DRBD)', default: '100' },
  ),
  row('DrbdOptions/PeerDevice/c-max-rate', ['C', 'RD'], integer(0, 4194304), 'Upper bound.', {
    unit: 'bytes/second (bare numbers are in KiB for DRBD)',
    default: '102400',
  }),
  row(
    'DrbdOptions/PeerDevice/c-min-rate',
    ['C', 'RD'],
    integer(0, 4194304),
    'Lower bound when application I/O.',
    { unit: 'bytes/second (bare numbers are in KiB for DRBD)', default: '250' },
  ),
  row(
    'DrbdOptions/PeerDevice/resync-without-replication',
    ['C', 'RD'],
    yesNo,
    'Resync allowed while no replication.',
    { default: 'yes' },
  ),
  row('DrbdOptions/PeerDevice/peer-tiebreaker', ['C', 'RD'], yesNo, 'Peer counts as tiebreaker.', {
    default: 'yes',
  }),
]

export const netRows: readonly PropertyRow[] = [
  row('DrbdOptions/Net/transport', ['C', 'RD'], text, 'Tcp / rdma / lb-tcp.'),
  row(
    'DrbdOptions/Net/load-balance-paths',
    ['C', 'RD'],
    yesNo,
    'Use several paths simultaneously.',
    { default: 'no' },
  ),
  row(
    'DrbdOptions/Net/protocol',
    ['C', 'RD'],
    choice('A', 'B', 'C'),
    'Replication protocol: C acknowledges a write when it is on both disks.',
    { default: 'C' },
  ),
  row('DrbdOptions/Net/timeout', ['C', 'RD'], integer(1, 600), 'Peer timeout.', {
    unit: '1/10 seconds',
    default: '60',
  }),
  row(
    'DrbdOptions/Net/max-epoch-size',
    ['C', 'RD'],
    integer(1, 20000),
    'Max requests between barriers.',
    { default: '2048' },
  ),
  row('DrbdOptions/Net/connect-int', ['C', 'RD'], integer(1, 120), 'Connect retry interval.', {
    unit: 'seconds',
    default: '10',
  }),
  row('DrbdOptions/Net/ping-int', ['C', 'RD'], integer(1, 120), 'Keep-alive interval.', {
    unit: 'seconds',
    default: '10',
  }),
  row('DrbdOptions/Net/sndbuf-size', ['C', 'RD'], integer(0, 134217728), 'Send buffer.', {
    unit: 'bytes',
    default: '0',
  }),
  row('DrbdOptions/Net/rcvbuf-size', ['C', 'RD'], integer(0, 134217728), 'Receive buffer.', {
    unit: 'bytes',
    default: '0',
  }),
  row('DrbdOptions/Net/ko-count', ['C', 'RD'], integer(0, 200), 'Timeouts until peer is dropped.', {
    default: '7',
  }),
  row(
    'DrbdOptions/Net/allow-two-primaries',
    ['C', 'RD'],
    yesNo,
    'Dual primary (also toggled for live migration by some drivers).',
    { default: 'no' },
  ),
  row(
    'DrbdOptions/Net/cram-hmac-alg',
    ['C', 'RD'],
    text,
    'Varve always generates sha1; a value set here is not used.',
  ),
  row(
    'DrbdOptions/Net/shared-secret',
    ['C', 'RD'],
    text,
    'Varve always generates the secret; a value set here is not used.',
  ),
  row(
    'DrbdOptions/Net/after-sb-0pri',
    ['C', 'RD'],
    choice(
      'disconnect',
      'discard-younger-primary',
      'discard-older-primary',
      'discard-zero-changes',
      'discard-least-changes',
      'discard-local',
      'discard-remote',
    ),
    'Split-brain policy, 0 primaries.',
  ),
  row(
    'DrbdOptions/Net/after-sb-1pri',
    ['C', 'RD'],
    choice(
      'disconnect',
      'consensus',
      'discard-secondary',
      'call-pri-lost-after-sb',
      'violently-as0p',
    ),
    '… 1 primary.',
  ),
  row(
    'DrbdOptions/Net/after-sb-2pri',
    ['C', 'RD'],
    choice('disconnect', 'call-pri-lost-after-sb', 'violently-as0p'),
    '… 2 primaries.',
  ),
  row(
    'DrbdOptions/Net/always-asbp',
    ['C', 'RD'],
    yesNo,
    'Apply split-brain policies also for unrelated changes.',
    { default: 'no' },
  ),
  row(
    'DrbdOptions/Net/rr-conflict',
    ['C', 'RD'],
    choice('disconnect', 'call-pri-lost', 'violently', 'retry-connect', 'auto-discard'),
    'Role/resync conflict policy.',
  ),
  row('DrbdOptions/Net/ping-timeout', ['C', 'RD'], integer(1, 300), 'Keep-alive answer timeout.', {
    unit: '1/10 seconds',
    default: '5',
  }),
  row('DrbdOptions/Net/data-integrity-alg', ['C', 'RD'], text, 'Online checksum.'),
  row('DrbdOptions/Net/tcp-cork', ['C', 'RD'], yesNo, 'Use TCP_CORK.', { default: 'yes' }),
  row(
    'DrbdOptions/Net/on-congestion',
    ['C', 'RD'],
    choice('block', 'pull-ahead', 'disconnect'),
    'Congestion policy.',
  ),
  row(
    'DrbdOptions/Net/congestion-fill',
    ['C', 'RD'],
    integer(0, 20971520),
    'Congestion threshold by data.',
    { unit: 'bytes (bare numbers are in 512-byte sectors for DRBD)', default: '0' },
  ),
  row(
    'DrbdOptions/Net/congestion-extents',
    ['C', 'RD'],
    integer(67, 65534),
    'Congestion threshold by AL extents.',
    { default: '1237' },
  ),
  row('DrbdOptions/Net/csums-alg', ['C', 'RD'], text, 'Checksum based resync.'),
  row(
    'DrbdOptions/Net/csums-after-crash-only',
    ['C', 'RD'],
    yesNo,
    'Checksum resync only after crash.',
    { default: 'no' },
  ),
  row(
    'DrbdOptions/Net/verify-alg',
    ['C', 'RD'],
    text,
    'Online verify digest; falls back to auto-verify-alg.',
  ),
  row('DrbdOptions/Net/use-rle', ['C', 'RD'], yesNo, 'Run-length encode bitmap exchange.', {
    default: 'yes',
  }),
  row(
    'DrbdOptions/Net/socket-check-timeout',
    ['C', 'RD'],
    integer(0, 300),
    'Timeout of socket check.',
    { default: '0' },
  ),
  row(
    'DrbdOptions/Net/fencing',
    ['C', 'RD'],
    choice('dont-care', 'resource-only', 'resource-and-stonith'),
    'Fencing policy.',
  ),
  row('DrbdOptions/Net/max-buffers', ['C', 'RD'], integer(32, 131072), 'Receive buffers.', {
    default: '2048',
  }),
  row('DrbdOptions/Net/allow-remote-read', ['C', 'RD'], yesNo, 'Allow reads over network.', {
    default: 'yes',
  }),
  row('DrbdOptions/Net/tls', ['C', 'RD'], yesNo, 'Kernel TLS.', { default: 'no' }),
  row('DrbdOptions/Net/tls-keyring', ['C', 'RD'], text, 'TLS keyring id.'),
  row('DrbdOptions/Net/tls-privkey', ['C', 'RD'], text, 'TLS key id.'),
  row('DrbdOptions/Net/tls-certificate', ['C', 'RD'], text, 'TLS cert id.'),
  row(
    'DrbdOptions/Net/rdma-ctrl-rcvbuf-size',
    ['C', 'RD'],
    integer(0, 10485760),
    'RDMA control receive buffer.',
    { default: '0' },
  ),
  row(
    'DrbdOptions/Net/rdma-ctrl-sndbuf-size',
    ['C', 'RD'],
    integer(0, 10485760),
    'RDMA control send buffer.',
    { default: '0' },
  ),
]

export const resourceRows: readonly PropertyRow[] = [
  row('DrbdOptions/Resource/cpu-mask', ['C', 'RD'], text, 'Kernel thread affinity.'),
  row(
    'DrbdOptions/Resource/on-no-data-accessible',
    ['C', 'RD'],
    choice('io-error', 'suspend-io'),
    'I/O policy without data.',
  ),
  row('DrbdOptions/Resource/auto-promote', ['C', 'RD'], yesNo, 'Open() promotes.', {
    default: 'yes',
  }),
  row(
    'DrbdOptions/Resource/peer-ack-window',
    ['C', 'RD'],
    integer(2048, 204800),
    'Peer ack window.',
    { unit: 'bytes (bare numbers are in 512-byte sectors for DRBD)', default: '4096' },
  ),
  row('DrbdOptions/Resource/peer-ack-delay', ['C', 'RD'], integer(1, 10000), 'Peer ack delay.', {
    unit: 'milliseconds',
    default: '100',
  }),
  row(
    'DrbdOptions/Resource/twopc-timeout',
    ['C', 'RD'],
    integer(50, 600),
    'Two-phase commit timeout.',
    { unit: '1/10 seconds', default: '300' },
  ),
  row(
    'DrbdOptions/Resource/twopc-retry-timeout',
    ['C', 'RD'],
    integer(1, 50),
    'Two-phase commit retry.',
    { unit: '1/10 seconds', default: '1' },
  ),
  row(
    'DrbdOptions/Resource/auto-promote-timeout',
    ['C', 'RD'],
    integer(0, 600),
    'Wait in open() for promotion.',
    { unit: '1/10 seconds', default: '20' },
  ),
  row(
    'DrbdOptions/Resource/max-io-depth',
    ['C', 'RD'],
    integer(4, 4294967295),
    'Max I/O requests.',
    { default: '8000' },
  ),
  row(
    'DrbdOptions/Resource/quorum',
    ['C', 'RD'],
    choiceOrInteger(['off', 'majority', 'all'], 1, 32),
    'Quorum policy; auto-managed (see allocation doc), user value marks Internal/Drbd/QuorumSetBy=user; off, majority, all or number.',
  ),
  row(
    'DrbdOptions/Resource/on-no-quorum',
    ['C', 'RD'],
    choice('io-error', 'suspend-io'),
    'I/O policy without quorum.',
    { default: 'suspend-io' },
  ),
  row(
    'DrbdOptions/Resource/quorum-minimum-redundancy',
    ['C', 'RD'],
    choiceOrInteger(['off', 'majority', 'all'], 1, 32),
    'Min UpToDate replicas.',
  ),
  row(
    'DrbdOptions/Resource/on-suspended-primary-outdated',
    ['C', 'RD'],
    choice('disconnect', 'force-secondary'),
    'Action when a suspended primary becomes outdated.',
  ),
  row('DrbdOptions/Resource/drbd8-api-compatibility', ['C', 'RD'], yesNo, 'drbd8 style /proc.', {
    default: 'no',
  }),
]

export const handlerRows: readonly PropertyRow[] = [
  row('DrbdOptions/Handlers/after-resync-target', ['C', 'RD'], text, 'Event handler command.'),
  row('DrbdOptions/Handlers/before-resync-target', ['C', 'RD'], text, 'Event handler command.'),
  row('DrbdOptions/Handlers/before-resync-source', ['C', 'RD'], text, 'Event handler command.'),
  row('DrbdOptions/Handlers/out-of-sync', ['C', 'RD'], text, 'Event handler command.'),
  row('DrbdOptions/Handlers/quorum-lost', ['C', 'RD'], text, 'Event handler command.'),
  row('DrbdOptions/Handlers/fence-peer', ['C', 'RD'], text, 'Event handler command.'),
  row('DrbdOptions/Handlers/unfence-peer', ['C', 'RD'], text, 'Event handler command.'),
  row('DrbdOptions/Handlers/initial-split-brain', ['C', 'RD'], text, 'Event handler command.'),
  row('DrbdOptions/Handlers/local-io-error', ['C', 'RD'], text, 'Event handler command.'),
  row('DrbdOptions/Handlers/pri-lost', ['C', 'RD'], text, 'Event handler command.'),
  row('DrbdOptions/Handlers/pri-lost-after-sb', ['C', 'RD'], text, 'Event handler command.'),
  row('DrbdOptions/Handlers/pri-on-incon-degr', ['C', 'RD'], text, 'Event handler command.'),
  row('DrbdOptions/Handlers/split-brain', ['C', 'RD'], text, 'Event handler command.'),
]
