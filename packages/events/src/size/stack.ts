/**
 * From the size that users ask for to the size of the backing storage, through the layers, and
 * back (reference 3.2). Layers are listed from top to bottom and end with STORAGE.
 */
import type { Layer } from '../kinds.ts'
import { roundUp } from '../units.ts'
import { bcacheHeaderKib } from './cache.ts'
import { grossKib, netKib } from './drbd.ts'
import { luksHeaderKib } from './luks.ts'

type Stack = {
  readonly layers: readonly Layer[]
  /** Peers that DRBD's metadata has room for; not read without DRBD. */
  readonly peerSlots: number
  readonly bitmapBlockKib?: number
  /** True: DRBD's metadata is on a device of its own, so that all of this one is data. */
  readonly hasExternalMetadata?: boolean
  /** Space of the LUKS header; the usual one unless the volume's options say otherwise. */
  readonly luksHeaderKib?: number
}

export type VolumeSize = Stack & {
  readonly sizeKib: number
  /** True: `sizeKib` is that of the backing storage, metadata included. */
  readonly gross: boolean
  /** Unit in which the pool allocates; 1 while nobody has measured it. */
  readonly granularityKib: number
}

type Sizing = {
  /** What the layer needs below itself to offer `usableKib` above. */
  readonly below: (usableKib: number, stack: Stack) => number
  /** What it offers when it has `usableKib` below. */
  readonly above: (usableKib: number, stack: Stack) => number
}

const passThrough: Sizing = { below: (kib) => kib, above: (kib) => kib }

const headerOf = (stack: Stack) => stack.luksHeaderKib ?? luksHeaderKib([])

const sizings: Readonly<Record<Layer, Sizing>> = {
  DRBD: {
    below: (kib, stack) =>
      stack.hasExternalMetadata ? kib : grossKib(kib, stack.peerSlots, stack),
    above: (kib, stack) => (stack.hasExternalMetadata ? kib : netKib(kib, stack.peerSlots, stack)),
  },
  LUKS: {
    below: (kib, stack) => kib + headerOf(stack),
    above: (kib, stack) => Math.max(0, kib - headerOf(stack)),
  },
  BCACHE: {
    below: (kib) => kib + bcacheHeaderKib,
    above: (kib) => Math.max(0, kib - bcacheHeaderKib),
  },
  // What other caches need is on devices of their own; NVMe hands the device on as it is.
  WRITECACHE: passThrough,
  CACHE: passThrough,
  NVME: passThrough,
  STORAGE: passThrough,
}

/** Size to allocate in the pool for a volume, a multiple of the pool's granularity. */
export function backingKib(volume: VolumeSize): number {
  let kib = volume.sizeKib
  if (!volume.gross) {
    for (const layer of volume.layers) kib = sizings[layer].below(kib, volume)
  }
  return roundUp(kib, volume.granularityKib)
}

/** Size that users get from backing storage of `backing` KiB: often more than they asked for. */
export function netOfBackingKib(backing: number, stack: Stack): number {
  let kib = backing
  for (const layer of stack.layers.toReversed()) kib = sizings[layer].above(kib, stack)
  return kib
}
