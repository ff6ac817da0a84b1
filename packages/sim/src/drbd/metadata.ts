/** DRBD's metadata on a device: data generations, and which blocks each peer has missed. */
import { blockKib } from '../block.ts'

export const zero = '0000000000000000'
/** Generation of a device that has never held data: create-md writes it. */
export const justCreated = '0000000000000004'

/** Out-of-sync blocks towards one peer. */
export type Bitmap = {
  all: boolean
  readonly blocks: Set<number>
  /** Out of sync without names: what a resize has added. */
  extraKib: number
}

export type Slot = { uuid: string; bitmap: Bitmap }

export type DrbdMetadata = {
  readonly version: 'v08' | 'v09'
  /** On a device of its own. */
  readonly external: boolean
  readonly maxPeers: number
  current: string
  /** By node-id; 8.4 has the one slot 0 for its one peer. */
  readonly slots: Map<number, Slot>
  history: string[]
  consistent: boolean
  upToDate: boolean
  /** Role was Primary when it was last written. */
  primary: boolean
  /** Effective size that peers agreed on, KiB; 0 before the first attach. */
  sizeKib: number
  nodeId: number
}

export function createMetadata(
  version: 'v08' | 'v09',
  external: boolean,
  maxPeers: number,
): DrbdMetadata {
  return {
    version,
    external,
    maxPeers,
    current: justCreated,
    slots: new Map(),
    history: [zero, zero],
    consistent: false,
    upToDate: false,
    primary: false,
    sizeKib: 0,
    nodeId: -1,
  }
}

export const emptyBitmap = (): Bitmap => ({ all: false, blocks: new Set(), extraKib: 0 })

export function slotOf(md: DrbdMetadata, nodeId: number): Slot {
  const id = md.version === 'v08' ? 0 : nodeId
  let slot = md.slots.get(id)
  if (!slot) {
    slot = { uuid: zero, bitmap: emptyBitmap() }
    md.slots.set(id, slot)
  }
  return slot
}

/** The lowest bit only says "Primary". */
export function sameGeneration(a: string, b: string): boolean {
  return a.slice(0, 15) === b.slice(0, 15) && (lastDigit(a) & ~1) === (lastDigit(b) & ~1)
}
const lastDigit = (text: string) => Number.parseInt(text.slice(-1), 16)

export function outOfSyncKib(bitmap: Bitmap, sizeKib: number): number {
  return bitmap.all ? sizeKib : Math.min(sizeKib, bitmap.blocks.size * blockKib + bitmap.extraKib)
}

/** In sync again; the generation that the bitmap was based on becomes history. */
export function clearSlot(md: DrbdMetadata, nodeId: number): void {
  const slot = slotOf(md, nodeId)
  if (slot.uuid !== zero) md.history = [slot.uuid, ...md.history].slice(0, 32)
  slot.uuid = zero
  slot.bitmap = emptyBitmap()
}

/**
 * Space that internal metadata takes at the end of a device, KiB: activity log 32 KiB, superblock
 * 4 KiB and one bit per 4 KiB and peer, whole words per peer and whole blocks of 4 KiB for all of
 * them (drbd_capacity_to_on_disk_bm_sect in DRBD 9; 8.4 comes to the same with its one peer).
 */
export function internalMetadataKib(deviceKib: number, maxPeers: number): number {
  const bytesPerPeer = Math.ceil(Math.ceil(deviceKib / 4) / 64) * 8
  return Math.ceil((bytesPerPeer * maxPeers) / 4096) * 4 + 36
}

/** `current:bitmap:history:history:flag:…`, as get-gi prints it. */
export function printGi(md: DrbdMetadata, nodeId: number): string {
  const slot = md.slots.get(md.version === 'v08' ? 0 : nodeId)
  const bit = (value: boolean) => (value ? '1' : '0')
  const flags = [bit(md.consistent), bit(md.upToDate), bit(md.primary), '0']
  const rest = md.version === 'v09' ? ['1', '0', '0', '0', '0', '0', '0', '0'] : ['0', '0', '0']
  const history = [md.history[0] ?? zero, md.history[1] ?? zero]
  return [md.current, slot?.uuid ?? zero, ...history, ...flags, ...rest].join(':')
}

/** set-gi: an empty field keeps its value. False when the text is no such list. */
export function readGi(md: DrbdMetadata, nodeId: number, text: string): boolean {
  const parts = text.split(':')
  const generation = /^(0x)?[0-9A-Fa-f]{1,16}$/
  if (parts.slice(0, 4).some((part) => part !== '' && !generation.test(part))) return false
  const full = (part: string) => part.replace(/^0x/, '').toUpperCase().padStart(16, '0')
  const [current = '', bitmap = '', young = '', old = '', consistent = '', upToDate = ''] = parts
  if (current !== '') md.current = full(current)
  if (bitmap !== '') slotOf(md, nodeId).uuid = full(bitmap)
  if (young !== '' || old !== '') {
    md.history = [young === '' ? zero : full(young), old === '' ? zero : full(old)]
  }
  if (consistent !== '') md.consistent = consistent === '1'
  if (upToDate !== '') md.upToDate = upToDate === '1'
  return true
}
