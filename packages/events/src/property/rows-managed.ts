/** What Varve itself does with DRBD, and DRBD Proxy. */
import { type PropertyRow, row } from './row.ts'
import { anyInteger, boolean, choice, integer, pattern, text } from './value.ts'

export const managedRows: readonly PropertyRow[] = [
  row(
    'DrbdCurrentGi',
    ['VD'],
    pattern(/^[a-fA-F0-9]{16}$/, '16 hexadecimal digits'),
    'Day-0 generation id written into new metadata.',
    { defaultText: 'generated when the volume definition is created' },
  ),
  // LINSTOR's help says 60; what has always counted is 720, the safer of the two.
  row(
    'DrbdOptions/AutoEvictAfterTime',
    ['C', 'N'],
    anyInteger,
    'Time that a node may be offline before it is evicted.',
    { unit: 'minutes', default: '720' },
  ),
  row(
    'DrbdOptions/AutoEvictMaxDisconnectedNodes',
    ['C'],
    integer(0, 100),
    'If more than this percentage of satellites is offline, nobody is evicted.',
    { default: '34' },
  ),
  row(
    'DrbdOptions/AutoEvictMinReplicaCount',
    ['C', 'RD'],
    anyInteger,
    'Diskful replicas that must exist again after an eviction.',
    { defaultText: 'the place count of the resource group' },
  ),
  row('DrbdOptions/AutoEvictAllowEviction', ['C', 'N'], boolean, 'False = node is never evicted.', {
    default: 'true',
  }),
  row(
    'DrbdOptions/auto-quorum',
    ['C', 'RD'],
    choice('io-error', 'suspend-io', 'disabled'),
    'Without effect, still accepted: use DrbdOptions/Resource/quorum and on-no-quorum.',
  ),
  row(
    'DrbdOptions/auto-add-quorum-tiebreaker',
    ['C', 'RD'],
    boolean,
    'Let the controller add and remove tie-breakers; becomes false on a definition whose tie-breaker a user deletes.',
    { default: 'true' },
  ),
  row(
    'DrbdOptions/auto-diskful',
    ['C', 'RD'],
    anyInteger,
    'Time that a diskless resource may be Primary before it becomes diskful.',
    { unit: 'minutes', defaultText: 'off' },
  ),
  row(
    'DrbdOptions/auto-diskful-allow-cleanup',
    ['C', 'N', 'RD', 'R'],
    boolean,
    'After auto-diskful, remove a surplus replica; default true.',
    { default: 'true' },
  ),
  row(
    'DrbdOptions/auto-resync-after-disable',
    ['C'],
    boolean,
    'Do not generate resync-after chains per backing pool.',
    { default: 'true' },
  ),
  row(
    'DrbdOptions/auto-verify-algo-disable',
    ['C', 'RD'],
    boolean,
    'Stop the automatic verify-alg choice.',
  ),
  row(
    'DrbdOptions/auto-verify-algo-allowed-user-list',
    ['C'],
    text,
    'Restricts candidates (semicolon list) for automatic verify-alg.',
  ),
  row(
    'DrbdOptions/auto-rs-discard-granularity',
    ['C', 'RD', 'VD'],
    boolean,
    'When false, do not compute Disk/rs-discard-granularity on the VD.',
  ),
  row(
    'Linstor/Drbd/auto-discard-granularity',
    ['C', 'RD', 'VD'],
    boolean,
    'When false, do not compute Disk/discard-granularity on the VD.',
  ),
  row(
    'DrbdOptions/SkipDisk',
    ['C', 'N', 'SP', 'RD', 'R'],
    choice('True'),
    'Leave the backing device detached (adjust --skip-disk); delete the property to attach it again.',
  ),
  row('DrbdOptions/ExactSize', ['RD'], boolean, 'Emit size Nk in .res; forbids resize while set.'),
  row(
    'Linstor/Drbd/InitialUptoDateOn',
    ['VD'],
    text,
    'Node that sets its replica UpToDate at first; chosen by controller when absent.',
  ),
  row(
    'DrbdOptions/ForceInitialSync',
    ['C', 'RD'],
    boolean,
    'No day-0 shortcut; copied permanently to RD as DrbdOptions/ForceInitialSyncPermanent at first resource.',
    { default: 'false' },
  ),
  row(
    'Linstor/Drbd/auto-block-size',
    ['C', 'RD', 'VD'],
    boolean,
    'Let controller manage Disk/block-size.',
  ),
  row(
    'Linstor/Drbd/freeze-block-size',
    ['VD'],
    boolean,
    'True once the resource was Primary: block-size no longer changes.',
  ),
]

