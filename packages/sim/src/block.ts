/**
 * What a simulated block device holds. Contents are a fingerprint: a name per 64 KiB block that was
 * ever written, enough to see whether two replicas are the same.
 */
import type { DrbdMetadata } from './drbd/metadata.ts'

/** Size of one fingerprinted block; also LVM's usual thin chunk. */
export const blockKib = 64

/** A signature that wipefs and blkid know. */
export type Signature = {
  readonly type: string
  readonly offset: number
  /** Bytes that wipefs erases, as it prints them. */
  readonly magic: string
  readonly uuid: string
  readonly label?: string
}

/** A file system lives in the contents (block 0), so that it is replicated like any other write. */
export const fileSystem = (type: string, uuid: string, owner = '0:0', sizeKib?: number): string =>
  `fs:${type}:${uuid}:${owner}${sizeKib === undefined ? '' : `:${sizeKib}`}`

/** What a disk says of itself. */
export type Hardware = {
  readonly model?: string
  readonly serial?: string
  readonly wwn?: string
  readonly rotational?: boolean
}

/** What LUKS has put on a device: a header with keys, and what is behind it. */
export type LuksHeader = {
  readonly uuid: string
  /** Passphrases in use; none after `erase`. */
  keys: string[]
  readonly headerKib: number
  /** Decrypted contents: they survive a power loss with their device, and are read only when open. */
  readonly inner: BlockDevice
}

/** What dm-writecache or dm-cache has put on a device: a superblock, and all that went through it. */
export type CacheHeader = {
  readonly kind: 'writecache' | 'cache' | 'bcache'
  /** Contents as users see them; they survive a power loss with the device of the cache. */
  readonly inner: BlockDevice
}

/** What make-bcache has put on a device, for its data or for its cache. */
export type BcacheSuperblock = {
  readonly role: 'data' | 'cache'
  readonly set: string
  label: string
  /** Of data: `no cache`, or whether all of it is on the data. */
  isAttached: boolean
  readonly writesBack: boolean
}

export type BlockDevice = {
  /** Name under /dev: `sdb`, `vg0/web_00000`, `loop0`, `drbd1000`. */
  path: string
  readonly type: 'disk' | 'part' | 'lvm' | 'zvol' | 'loop' | 'drbd' | 'crypt'
  readonly major: number
  readonly minor: number
  sizeKib: number
  content: Map<number, string>
  /** Signatures other than a file system's and DRBD's. */
  signatures: Signature[]
  /** DRBD's superblock, wherever on the device it is. */
  drbd: DrbdMetadata | undefined
  /** A LUKS header at the beginning, and what is encrypted behind it. */
  luks: LuksHeader | undefined
  /** A cache that other devices are used through. */
  cache: CacheHeader | undefined
  bcache: BcacheSuperblock | undefined
  /** Space that once was written (resync writes too), KiB: what a thin volume has taken. */
  allocatedKib: number
  failed: boolean
  /** Disks only. */
  hardware?: Hardware
  /** Names of its partitions; what is in them is not imitated. */
  partitions?: readonly string[]
  /** Thin, and its pool has no room: what was never written cannot be. */
  isFull: boolean
  /** Who has it open: DRBD, a mount, a loop device. */
  readonly openers: Set<string>
}

/** A device without contents. */
export function createBlock(
  fields: Pick<BlockDevice, 'path' | 'type' | 'major' | 'minor' | 'sizeKib'>,
): BlockDevice {
  return {
    ...fields,
    content: new Map(),
    signatures: [],
    drbd: undefined,
    luks: undefined,
    cache: undefined,
    bcache: undefined,
    allocatedKib: 0,
    failed: false,
    isFull: false,
    openers: new Set(),
  }
}

