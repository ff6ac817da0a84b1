/**
 * What one node shall have: complete documents, compiled from the state by the leader, made true
 * by the satellite. Level-triggered: the newest document is all that counts.
 */
import { z } from 'zod'
import { FileSystem } from './file-system.ts'
import { Layer, Props, Provider, ResourceKind } from './kinds.ts'
import { DevicePoolProvider, PhysicalDevice, PoolArguments } from './physical.ts'

/** Where a document stands in history; a satellite ignores lower ones. */
const position = {
  v: z.literal(1),
  term: z.int(),
  /** Log sequence of the block this document derives from. */
  from: z.int(),
  node: z.string(),
}

/** Backing storage of one volume, all that a provider needs to create, find and remove it. */
export const DesiredStorage = z.object({
  pool: z.string(),
  provider: Provider,
  /** Volume group, `vg/thinpool`, dataset or directory. */
  backing: z.string(),
  /** Name of the backing object: `<resource>_<NNNNN>` (reference 4). */
  name: z.string(),
  /** Owner mark put on the object: only an object that carries it is ever resized or removed. */
  owner: z.string(),
  /** Size to have, metadata included, a multiple of the pool's granularity as far as known. */
  sizeKib: z.int(),
  /** `StorDriver/*` and other properties that the provider reads, already inherited. */
  props: Props,
  /**
   * It shall be no larger than that, and somebody has said that what lies behind may go: of what is
   * not in use, and only when nothing that is known there reaches that far.
   */
  shrink: z.literal(true).optional(),
  /**
   * Other nodes see the same volume group. It comes up by nobody but us, and its metadata is changed
   * only by whose turn it is. `keep`: another node has the volume as well, so it is closed here, and
   * stays.
   */
  shared: z
    .object({ mayChange: z.literal(true).optional(), keep: z.literal(true).optional() })
    .optional(),
  /** The object begins with the content of this snapshot, in the same place (restore). */
  from: z.object({ snapshot: z.string(), source: z.string(), owner: z.string() }).optional(),
  /** It shall not be removed but have this name: snapshots that stay lie in it (ZFS). */
  keepAs: z.string().optional(),
})
export type DesiredStorage = z.infer<typeof DesiredStorage>

/** How new DRBD metadata is initialised; never applied to metadata that exists (reference 3.4). */
export const MetadataStart = z.discriminatedUnion('kind', [
  /** This replica is born UpToDate and is the source for the others. */
  z.object({ kind: z.literal('source'), generation: z.string() }),
  /** Unwritten blocks read as zeroes everywhere: start as equal at day 0. */
  z.object({ kind: z.literal('skip-sync') }),
  /** Just created: the whole device is synced from a peer. */
  z.object({ kind: z.literal('full-sync') }),
  /** The metadata came with the content of a snapshot: none is ever made here. */
  z.object({ kind: z.literal('restored') }),
])
export type MetadataStart = z.infer<typeof MetadataStart>

/** A secret for this node: sealed to its public key, or why there is none for the time being. */
export const SealedSecret = z.discriminatedUnion('state', [
  z.object({ state: z.literal('sealed'), sealed: z.string() }),
  z.object({ state: z.literal('unavailable'), reason: z.string() }),
])
export type SealedSecret = z.infer<typeof SealedSecret>

export const DesiredLuks = z.object({
  key: SealedSecret,
  /** What the header may still have instead; `change` names the change, to tell when it is done. */
  previous: z.object({ key: SealedSecret, change: z.string() }).optional(),
  /** True: 256 random bits, which need no slow derivation; false: words that a user chose. */
  hasRandomKey: z.boolean(),
  /** Extra words for `cryptsetup luksFormat` and `cryptsetup open`. */
  formatOptions: z.array(z.string()),
  openOptions: z.array(z.string()),
  /** Discards reach the storage: saves space, and shows which blocks are unused. */
  allowDiscards: z.boolean(),
})
export type DesiredLuks = z.infer<typeof DesiredLuks>

/**
 * A fast device in front of the storage. What was written last may be on it alone, so it is made
 * together with the volume and never again, and nothing is read past it.
 */
export const DesiredCache = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('writecache'),
    cache: DesiredStorage,
    /** Where it begins on its device, sectors. */
    startSector: z.int(),
    /** Words for the kernel, after those of the devices. */
    options: z.array(z.string()),
  }),
  z.object({
    kind: z.literal('cache'),
    cache: DesiredStorage,
    metadata: DesiredStorage,
    blockSectors: z.int(),
    mode: z.enum(['writeback', 'writethrough', 'passthrough']),
    policy: z.enum(['mq', 'smq', 'cleaner']),
    /** Longest wait for what is only in the cache, before it is taken away. */
    flushTimeoutMs: z.int(),
  }),
  z.object({
    kind: z.literal('bcache'),
    cache: DesiredStorage,
    mode: z.enum(['writethrough', 'writeback']),
    /** Words for make-bcache, when the cache is made and never again. */
    options: z.array(z.string()),
  }),
])
export type DesiredCache = z.infer<typeof DesiredCache>

