/**
 * Size of DRBD's metadata, all in KiB (reference 3.1; drbdmeta and the kernel compute the same).
 * Largest values: a 2^40 KiB device and 31 peers need a bitmap of 2^40 bytes; every intermediate
 * result stays below 2^53, so the numbers are exact.
 */
import { roundUp } from '../units.ts'

/** Peers: diskful peers that the metadata has room for, 1–31. */
export type DrbdSizing = {
  /** Data covered by one bit of the bitmap; a power of two, 4–1024. Others than 4 need drbd-utils 9.33. */
  readonly bitmapBlockKib?: number
}

const alignKib = 4
/** One stripe of 32 KiB: Varve never asks for another activity log. */
const activityLogKib = 32
const superblockKib = 4
const smallestGrossKib = 68
const smallestExternalKib = 1024
const normalBitmapBlockKib = 4

/** Size that the backing device must have for `netKib` of data and internal metadata. */
export function grossKib(netKib: number, peers: number, sizing: DrbdSizing = {}): number {
  const block = sizing.bitmapBlockKib ?? normalBitmapBlockKib
  const net = roundUp(netKib, alignKib)
  // The bitmap covers the metadata too, so a larger bitmap may need one more step of bitmap.
  let gross = net + activityLogKib + superblockKib
  let covered = 0
  let metadata = 0
  while (covered < gross) {
    covered = bitmapBytesPerPeer(gross, block) * 8 * block
    metadata = metadataKib(gross, peers, block)
    gross = net + metadata
  }
  return Math.max(roundUp(netKib, block) + metadata, smallestGrossKib)
}

/** Data that fits on a backing device of `grossKib` beside internal metadata; 0 when none does. */
export function netKib(grossKib: number, peers: number, sizing: DrbdSizing = {}): number {
  const block = sizing.bitmapBlockKib ?? normalBitmapBlockKib
  const usable = Math.floor(grossKib / alignKib) * alignKib
  return Math.max(0, usable - metadataKib(roundUp(grossKib, alignKib), peers, block))
}

/** Size that a separate metadata device must have for a data device of `sizeKib`. */
export function externalMetadataKib(
  sizeKib: number,
  peers: number,
  sizing: DrbdSizing = {},
): number {
  const block = sizing.bitmapBlockKib ?? normalBitmapBlockKib
  return Math.max(metadataKib(roundUp(sizeKib, alignKib), peers, block), smallestExternalKib)
}

/**
 * Largest data device that a metadata device of `metadataKib` has bitmaps for: DRBD keeps the size
 * that the metadata was made with, so a volume never grows beyond it.
 */
export function externalCapacityKib(
  metadataKib: number,
  peers: number,
  sizing: DrbdSizing = {},
): number {
  const block = sizing.bitmapBlockKib ?? normalBitmapBlockKib
  const pagesKib = Math.floor((metadataKib - activityLogKib - superblockKib) / alignKib) * alignKib
  const bytesPerPeer = Math.floor((pagesKib * 1024) / peers / 8) * 8
  return Math.max(0, bytesPerPeer * 8 * block)
}

/** Bitmaps of all peers, activity log and superblock for a device of `sizeKib`. */
function metadataKib(sizeKib: number, peers: number, block: number): number {
  const bitmapBytes = roundUp(bitmapBytesPerPeer(sizeKib, block) * peers, 1024)
  const bitmapKib = roundUp(bitmapBytes / 1024, alignKib)
  return roundUp(bitmapKib + activityLogKib + superblockKib, alignKib)
}

/** One bit per block, in whole words of 8 bytes. */
function bitmapBytesPerPeer(sizeKib: number, block: number): number {
  return roundUp(Math.ceil(sizeKib / (block * 8)), 8)
}
