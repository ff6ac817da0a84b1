/** Free namespaces, and the keys that Varve writes itself: listed so that people can read them. */
import { trashOverRestKey, trashRetentionKey } from '../trash.ts'
import { everyLevel, ownRow, type PropertyRow, row } from './row.ts'
import { boolean, choice, integer, pattern, ranges, text } from './value.ts'

const uuid = pattern(
  /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/,
  'the uuid of a cluster',
)

/** Ours alone; LINSTOR has it in files. */
export const logLevelKey = 'Varve/LogLevel'

/** Ours alone: LINSTOR copies all at once. */
export const evacuateAtOnceKey = 'Varve/EvacuateAtOnce'
/** As many as are made anew at once after a node was lost. */
export const evacuateAtOnceUsually = 16

export const freeRows: readonly PropertyRow[] = [
  row('Aux/', everyLevel, text, 'Free data; placement constraints compare it.'),
  row('EBS/Tags/', ['C', 'N', 'SP', 'RD', 'VD'], text, 'Tags put on EBS volumes.'),
  row('Paths/', ['RC', 'NC'], text, 'Net interface of a node on a path: Paths/<path>/<node>.'),
  row('files/', ['RDonly'], choice('True'), 'External file that is deployed with the resource.'),
  row(
    logLevelKey,
    ['C', 'N'],
    choice('ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'),
    'How much controllers, or the satellite of the node, write into their logs.',
    { defaultText: 'as they were started' },
  ),
  row(
    trashRetentionKey,
    ['C', 'RD'],
    integer(0),
    'Minutes that a deleted resource definition stays in the trash, with its data.',
    { defaultText: 'no trash: what is deleted is gone' },
  ),
  row(
    trashOverRestKey,
    ['C', 'RD'],
    boolean,
    'The trash also takes what is deleted over the REST API, so its name stays taken.',
    { default: 'false' },
  ),
  row(
    evacuateAtOnceKey,
    ['C', 'N'],
    integer(1, 100_000),
    'How many replicas of a node that is emptied are copied at once; the others wait their turn.',
    { default: String(evacuateAtOnceUsually) },
  ),
  row('TcpPortsBlocked', ['N'], ranges(1, 65535), 'TCP ports never used for new DRBD resources.'),
  row('CurStltConnName', ['N'], text, 'Net interface of the connection to the satellite.'),
  row('NetCom/', ['C'], text, "Settings of LINSTOR's own connectors; kept, without effect."),
  row('Cluster/Remote/', ['C'], uuid, 'Passphrase or name bound to the id of another cluster.'),
  row('SnapshotShipping/TcpPortRange', ['C'], ranges(1, 65535), 'TCP ports of shipments.', {
    default: '12000-12999',
  }),
]

export const ownRows: readonly PropertyRow[] = [
  ownRow('PeerSlots', ['R'], 'controller', 'Peer slots that the existing metadata has.'),
  ownRow('NodeUname', ['N'], 'controller', 'Last uname -n of the satellite, the DRBD host name.'),
  ownRow('Satellite/', ['R', 'VD', 'V'], 'satellite', 'What the satellite noted about a device.'),
  ownRow('StorDriver/internal/', ['SP', 'VD'], 'satellite', 'Geometry that a pool reported.'),
  ownRow('Cluster/LocalID', ['C'], 'controller', 'Id of this cluster, made at its foundation.'),
  ownRow('encrypted/', ['C'], 'controller', 'The master key, encrypted, with hash and salt.'),
  ownRow('SED/', ['SP'], 'controller', 'Password of a self-encrypting drive; not supported.'),
  ownRow(
    'Encryption/Passphrase',
    ['VD'],
    'controller',
    'What opens the LUKS header; given with --passphrase-file, kept encrypted apart from properties.',
  ),
  ownRow('SequenceNumber', ['RD'], 'controller', 'Order of the snapshots of a definition.'),
  ownRow('DrbdOptions/auto-verify-alg', ['RD'], 'controller', 'The verify algorithm chosen.'),
  ownRow(
    'DrbdOptions/auto-verify-algo-allowed-list',
    ['C'],
    'controller',
    'Verify algorithms to choose from, best first.',
  ),
  ownRow(
    'DrbdOptions/ForceInitialSyncPermanent',
    ['RD'],
    'controller',
    'The definition always starts with a full sync.',
  ),
  ownRow('DrbdPrimarySetOn', ['RD'], 'controller', 'Node of the first Primary (old form).'),
  ownRow('Internal/', everyLevel, 'controller', 'Notes of the controller about its own choices.'),
  ownRow('DiskfulBy', ['R'], 'controller', 'Who made the resource diskful.'),
  ownRow('MigrateFrom', ['R'], 'controller', 'Source node of a disk migration.'),
  ownRow('RollbackTarget', ['R'], 'controller', 'Snapshot that is being rolled back to.'),
  ownRow('RestoreFromResource', ['V'], 'controller', 'Resource that the content comes from.'),
  ownRow('RestoreFromSnapshot', ['V'], 'controller', 'Snapshot that the content comes from.'),
  ownRow('cloned-from', ['RD', 'V'], 'controller', 'Definition that this one was cloned from.'),
  ownRow('use-zfs-clone', ['RD', 'V'], 'controller', 'The clone uses zfs clone.'),
  ownRow('BackupShipping/', ['RD', 'R'], 'controller', 'State of a shipment.'),
  ownRow('Backup/', ['RD'], 'controller', 'Origin of a received snapshot.'),
  ownRow('NvmeTargetNodeName', ['R'], 'controller', 'Target of an NVMe initiator.'),
  ownRow('AutoSelectedStorPoolName', ['R'], 'controller', 'Pool that the autoplacer chose.'),
  ownRow('Schedule/', ['C', 'RD'], 'controller', 'Which schedule runs for which remote.'),
]