export const proxyRows: readonly PropertyRow[] = [
  row(
    'DrbdOptions/Proxy/memlimit',
    ['RDonly'],
    integer(16777216, Number.MAX_SAFE_INTEGER),
    'Proxy buffer memory.',
    { unit: 'bytes', default: '16777216' },
  ),
  row('DrbdOptions/Proxy/read-loops', ['RDonly'], integer(0, 2147483647), 'Proxy read loops.', {
    default: '0',
  }),
  row('DrbdOptions/Proxy/sndbuf-size', ['RDonly'], integer(0, 10485760), 'Proxy send buffer.', {
    unit: 'bytes',
    default: '0',
  }),
  row('DrbdOptions/Proxy/rcvbuf-size', ['RDonly'], integer(0, 10485760), 'Proxy receive buffer.', {
    unit: 'bytes',
    default: '0',
  }),
  row('DrbdOptions/Proxy/ping-timeout', ['RDonly'], integer(1, 300), 'Proxy ping timeout.', {
    unit: '1/10 seconds',
    default: '200',
  }),
  row(
    'DrbdProxy/CompressionType',
    ['RD'],
    choice('zlib', 'lzma', 'lz4', 'zstd'),
    'Plugin block in proxy section.',
  ),
  row(
    'DrbdOptions/ProxyCompression/level',
    ['RDonly'],
    integer(1, 22),
    'Compression level; zstd goes to 22, zlib and lzma to 9.',
    { defaultText: '3 for zstd, 2 for zlib, 4 for lzma' },
  ),
  row(
    'DrbdOptions/ProxyCompression/dict-size',
    ['RDonly'],
    integer(4096, 1610612736),
    'Plugin option dict-size.',
    { default: '32768' },
  ),
  row('DrbdOptions/ProxyCompression/lc', ['RDonly'], integer(0, 4), 'Plugin option lc.', {
    default: '3',
  }),
  row('DrbdOptions/ProxyCompression/lp', ['RDonly'], integer(0, 4), 'Plugin option lp.', {
    default: '0',
  }),
  row('DrbdOptions/ProxyCompression/pb', ['RDonly'], integer(0, 4), 'Plugin option pb.', {
    default: '2',
  }),
  row(
    'DrbdOptions/ProxyCompression/nice-len',
    ['RDonly'],
    integer(0, 273),
    'Plugin option nice-len.',
    { default: '273' },
  ),
  row(
    'DrbdOptions/ProxyCompression/mf',
    ['RDonly'],
    choice('hc4', 'hc3', 'bt2', 'bt3', 'bt4'),
    'Plugin option mf.',
    { default: 'hc3' },
  ),
  row(
    'DrbdOptions/ProxyCompression/mode',
    ['RDonly'],
    choice('fast', 'normal'),
    'Plugin option mode.',
    { default: 'fast' },
  ),
  row('DrbdOptions/ProxyCompression/depth', ['RDonly'], integer(0, 1000), 'Plugin option depth.', {
    default: '0',
  }),
  row(
    'DrbdOptions/ProxyCompression/contexts',
    ['RDonly'],
    integer(1, 253),
    'Plugin option contexts.',
    { defaultText: 'thread count' },
  ),
  row(
    'DrbdOptions/ProxyCompression/fallback-to-zlib',
    ['RDonly'],
    choice('off', 'on'),
    'Plugin option fallback-to-zlib.',
    { default: 'off' },
  ),
  row(
    'DrbdOptions/ProxyCompression/numa-threshold',
    ['RDonly'],
    integer(0, 253),
    'Plugin option numa-threshold.',
    { default: '0' },
  ),
  row(
    'DrbdProxy/AutoEnable',
    ['C', 'N'],
    boolean,
    'Enable proxy automatically between nodes whose Site differs.',
    { default: 'false' },
  ),
]