export const DesiredVolume = z.object({
  number: z.int(),
  /** Net size that users asked for. */
  sizeKib: z.int(),
  /** Absent on diskless resources. */
  storage: DesiredStorage.optional(),
  /**
   * It has been in use and has no peers to get its data from: should its storage be gone, nothing
   * empty takes its place until a person says so.
   */
  mustBeThere: z.literal(true).optional(),
  /** Between storage and what is above it; only where there is storage. */
  cache: DesiredCache.optional(),
  /** Where DRBD keeps its metadata, if not at the end of the volume itself. */
  metadata: DesiredStorage.optional(),
  /** Encryption between storage and what is above it; only where there is storage. */
  luks: DesiredLuks.optional(),
  /**
   * This node makes the file system before anybody uses the device: once, and only where no
   * signature of anything is found on it. It is primary for that time alone.
   */
  format: FileSystem.optional(),
  drbd: z
    .object({
      minor: z.int(),
      day0: z.string(),
      start: MetadataStart,
      /** This node is to run `drbdadm resize`: all backing devices have grown. */
      resize: z.boolean(),
      /** `disk {}` options of the volume, DRBD's names and values. */
      disk: Props,
    })
    .optional(),
})
export type DesiredVolume = z.infer<typeof DesiredVolume>

/**
 * A snapshot of a resource's volumes on this node. `suspend`: input and output are held; `take`:
 * they are held and the snapshot is made; `keep`: it is there and they go on; `remove`: they go on
 * and nothing is left of it; `receive`: it comes from another node, and is kept then. They are never held longer than `suspensionLimitMs`, whatever the
 * document says: then the node lifts the suspension by itself and reports the snapshot as failed.
 */
/** The older snapshot of the same volumes that only the differences are sent from. */
const TransferBase = z.object({ snapshot: z.string(), owner: z.string() })

/** Both ends of a copy know each other by their keys; nobody else can make or read what is sent. */
const transfer = {
  operation: z.string(),
  /** The other node's, X25519, base64. */
  publicKey: z.string(),
  /** Where the receiver listens. */
  address: z.string(),
  base: TransferBase.optional(),
}

export const DesiredReceive = z.object({
  ...transfer,
  from: z.string(),
  /** Both ends inclusive: the first that is free is used, and told. */
  ports: z.array(z.object({ min: z.int(), max: z.int() })),
})
export type DesiredReceive = z.infer<typeof DesiredReceive>

export const DesiredSend = z.object({ ...transfer, to: z.string(), port: z.int() })
export type DesiredSend = z.infer<typeof DesiredSend>

export const DesiredSnapshot = z.object({
  snapshot: z.string(),
  /** Owner mark put on its objects; another snapshot of the same name has another one. */
  owner: z.string(),
  step: z.enum(['suspend', 'take', 'keep', 'remove', 'receive']),
  receive: DesiredReceive.optional(),
  /** Other nodes that are to have it, too. */
  sends: z.array(DesiredSend).optional(),
  /** What it is made of; empty on a diskless node, which only holds its input and output. */
  volumes: z.array(
    z.object({
      number: z.int(),
      provider: Provider,
      backing: z.string(),
      /** Name of the volume's own backing object: `<resource>_<NNNNN>`. */
      source: z.string(),
      /**
       * Owner mark of the volume's object: nothing else is ever taken a snapshot of. Of a copy on
       * ZFS: of the object that holds it, which is no volume.
       */
      sourceOwner: z.string(),
      /** Further words for the command that takes it, as a shell would split them. */
      options: z.string().optional(),
      /** It came, or is to come, from another node, or outlives its replica: its source is no volume. */
      isCopy: z.literal(true).optional(),
      /** Name that the source had while it was a volume (ZFS): until it is marked it bears that mark. */
      movedFrom: z.string().optional(),
    }),
  ),
})
export type DesiredSnapshot = z.infer<typeof DesiredSnapshot>

/**
 * The resource goes back to one of its snapshots. `stop`: it is down on this node, and no more than
 * that; `roll-back`: it stays down, and its volumes get the snapshot's content, once. Only a document
 * without any of this brings it up again.
 */
export const DesiredRollback = z.object({
  /** Mark put on what has been rolled back: the same operation never does it twice. */
  operation: z.string(),
  step: z.enum(['stop', 'roll-back']),
  /** One of the document's snapshots. */
  snapshot: z.string(),
})
export type DesiredRollback = z.infer<typeof DesiredRollback>

/** Longest time that a node holds input and output for a snapshot, milliseconds. */
export const suspensionLimitMs = 20_000

