/**
 * How new metadata starts (reference 3.4). Only ever planned for an object that is still new: see
 * the README, "Life of a backing object".
 */
import type { DesiredDrbd, DesiredVolume } from '@varve/events'
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
}

export function createMetadata(input: NewMetadata): Step[] {
  return input.is84 ? create84(input) : create9(input)
}

function create9({ volume, drbd, device }: NewMetadata): Step[] {
  const minor = String(volume.drbd.minor)
  return [
    run(
      'create-md',
      [
        ...['drbdmeta', '--force', minor, 'v09', device, 'internal', 'create-md'],
        String(drbd.peerSlots),
      ],
      `${device} is new and has no DRBD metadata yet`,
      { timeoutMs: timeouts.bulk },
    ),
    ...generations9(volume.drbd, drbd.self.nodeId).map(({ nodeId, text }) =>
      run(
        'set-gi',
        [
          ...['drbdmeta', '--force', '--node-id', String(nodeId), minor, 'v09', device, 'internal'],
          ...['set-gi', text],
        ],
        `${device} starts as ${volume.drbd.start.kind}, also towards peers that come later`,
      ),
    ),
  ]
}

/**
 * Generation texts `current:bitmap:history:history:consistent:uptodate` for all 32 node-ids, the
 * own one last. An empty field is left as it is. Source: reference 3.4.
 */
export function generations9(
  volume: NonNullable<DesiredVolume['drbd']>,
  self: number,
): { nodeId: number; text: string }[] {
  const { start } = volume
  if (start.kind === 'full-sync') return []
  const day0 = hex(volume.day0)
  const [own, other] =
    start.kind === 'source'
      ? [`${hex(start.generation)}:${day0}:::1:1`, `:${day0}::::`]
      : [`${day0}::::1:1`, `${day0}:::::`]
  const others = Array.from({ length: 32 }, (_, nodeId) => nodeId).filter((id) => id !== self)
  return [...others.map((nodeId) => ({ nodeId, text: other })), { nodeId: self, text: own }]
}

function create84({ resource, volume, device, deviceKib }: NewMetadata): Step[] {
  const minor = String(volume.drbd.minor)
  const path = metadataPath(resource, volume.number)
  const text = dump84(volume.drbd, deviceKib)
  return [
    run(
      'create-md',
      ['drbdmeta', '--force', minor, 'v08', device, 'internal', 'create-md'],
      `${device} is new and has no DRBD metadata yet`,
      { timeoutMs: timeouts.bulk },
    ),
    ...(text === undefined
      ? []
      : [
          write(path, text, `how the metadata of ${device} starts: ${volume.drbd.start.kind}`),
          run(
            'restore-md',
            ['drbdmeta', '--force', minor, 'v08', device, 'internal', 'restore-md', path],
            `${device} starts as ${volume.drbd.start.kind}`,
          ),
          remove(path, 'it has been read'),
        ]),
  ]
}

/**
 * 8.4's metadata as `drbdmeta dump-md` prints it, with an empty bitmap. It is not made by set-gi
 * because 8.4 sets every bit of the bitmap when it attaches metadata that has never seen a size;
 * naming the size here is what makes the first sync unnecessary (tried on 8.4.11).
 */
export function dump84(
  volume: NonNullable<DesiredVolume['drbd']>,
  deviceKib: number,
): string | undefined {
  const { start } = volume
  if (start.kind === 'full-sync') return undefined
  const day0 = hex(volume.day0)
  const none = '0'.repeat(16)
  const [current, bitmap] = start.kind === 'source' ? [hex(start.generation), day0] : [day0, none]
  return [
    'version "v08";',
    'uuid {',
    `    0x${current}; 0x${bitmap}; 0x${none}; 0x${none};`,
    // MDF_CONSISTENT | MDF_WAS_UP_TO_DATE (drbd.h): bits 0 and 4.
    '    flags 0x00000011;',
    '}',
    `la-size-sect ${usableSectors84(deviceKib)};`,
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

/** 16 upper-case digits, as drbdmeta prints them. */
function hex(generation: string): string {
  return generation.replace(/^0x/i, '').toUpperCase().padStart(16, '0')
}