/** The decrypted side of a device: what is taken and what is broken is that of the device itself. */
export function createInner(below: BlockDevice, headerKib: number): BlockDevice {
  const inner = createBlock({
    path: `crypt on ${below.path}`,
    type: 'crypt',
    major: 253,
    minor: below.minor,
    sizeKib: below.sizeKib - headerKib,
  })
  return Object.defineProperties(inner, {
    allocatedKib: {
      get: () => below.allocatedKib,
      set: (kib: number) => {
        below.allocatedKib = Math.min(below.sizeKib, kib)
      },
    },
    isFull: { get: () => below.isFull },
    failed: {
      get: () => below.failed,
      set: (failed: boolean) => {
        below.failed = failed
      },
    },
  })
}

/** Writes one named block; a name already there is overwritten in place and takes no new space. */
export function writeBlock(device: BlockDevice, block: number, value: string): void {
  if (!device.content.has(block)) allocate(device, blockKib)
  device.content.set(block, value)
}

/** Marks space as taken without naming what is in it (a resync of unnamed data). */
export function allocate(device: BlockDevice, kib: number): void {
  device.allocatedKib = Math.min(device.sizeKib, device.allocatedKib + kib)
}

/** What lies behind a new end is gone, also when it becomes larger again. */
export function setDeviceSize(device: BlockDevice, sizeKib: number): void {
  device.sizeKib = sizeKib
  for (const block of device.content.keys()) {
    if (block * blockKib >= sizeKib) device.content.delete(block)
  }
  device.allocatedKib = Math.min(device.allocatedKib, sizeKib)
}

/** Copies everything that is on one device to another (snapshot, clone, dd). */
export function copyDevice(from: BlockDevice, to: BlockDevice): void {
  to.content = new Map(from.content)
  to.signatures = [...from.signatures]
  to.drbd = from.drbd && structuredClone(from.drbd)
  to.allocatedKib = Math.min(to.sizeKib, from.allocatedKib)
  to.luks = undefined
  if (!from.luks) return
  const { uuid, keys, headerKib, inner } = from.luks
  to.luks = { uuid, keys: [...keys], headerKib, inner: createInner(to, headerKib) }
  copyDevice(inner, to.luks.inner)
}

/** Sorted `block=value` list: two devices hold the same when these are equal. */
export function fingerprint(device: BlockDevice): string {
  return [...device.content]
    .sort(([a], [b]) => a - b)
    .map(([block, value]) => `${block}=${value}`)
    .join(' ')
}

const fileSystemMagic: Readonly<Record<string, Pick<Signature, 'offset' | 'magic'>>> = {
  ext4: { offset: 0x438, magic: '53 ef' },
  xfs: { offset: 0, magic: '58 46 53 42' },
}

export const bcacheMagic = 'c6 85 73 f6 4e 1a 45 ca 82 65 f5 7f 48 ba 6d 81'

/** Everything that wipefs would find. */
export function signaturesOf(device: BlockDevice): Signature[] {
  const found = [...device.signatures]
  const [kind, type = '', uuid = ''] = device.content.get(0)?.split(':') ?? []
  const magic = fileSystemMagic[type]
  if (kind === 'fs' && magic) found.push({ type, uuid, ...magic })
  if (device.luks) {
    const { uuid } = device.luks
    found.push({ type: 'crypto_LUKS', uuid, offset: 0, magic: '4c 55 4b 53 ba be' })
  }
  if (device.bcache) {
    const { set } = device.bcache
    found.push({ type: 'bcache', uuid: set, offset: 0x1018, magic: bcacheMagic })
  }
  if (device.drbd) {
    // The magic is 60 bytes into the superblock, which is the last 4 KiB when it is internal.
    const offset = device.drbd.external ? 0x3c : device.sizeKib * 1024 - 4096 + 0x3c
    found.push({ type: 'drbd', uuid: '', offset, magic: '83 74 02 6d' })
  }
  return found
}

/** What wipefs --all does. */
export function wipeSignatures(device: BlockDevice): void {
  device.signatures = []
  if (device.content.get(0)?.startsWith('fs:')) device.content.delete(0)
  device.drbd = undefined
  device.luks = undefined
  if (!device.bcache) return
  device.bcache = undefined
  device.cache = undefined
}