export const DrbdHost = z.object({
  node: z.string(),
  /** `uname -n` of the node: what drbdadm compares, not the Varve name. */
  uname: z.string(),
  nodeId: z.int(),
  address: z.string(),
  port: z.int(),
  kind: ResourceKind,
})
export type DrbdHost = z.infer<typeof DrbdHost>

/** One way between this node and a peer; with several DRBD takes another when one fails. */
export const DrbdPath = z.object({ self: z.string(), peer: z.string() })
export type DrbdPath = z.infer<typeof DrbdPath>

export const DesiredDrbd = z.object({
  self: DrbdHost,
  /** All others that are not being deleted, sorted by name. */
  peers: z.array(
    DrbdHost.extend({
      net: Props,
      disk: Props,
      /** Addresses of the paths; none: the hosts' own addresses are the only one. */
      paths: z.array(DrbdPath).optional(),
    }),
  ),
  peerSlots: z.int(),
  options: Props,
  net: Props,
  disk: Props,
  handlers: Props,
  /** What connections authenticate with; the fingerprint tells which secret a file has. */
  secret: z.object({ key: SealedSecret, fingerprint: z.string() }).optional(),
  /** Node-ids whose bitmap slots must be reset (`forget-peer`). */
  forget: z.array(z.int()),
})
export type DesiredDrbd = z.infer<typeof DesiredDrbd>

/** Where a subsystem of NVMe over fabrics is offered. */
export const NvmeAddress = z.object({
  transport: z.enum(['tcp', 'rdma']),
  address: z.string(),
  /** TCP port, or RDMA's service id. */
  port: z.int(),
})
export type NvmeAddress = z.infer<typeof NvmeAddress>

/** One node, the target, offers the volumes of the resource over the network; others use them. */
export const DesiredNvme = z.object({
  role: z.enum(['target', 'initiator']),
  /** Owner mark of the subsystem: what has the name but not the mark is left alone. */
  owner: z.string(),
  /**
   * Absent: the target's node has no address, or, for an initiator, there is nothing to connect to,
   * or not yet. What is connected stays so.
   */
  at: NvmeAddress.optional(),
})
export type DesiredNvme = z.infer<typeof DesiredNvme>

export const DesiredResource = z.discriminatedUnion('state', [
  z.object({
    ...position,
    state: z.literal('present'),
    resource: z.string(),
    kind: ResourceKind,
    layers: z.array(Layer),
    volumes: z.array(DesiredVolume),
    /** Volumes of this resource that shall go while the resource stays. */
    removed: z.array(DesiredVolume),
    snapshots: z.array(DesiredSnapshot).optional(),
    rollback: DesiredRollback.optional(),
    /** All of it is closed here; names the wish, so that the node's word is about this one. */
    inactive: z.int().optional(),
    drbd: DesiredDrbd.optional(),
    nvme: DesiredNvme.optional(),
  }),
  /** Tombstone: take everything of it away and say so. Lists exactly what may be removed. */
  z.object({
    ...position,
    state: z.literal('absent'),
    resource: z.string(),
    layers: z.array(Layer),
    volumes: z.array(DesiredVolume),
    nvme: DesiredNvme.optional(),
  }),
])
export type DesiredResource = z.infer<typeof DesiredResource>
export type PresentResource = Extract<DesiredResource, { state: 'present' }>
export type AbsentResource = Extract<DesiredResource, { state: 'absent' }>

/**
 * A volume group, thin pool or zpool that is to be made of disks, once, or taken away again with
 * all that carries its mark. Nothing is made of a disk on which anything is found.
 */
export const DesiredDevicePool = z.object({
  /** Volume group, `vg/thinpool` or zpool. */
  backing: z.string(),
  provider: DevicePoolProvider,
  /** Mark that it gets: only what carries it is ever removed. */
  owner: z.string(),
  state: z.enum(['present', 'absent']),
  devices: z.array(PhysicalDevice),
  arguments: PoolArguments.optional(),
})
export type DesiredDevicePool = z.infer<typeof DesiredDevicePool>

/** A file that users keep in the cluster, base64. A file at the path and a suffix is it as well. */
export const DesiredFile = z.object({
  path: z.string(),
  content: z.string(),
  altSuffixes: z.array(z.string()),
})
export type DesiredFile = z.infer<typeof DesiredFile>

/** What the node itself shall know: the pools to watch, and what is to become of its disks. */
export const DesiredNode = z.object({
  ...position,
  pools: z.array(
    z.object({
      pool: z.string(),
      provider: Provider,
      backing: z.string(),
      props: Props,
      /** Other nodes have volumes of their own in it. */
      isShared: z.literal(true).optional(),
    }),
  ),
  devicePools: z.array(DesiredDevicePool).optional(),
  files: z.array(DesiredFile).optional(),
  props: Props,
})
export type DesiredNode = z.infer<typeof DesiredNode>
