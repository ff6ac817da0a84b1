/**
 * How new metadata starts (reference 3.4). Only ever planned for an object that is still new: see
 * the README, "Life of a backing object".
 */
import { type DesiredDrbd, type DesiredVolume, externalCapacityKib } from '@varve/events'
import { remove, run, type Step, timeouts, write } from '../../core/step.ts'
import { metadataPath } from './paths.ts'

export type NewMetadata = {
  readonly resource: string
  readonly volume: DesiredVolume & { readonly drbd: NonNullable<DesiredVolume['drbd']> }
  readonly drbd: DesiredDrbd
  readonly device: string
  /** Real size of the device: 8.4's metadata must name the size that the kernel will compute. */
  readonly deviceKib: number
  readonly is84: boolean
  /** A device of its own, all of it for metadata. */
  readonly external?: { readonly device: string; readonly sizeKib: number }
}

/** Where the metadata is, as drbdmeta is told. */
const placeOf = ({ device, external }: Pick<NewMetadata, 'device' | 'external'>) =>
  external ? [external.device, 'flex-external'] : [device, 'internal']

export function createMetadata(input: NewMetadata): Step[] {
  return input.is84 ? create84(input) : create9(input)
}

function create9(input: NewMetadata): Step[] {
  const { resource, volume, drbd } = input
  const [device = '', index = ''] = placeOf(input)
  const minor = String(volume.drbd.minor)
  const made = run(
    'create-md',
    [...['drbdmeta', '--force', minor, 'v09', device, index, 'create-md'], String(drbd.peerSlots)],
    `${device} is new and has no DRBD metadata yet`,
    { timeoutMs: timeouts.bulk },
  )
  const text = dump9(volume.drbd, drbd.peerSlots)
  return [made, ...restore({ resource, volume, device, index, format: 'v09', text })]
}

function create84(input: NewMetadata): Step[] {
  const { resource, volume, deviceKib, external } = input
  const [device = '', index = ''] = placeOf(input)
  const minor = String(volume.drbd.minor)
  const made = run(
    'create-md',
    ['drbdmeta', '--force', minor, 'v08', device, index, 'create-md'],
    `${device} is new and has no DRBD metadata yet`,
    { timeoutMs: timeouts.bulk },
  )
  const sectors = external
    ? externalSectors84(deviceKib, external.sizeKib)
    : usableSectors84(deviceKib)
  const text = dump84(volume.drbd, sectors)
  return [made, ...restore({ resource, volume, device, index, format: 'v08', text })]
}

type Restore = Pick<NewMetadata, 'resource' | 'volume' | 'device'> & {
  readonly index: string
  readonly format: 'v08' | 'v09'
  /** Absent: what was created stays as it is. */
  readonly text: string | undefined
}

function restore({ resource, volume, device, index, format, text }: Restore): Step[] {
  if (text === undefined) return []
  const path = metadataPath(resource, volume.number)
  const { start, minor } = volume.drbd
  return [
    write(path, text, `how the metadata of ${device} starts: ${start.kind}`),
    run(
      'restore-md',
      ['drbdmeta', '--force', String(minor), format, device, index, 'restore-md', path],
      `${device} starts as ${start.kind}, also towards peers that come later`,
    ),
    remove(path, 'it has been read'),
  ]
}

/** Node-ids that v09 metadata has room for; peers that come later have one of them, too. */
const nodeIds = Array.from({ length: 32 }, (_, nodeId) => nodeId)

/**
 * 9's metadata as `drbdmeta dump-md` prints it, with empty bitmaps: what create-md has made, but for
 * the generations (reference 3.4). The source has day 0 in the slot of every node-id, so that no
 * peer's data is ever taken for its own; who skips the sync starts with day 0 itself.
 *
 * One process instead of a set-gi for each of the 32 slots, and the same bytes on the device
 * (metadata.law.test.ts). drbd-utils 9.0.0 to 9.34 read this text and create the same defaults.
 */
export function dump9(
  volume: NonNullable<DesiredVolume['drbd']>,
  peerSlots: number,
): string | undefined {
  const { start } = volume
  if (start.kind === 'full-sync') return undefined
  const day0 = hex(volume.day0)
  const [current, bitmap] = start.kind === 'source' ? [hex(start.generation), day0] : [day0, none]
  return [
    'version "v09";',
    `max-peers ${peerSlots};`,
    'node-id -1;',
    `current-uuid 0x${current};`,
    // MDF_CONSISTENT | MDF_WAS_UP_TO_DATE | MDF_AL_CLEAN (drbd_meta_data.h): bits 0, 4 and 7.
    'flags 0x00000091;',
    ...nodeIds.flatMap((nodeId) => [
      `peer[${nodeId}] {`,
      '    bitmap-index -1;',
      `    bitmap-uuid 0x${bitmap};`,
      `    bitmap-dagtag 0x${none};`,
      '    flags 0x00000000;',
      '}',
    ]),
    'history-uuids {',
    ...nodeIds.map(() => `    0x${none};`),
    '}',
    'la-size-sect 0;',
    'bm-byte-per-bit 4096;',
    `device-uuid 0x${none};`,
    'la-peer-max-bio-size 0;',
    'al-stripes 1;',
    'al-stripe-size-4k 8;',
    ...Array.from({ length: peerSlots }, (_, slot) => `bitmap[${slot}] {\n}`),
    '',
  ].join('\n')
}

/**
 * 8.4's metadata as `drbdmeta dump-md` prints it, with an empty bitmap. It is not made by set-gi
 * because 8.4 sets every bit of the bitmap when it attaches metadata that has never seen a size;
 * naming the size here is what makes the first sync unnecessary (tried on 8.4.11).
 */
export function dump84(
  volume: NonNullable<DesiredVolume['drbd']>,
  sectors: number,
): string | undefined {
  const { start } = volume
  if (start.kind === 'full-sync') return undefined
  const day0 = hex(volume.day0)
  const [current, bitmap] = start.kind === 'source' ? [hex(start.generation), day0] : [day0, none]
  return [
    'version "v08";',
    'uuid {',
    `    0x${current}; 0x${bitmap}; 0x${none}; 0x${none};`,
    // MDF_CONSISTENT | MDF_WAS_UP_TO_DATE (drbd.h): bits 0 and 4.
    '    flags 0x00000011;',
    '}',
    `la-size-sect ${sectors};`,
    'bm-byte-per-bit 4096;',
    `device-uuid 0x${none};`,
    'la-peer-max-bio-size 0;',
    'al-stripes 1;',
    'al-stripe-size-4k 8;',
    'bm {',
    '}',
    '',
  ].join('\n')
}

/**
 * Net size in 512-byte sectors of a device with internal v08 metadata: 4 KiB superblock, 32 KiB
 * activity log, and one bitmap bit per 4 KiB in whole 64-bit words and 4 KiB pages.
 */
export function usableSectors84(deviceKib: number): number {
  const pages = Math.floor(deviceKib / 4)
  const bitmapBytes = Math.ceil(pages / 64) * 8
  const bitmapKib = Math.ceil(bitmapBytes / 4096) * 4
  return (pages * 4 - bitmapKib - 36) * 2
}

/** The same where the metadata is elsewhere: all of the device, as far as there are bits for it. */
export function externalSectors84(deviceKib: number, metadataKib: number): number {
  return Math.min(Math.floor(deviceKib / 4) * 4, externalCapacityKib(metadataKib, 1)) * 2
}

const none = '0'.repeat(16)

/** 16 upper-case digits, as drbdmeta prints them. */
function hex(generation: string): string {
  return generation.replace(/^0x/i, '').toUpperCase().padStart(16, '0')
}
