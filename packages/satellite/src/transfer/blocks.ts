/**
 * Content of a device as frames, and frames as content: only what differs from the base travels, or
 * from zeroes where there is no base. What became zero since is told, so that it reads as zero there.
 */
import type { Blocks } from '../host/host.ts'
import type { Frame } from './frame.ts'

/** Read at once; LVM's usual chunk is what is compared. */
const readBytes = 1024 * 1024
const chunkBytes = 64 * 1024

export type BlockSource = {
  readonly content: Pick<Blocks, 'read'>
  readonly sizeBytes: number
  /** What the receiver has already; beyond its end it reads as zeroes there. */
  readonly base?: { readonly content: Pick<Blocks, 'read'>; readonly sizeBytes: number } | undefined
  /** Parts of the device that can differ at all, in order; absent: everything is compared. */
  readonly extents?: readonly Extent[] | undefined
}

/** Bytes. */
export type Extent = { readonly offset: number; readonly length: number }

export async function* blockFrames({
  content,
  sizeBytes,
  base,
  extents,
}: BlockSource): AsyncGenerator<Frame> {
  for (const extent of extents ?? [{ offset: 0, length: sizeBytes }]) {
    const end = Math.min(sizeBytes, extent.offset + extent.length)
    for (let offset = extent.offset; offset < end; offset += readBytes) {
      const length = Math.min(readBytes, end - offset)
      const bytes = await content.read(offset, length)
      const baseLength = base ? Math.min(length, Math.max(0, base.sizeBytes - offset)) : 0
      const before = base && baseLength > 0 ? await base.content.read(offset, baseLength) : nothing
      yield* changes(offset, bytes, before)
      yield { kind: 'progress', bytes: offset + length }
    }
  }
}

const nothing = new Uint8Array(0)

type Change = 'same' | 'zero' | 'data'

/** Neighbours of one kind are one frame. */
function* changes(offset: number, now: Uint8Array, before: Uint8Array): Generator<Frame> {
  let from = 0
  let kind: Change = 'same'
  for (let at = 0; at < now.length; at += chunkBytes) {
    const next = changeOf(now.subarray(at, at + chunkBytes), before.subarray(at, at + chunkBytes))
    if (next === kind) continue
    yield* frameOf(kind, offset, now, from, at)
    from = at
    kind = next
  }
  yield* frameOf(kind, offset, now, from, now.length)
}

function* frameOf(kind: Change, offset: number, now: Uint8Array, from: number, to: number) {
  if (from === to || kind === 'same') return
  const start = offset + from
  if (kind === 'zero') yield { kind, offset: start, length: to - from } as const
  else yield { kind, offset: start, bytes: now.subarray(from, to) } as const
}

function changeOf(now: Uint8Array, before: Uint8Array): Change {
  const isZeroNow = isZero(now)
  // What the base does not reach reads as zeroes.
  const isSame =
    before.length === now.length ? Buffer.compare(now, before) === 0 : isZeroNow && isZero(before)
  if (isSame) return 'same'
  return isZeroNow ? 'zero' : 'data'
}

const zeroes = new Uint8Array(chunkBytes)

function isZero(bytes: Uint8Array): boolean {
  return Buffer.compare(bytes, zeroes.subarray(0, bytes.length)) === 0
}

/** Writes one frame; throws for one that would be outside of the device. */
export async function writeFrame(
  target: Pick<Blocks, 'write'>,
  sizeBytes: number,
  frame: Extract<Frame, { kind: 'data' | 'zero' }>,
): Promise<void> {
  const length = frame.kind === 'data' ? frame.bytes.length : frame.length
  if (frame.offset + length > sizeBytes) {
    throw new Error(`bytes up to ${frame.offset + length} do not fit into ${sizeBytes}`)
  }
  if (frame.kind === 'data') {
    await target.write(frame.offset, frame.bytes)
    return
  }
  const end = frame.offset + length
  for (let offset = frame.offset; offset < end; offset += chunkBytes) {
    await target.write(offset, zeroes.subarray(0, Math.min(chunkBytes, end - offset)))
  }
}
